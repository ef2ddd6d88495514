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

Result<void> restoreBatchNorm(EmbeddingNetwork &network, const std::vector<torch::Tensor> &images, double epsilon)
{
    if (images.empty())
        return Error(ErrorCode::InvalidArgument, {"images", "0", "at least 1 batch"});
    if (!(epsilon > 0))
        return Error(ErrorCode::InvalidArgument, {"epsilon", std::to_string(epsilon), "> 0"});
    const torch::NoGradGuard noGradients;
    const bool wasTraining = network->is_training();
    network->eval();
    const std::vector<NormImpl *> norms = network->trunkNorms();
    for (NormImpl *norm : norms)
        norm->startObserving();
    for (const torch::Tensor &batch : images)
        network->trunk().forward(batch);
    for (NormImpl *norm : norms) {
        putBack(*norm, epsilon);
        norm->stopObserving();
    }
    network->setNormEpsilon(epsilon);
    network->train(wasTraining);
    return {};
}

} // namespace flukeprint::learning
