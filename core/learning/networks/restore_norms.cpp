#include "core/learning/networks/restore_norms.h"

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

} // namespace

Result<void> restoreBatchNorm(Trunk &trunk, const std::vector<torch::Tensor> &images, double epsilon)
{
    if (images.empty())
        return Error(ErrorCode::InvalidArgument, {"images", "0", "at least 1 batch"});
    if (!(epsilon > 0))
        return Error(ErrorCode::InvalidArgument, {"epsilon", std::to_string(epsilon), "> 0"});
    const torch::NoGradGuard noGradients;
    trunk.eval();
    const auto pairs = trunk.convolutionNormPairs();
    for (const auto &[convolution, norm] : pairs)
        norm->startObserving();
    for (const torch::Tensor &batch : images)
        trunk.forward(batch);
    for (const auto &[convolution, norm] : pairs) {
        putBack(*norm, epsilon);
        norm->stopObserving();
        norm->epsilon = epsilon;
    }
    return {};
}

Result<void> restoreBatchNorm(EmbeddingNetwork &network, const std::vector<torch::Tensor> &images, double epsilon)
{
    const bool wasTraining = network->is_training();
    network->eval();
    Result<void> restored = restoreBatchNorm(network->trunk(), images, epsilon);
    if (restored)
        network->setNormEpsilon(epsilon);
    network->train(wasTraining);
    return restored;
}

} // namespace flukeprint::learning
