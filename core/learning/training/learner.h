#pragma once

#include "core/learning/augmentation/augmenter.h"
#include "core/learning/model/model_file.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/training/batch_loader.h"
#include "core/learning/training/objective.h"
#include "core/learning/training/optimizer.h"
#include "core/learning/training/run_data.h"

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace flukeprint::learning {

struct StepOutcome
{
    double loss = 0;
    double activeTriplets = 0;
    bool finite = true; ///< false: nothing was changed by the step
};

/// What learns: network, class centres, optimizer and averaged weights on one device. Knows nothing of files, epochs and curves.
/// Not thread-safe.
class Learner
{
public:
    /// Takes the network over and moves it to `device`. `info` says how chips are normalised.
    Learner(const protocol::RunConfig &config, const ModelInfo &info, EmbeddingNetwork network,
            const std::vector<std::int64_t> &classCounts, torch::Device device);

    /// One optimizer step with the given learning rate; every draw follows from the seed and `step`. Out of memory, the
    /// batch is cut in two and the step tried again, for this and all later steps. Errors: OutOfMemory (one individual is too much).
    Result<StepOutcome> step(const LoadedBatch &batch, std::int64_t step, double rate);

    /// Puts every class's centres where its photos lie (weight imprinting, Qi et al., CVPR 2018), so that the first steps pull look-alikes
    /// apart instead of bending the start weights towards random directions. `labels`: class of each row; `embeddings`: [N, D], or
    /// [N, 2 D] with the mirrored photos' behind, which the mirrored classes take. Classes without rows keep their centres.
    void imprint(const std::vector<std::int64_t> &labels, const torch::Tensor &embeddings);

    /// Frozen: the trunk neither learns nor updates its norms.
    void freezeTrunk(bool frozen);

    /// Mean loss on pairs of photos without augmentation (see Objective::evaluatePairs), by the averaged weights; labels >= 0, bytes
    /// [N, 3, H, W].
    double evaluationLoss(const LoadedBatch &batch);

    /// The averaged network (or the network itself without averaging): what is validated and kept. eval mode.
    [[nodiscard]] EmbeddingNetwork &evaluationNetwork();

    /// The one that the optimizer moves.
    [[nodiscard]] EmbeddingNetwork &network() { return m_network; }

    /// All weights and averages; shared storage. Restoring copies by name. Errors: DataDamaged naming what is missing or of another shape.
    [[nodiscard]] NamedTensors weights();
    [[nodiscard]] NamedTensors optimizerState();
    Result<void> restore(const NamedTensors &weights, const NamedTensors &optimizerState, const std::string &path);

    /// In how many parts a batch runs: 1 unless memory ran out.
    std::int64_t parts = 1;
    /// Training passes of the network run under bfloat16 autocast; head, losses and weights stay in single precision.
    bool bfloat16 = false;
    std::function<void(std::int64_t photos)> beforeForward;
    std::function<void(const Error &)> warning;

private:
    void addParameters(const protocol::RunConfig &config);
    void copyObjective();
    StepOutcome accumulate(const LoadedBatch &batch, std::int64_t step);
    Objective::Value forward(const LoadedBatch &part, Random &random);
    torch::Tensor normalised(const torch::Tensor &photos) const;
    void saveBuffers();
    void restoreBuffers();
    void average();

    torch::Device m_device;
    std::uint64_t m_seed;
    bool m_averaging = true;
    double m_averagingDecay = 0.999;
    double m_gradientClip = 0;
    std::int64_t m_rowsTogether = 2; ///< see rowsTogether
    std::int64_t m_averagedSteps = 0;
    bool m_trunkFrozen = false;
    EmbeddingNetwork m_network;
    EmbeddingNetwork m_average{nullptr};
    std::unique_ptr<Objective> m_objective;
    std::unique_ptr<Objective> m_averageObjective;
    std::unique_ptr<Optimizer> m_optimizer;
    Augmenter m_augmenter;
    torch::Tensor m_scale; ///< [1, 3, 1, 1]
    torch::Tensor m_offset;
    std::vector<torch::Tensor> m_buffers;
    std::vector<torch::Tensor> m_savedBuffers;
};

} // namespace flukeprint::learning
