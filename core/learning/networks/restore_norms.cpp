#include "core/learning/networks/restore_norms.h"

#include <functional>

namespace flukeprint::learning {

namespace {

void putBack(NormImpl &norm, double epsilon)
{
    const torch::Tensor mean = norm.observedMean();
    const torch::Tensor variance = norm.observedVariance();
    const torch::Tensor scale = norm.scale();
    norm.bias.copy_(norm.bias + scale * (mean - norm.runningMean));
    norm.weight.copy_(scale * (variance + epsilon).sqrt());
    norm.runningMean.copy_(mean);
    norm.runningVariance.copy_(variance);
}

/// `forward` takes a batch of photos through the trunk.
Result<void> restore(Trunk &trunk, const std::vector<torch::Tensor> &images, double epsilon,
                     const std::function<void(const torch::Tensor &)> &forward)
{
    if (images.empty())
        return Error(ErrorCode::InvalidArgument, {"images", "0", "at least 1 batch"});
    if (!(epsilon > 0))
        return Error(ErrorCode::InvalidArgument, {"epsilon", std::to_string(epsilon), "> 0"});
    const torch::NoGradGuard noGradients;
    trunk.eval();
    const std::vector<NormImpl *> norms = trunk.norms();
    for (NormImpl *norm : norms)
        norm->startObserving();
    for (const torch::Tensor &batch : images)
        forward(batch);
    for (NormImpl *norm : norms) {
        putBack(*norm, epsilon);
        norm->stopObserving();
    }
    trunk.setNormEpsilon(epsilon);
    return {};
}

} // namespace

Result<void> restoreBatchNorm(Trunk &trunk, const std::vector<torch::Tensor> &images, double epsilon)
{
    return restore(trunk, images, epsilon, [&trunk](const torch::Tensor &batch) { trunk.forward(batch); });
}

Result<void> restoreBatchNorm(EmbeddingNetwork &network, const std::vector<torch::Tensor> &images, double epsilon)
{
    const bool wasTraining = network->is_training();
    network->eval();
    Result<void> restored =
        restore(network->trunk(), images, epsilon, [&network](const torch::Tensor &batch) { network->map(batch); });
    if (restored)
        network->setNormEpsilon(epsilon);
    network->train(wasTraining);
    return restored;
}

} // namespace flukeprint::learning
