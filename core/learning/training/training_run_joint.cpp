// What the processes of a run must agree on; see Peers for what they divide.
#include "core/learning/distributed/peers.h"
#include "core/learning/training/training_run.h"

#include <torch/torch.h>

namespace flukeprint::learning {

namespace {

/// Whether every process has the same.
bool isSameEverywhere(Peers &peers, const std::string &text)
{
    const torch::Tensor hashes = peers.gather(torch::full({1}, static_cast<std::int64_t>(stableHash(text)), torch::kLong));
    return (hashes == hashes[0]).all().item<bool>();
}

} // namespace

bool TrainingRun::isWriter() const { return m_peers == nullptr || m_peers->rank() == 0; }

Result<void> TrainingRun::trainAllOrLosePeers()
{
    try {
        return trainAll();
    } catch (const PeerFailure &failure) {
        return Error(ErrorCode::PeerLost, {std::to_string(m_peers->rank()), std::to_string(m_peers->size()), failure.what()});
    }
}

/// Everybody has the same job and the same weights, and what was measured to be right here or there is right for all.
Result<void> TrainingRun::agreeWithPeers()
{
    if (m_peers == nullptr)
        return {};
    // Which classes a curriculum admits follows from validation, which process 0 does alone.
    if (m_plan->hasCurriculum())
        return Error(ErrorCode::InvalidArgument, {"processes", std::to_string(m_peers->size()), "1 with a curriculum"});
    std::string job = m_data.snapshot().hash + "/" + m_config.preset + "/" + std::to_string(m_state.step);
    for (const auto &[key, value] : m_config.values)
        job += "/" + key + "=" + value;
    if (!isSameEverywhere(*m_peers, job))
        return Error(ErrorCode::InvalidArgument, {"job", "different ones", "the same in every process"});
    m_state.bfloat16 = !m_peers->any(!m_state.bfloat16);
    m_learner->bfloat16 = m_validator->bfloat16 = m_state.bfloat16;
    m_learner->shareWeights();
    return {};
}

/// Triplets are mined in every process; on different processors they might come out differently, and rows would go by the wrong labels.
Result<void> TrainingRun::agreeOnBatches()
{
    if (m_peers == nullptr)
        return {};
    std::string batches;
    for (const std::vector<BatchItem> &batch : m_plan->source().epoch(m_state.epoch)) {
        for (const BatchItem &item : batch)
            batches += std::to_string(item.chip) + (item.mirrored ? "m" : " ") + std::to_string(item.label) + ",";
    }
    if (!isSameEverywhere(*m_peers, batches))
        return Error(ErrorCode::JobFailed, {"train", "the processes do not find the same batches"});
    return {};
}

/// Whether nobody was asked to stop; also tells all the time of process 0's clock.
bool TrainingRun::proceedTogether()
{
    const bool goOn = proceed();
    if (m_peers == nullptr)
        return goOn;
    torch::Tensor said = torch::tensor({goOn ? 0.0 : 1.0, isWriter() ? m_state.seconds : 0.0}, torch::kDouble);
    m_peers->addUp(said);
    m_agreedSeconds = said[1].item<double>();
    return said[0].item<double>() == 0;
}

} // namespace flukeprint::learning
