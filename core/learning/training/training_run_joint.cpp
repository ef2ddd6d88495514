// What the processes of a run must agree on; see Peers for what they divide.
#include "core/learning/distributed/peers.h"
#include "core/learning/training/training_run.h"

#include <torch/torch.h>

#include <algorithm>
#include <sstream>

namespace flukeprint::learning {

namespace {

/// How often the others hear of process 0 while it works alone.
constexpr std::chrono::milliseconds signInterval{500};

/// Whether every process has the same.
bool isSameEverywhere(Peers &peers, const std::string &text)
{
    const torch::Tensor hashes = peers.gather(torch::full({1}, static_cast<std::int64_t>(stableHash(text)), torch::kLong));
    return (hashes == hashes[0]).all().item<bool>();
}

/// Adds numbers up over all processes.
std::vector<double> together(Peers &peers, std::initializer_list<double> own)
{
    torch::Tensor sums = torch::tensor(std::vector<double>(own), torch::kDouble);
    peers.addUp(sums);
    return {sums.data_ptr<double>(), sums.data_ptr<double>() + sums.numel()};
}

} // namespace

bool TrainingRun::isWriter() const { return m_peers == nullptr || m_peers->rank() == 0; }

Result<void> TrainingRun::trainAllOrLosePeers()
{
    try {
        return trainAll();
    } catch (const PeerFailure &failure) {
        return m_peers->lost(failure);
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
    std::ostringstream job;
    job << m_data.snapshot().hash << '/' << m_config.preset << '/' << m_state.step;
    for (const auto &[key, value] : m_config.values)
        job << '/' << key << '=' << value;
    for (const auto &[name, tensor] : m_learner->weights())
        job << '/' << name << tensor.sizes();
    if (!isSameEverywhere(*m_peers, job.str()))
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
    std::ostringstream batches;
    std::int64_t fewest = m_peers->size();
    for (const std::vector<BatchItem> &batch : m_plan->source().epoch(m_state.epoch)) {
        const auto identified = std::ranges::count_if(batch, [](const BatchItem &item) { return item.label >= 0; });
        fewest = std::min<std::int64_t>(fewest, identified / rowsTogether(m_config));
        for (const BatchItem &item : batch)
            batches << item.chip << (item.mirrored ? 'm' : ' ') << item.label << ',';
    }
    if (!isSameEverywhere(*m_peers, batches.str()))
        return Error(ErrorCode::JobFailed, {"train", "the processes do not find the same batches"});
    if (fewest < m_peers->size())
        return Error(ErrorCode::InvalidArgument, {"processes", std::to_string(m_peers->size()),
                                                  "1 .. " + std::to_string(fewest) + " for the smallest batch of this run"});
    return {};
}

/// Whether nobody was asked to stop; also tells all what process 0 goes by.
bool TrainingRun::proceedTogether()
{
    const bool goOn = proceed();
    if (m_peers == nullptr)
        return goOn;
    const auto ofWriter = [this](double value) { return isWriter() ? value : 0.0; };
    const auto said = together(*m_peers, {goOn ? 0.0 : 1.0, ofWriter(m_state.seconds), ofWriter(m_state.guard.rateFactor)});
    m_agreedSeconds = said[1];
    m_agreedRateFactor = said[2];
    return said[0] == 0;
}

/// What process 0 does while the others wait, however long it takes.
Result<void> TrainingRun::writerAlone(const std::function<Result<void>()> &work)
{
    if (m_peers == nullptr)
        return work();
    if (!isWriter())
        return waitForWriter();
    m_lastSign = Clock::now();
    const Result<void> done = work();
    m_lastSign.reset();
    if (m_lostAlone)
        return m_peers->lost(*m_lostAlone);
    // Whatever else went wrong ends this process, and the others see that.
    if (done || done.error().code == ErrorCode::Cancelled)
        (void)together(*m_peers, {0, done ? 0.0 : 1.0, 0});
    return done;
}

Result<void> TrainingRun::waitForWriter()
{
    for (;;) {
        const auto said = together(*m_peers, {0, 0, proceed() ? 0.0 : 1.0});
        if (said[1] > 0)
            return Error(ErrorCode::Cancelled);
        if (said[0] == 0)
            return {};
    }
}

/// Of process 0 at work alone, in the midst of it. False: another process was asked to stop, or is gone.
bool TrainingRun::giveSign()
{
    if (!m_lastSign || Clock::now() - *m_lastSign < signInterval)
        return true;
    try {
        const auto said = together(*m_peers, {1, 0, 0});
        m_lastSign = Clock::now();
        return said[2] == 0;
    } catch (const PeerFailure &failure) {
        m_lostAlone = failure;
        m_lastSign.reset();
        return false;
    }
}

} // namespace flukeprint::learning
