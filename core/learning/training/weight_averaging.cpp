#include "core/learning/training/weight_averaging.h"

#include <torch/types.h>

#include <algorithm>
#include <cassert>

namespace flukeprint::learning {

namespace {

/// Running statistics of a network, emptied for each batch so that what a batch leaves in them is momentum times its
/// own.
class Statistics
{
public:
    /// Of the norms that are in train mode now.
    explicit Statistics(torch::nn::Module &network)
    {
        for (const std::shared_ptr<torch::nn::Module> &module : network.modules())
            addBuffersOf(*module);
    }
    void empty()
    {
        for (torch::Tensor &buffer : m_buffers)
            buffer.zero_();
    }
    void collect(double momentum)
    {
        for (std::size_t i = 0; i < m_buffers.size(); ++i)
            m_sums[i].add_(m_buffers[i].to(torch::kDouble), 1 / momentum);
    }
    void adopt(std::int64_t batches)
    {
        for (std::size_t i = 0; i < m_buffers.size(); ++i)
            m_buffers[i].copy_(m_sums[i] / static_cast<double>(batches));
        restore(m_counters);
    }
    void restore()
    {
        for (std::size_t i = 0; i < m_buffers.size(); ++i)
            m_buffers[i].copy_(m_saved[i]);
        restore(m_counters);
    }

private:
    void addBuffersOf(const torch::nn::Module &module)
    {
        // A frozen norm writes nothing, and needs what it has.
        if (!module.is_training())
            return;
        for (const auto &buffer : module.named_buffers(false)) {
            if (buffer.key() == "num_batches_tracked")
                m_counters.emplace_back(buffer.value(), buffer.value().clone());
            if (buffer.key() != "running_mean" && buffer.key() != "running_var")
                continue;
            m_buffers.push_back(buffer.value());
            m_saved.push_back(buffer.value().clone());
            m_sums.push_back(torch::zeros_like(buffer.value(), torch::kDouble));
        }
    }

    using Counters = std::vector<std::pair<torch::Tensor, torch::Tensor>>; ///< with what they were
    static void restore(Counters &counters)
    {
        for (auto &[counter, before] : counters)
            counter.copy_(before);
    }

    std::vector<torch::Tensor> m_buffers;
    Counters m_counters;
    std::vector<torch::Tensor> m_saved;
    std::vector<torch::Tensor> m_sums;
};

} // namespace

double WeightAverager::shareOfNext(bool counts)
{
    if (m_options.kind == WeightAveragingOptions::Kind::Exponential) {
        const auto count = static_cast<double>(++averaged);
        return 1 - std::min(m_options.decay, (1 + count) / (10 + count));
    }
    if (!counts)
        return averaged == 0 ? 1 : 0;
    return 1 / static_cast<double>(++averaged);
}

void WeightAverager::update(const Tensors &current, const Tensors &averages, bool counts)
{
    assert(current.size() == averages.size());
    const torch::NoGradGuard noGradient;
    const double share = shareOfNext(counts);
    if (share == 0)
        return;
    for (std::size_t i = 0; i < current.size(); ++i) {
        torch::Tensor average = averages[i].second;
        if (average.is_floating_point())
            average.lerp_(current[i].second, share);
        else
            average.copy_(current[i].second);
    }
}

std::int64_t refreshNormStatistics(torch::nn::Module &network, const std::function<bool()> &nextBatch, double momentum)
{
    const torch::NoGradGuard noGradient;
    const bool wasTraining = network.is_training();
    network.train();
    Statistics statistics(network);
    std::int64_t batches = 0;
    try {
        for (statistics.empty(); nextBatch(); statistics.empty()) {
            statistics.collect(momentum);
            ++batches;
        }
    } catch (...) {
        statistics.restore();
        network.train(wasTraining);
        throw;
    }
    if (batches > 0)
        statistics.adopt(batches);
    else
        statistics.restore();
    network.train(wasTraining);
    return batches;
}

} // namespace flukeprint::learning
