// What a learner keeps beside the weights that the optimizer moves: their averages.
#include "core/learning/networks/compat.h"
#include "core/learning/training/learner.h"

#include <torch/torch.h>

namespace flukeprint::learning {

void Learner::copyObjective()
{
    const torch::NoGradGuard noGradient;
    const Objective::Tensors source = m_objective->parameters();
    const Objective::Tensors target = m_averageObjective->parameters();
    for (std::size_t i = 0; i < source.size(); ++i)
        torch::Tensor(target[i].second).copy_(source[i].second);
}

void Learner::average()
{
    if (!m_averaging)
        return;
    const auto all = [](EmbeddingNetwork &network, Objective &objective) {
        WeightAverager::Tensors tensors = namedTensors(network);
        const Objective::Tensors more = objective.parameters();
        tensors.insert(tensors.end(), more.begin(), more.end());
        return tensors;
    };
    m_averager.update(all(m_network, *m_objective), all(m_average, *m_averageObjective), countsInAverage);
}

void Learner::refreshNorms(const std::function<std::optional<LoadedBatch>()> &next, std::int64_t step)
{
    Random random(m_seed, "norms/" + std::to_string(step));
    torch::manual_seed(random.next()); // dropout
    m_average->freezeNorms(m_trunkFrozen);
    std::vector<torch::Tensor> waiting; // parts of a batch: together they might not fit
    refreshNormStatistics(*m_average, [&] {
        if (waiting.empty()) {
            const std::optional<LoadedBatch> batch = next();
            if (!batch)
                return false;
            waiting = batch->photos.tensor_split(parts);
        }
        const torch::Tensor photos = augmented(waiting.back(), random);
        waiting.pop_back();
        const AutocastScope reduced(m_device.type(), bfloat16);
        (void)featuresOf(m_average, photos);
        return true;
    });
}

void Learner::imprint(const std::vector<std::int64_t> &labels, const torch::Tensor &embeddings)
{
    m_objective->imprint(labels, embeddings);
    copyObjective();
}

EmbeddingNetwork &Learner::evaluationNetwork()
{
    EmbeddingNetwork &network = m_averaging ? m_average : m_network;
    network->eval();
    return network;
}

} // namespace flukeprint::learning
