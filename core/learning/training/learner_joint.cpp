// The learner's part in a training of several processes; what is divided and what is joint stands with Peers.
#include "core/learning/distributed/joint_batch.h"
#include "core/learning/distributed/peers.h"
#include "core/learning/training/learner.h"

#include <torch/torch.h>

namespace flukeprint::learning {

namespace {

/// Where every process computes the gradient of the whole joint batch.
bool isJoint(const std::string &slot)
{
    return slot.starts_with("objective.") || slot.starts_with("network.head.neck.");
}

} // namespace

void Learner::trainWith(Peers *peers)
{
    m_peers = peers;
    m_addUp = [peers](torch::Tensor &sums) { peers->addUp(sums); };
}

void Learner::shareWeights()
{
    std::vector<torch::Tensor> tensors;
    for (const auto &[name, tensor] : weights())
        tensors.push_back(tensor);
    for (const auto &[name, tensor] : m_optimizer->state()) {
        if (name != "steps") // a copy, and the same everywhere
            tensors.push_back(tensor);
    }
    m_peers->share(tensors);
    m_peers->settle();
}

Features Learner::forwardJoint(const torch::Tensor &photos, const LoadedBatch &batch)
{
    const JointBatch joint(*m_peers, batch.rows(), batch.identified, m_rowsTogether);
    const std::function<torch::Tensor(const torch::Tensor &)> joinRows = [&joint](const torch::Tensor &own) { return joint.joined(own); };
    const JointForward scope(m_addUp, joinRows);
    return featuresOf(m_network, photos);
}

/// Of everything before the neck: a process has what its own rows contribute.
void Learner::addUpGradients()
{
    if (m_peers == nullptr)
        return;
    const torch::NoGradGuard noGradient;
    std::vector<torch::Tensor> gradients;
    std::vector<torch::Tensor> flat;
    for (const Optimizer::Slot &slot : m_optimizer->slots()) {
        if (isJoint(slot.name) || !slot.parameter.grad().defined())
            continue;
        gradients.push_back(slot.parameter.mutable_grad());
        flat.push_back(gradients.back().reshape({-1}));
    }
    if (flat.empty())
        return;
    torch::Tensor sums = torch::cat(flat);
    m_peers->addUp(sums);
    m_peers->settle();
    std::int64_t first = 0;
    for (torch::Tensor &gradient : gradients) {
        gradient.copy_(sums.narrow(0, first, gradient.numel()).view(gradient.sizes()));
        first += gradient.numel();
    }
}

} // namespace flukeprint::learning
