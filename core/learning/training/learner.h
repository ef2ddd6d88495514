#pragma once

#include "core/learning/augmentation/augmenter.h"
#include "core/learning/model/model_file.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/networks/joint_norm.h"
#include "core/learning/training/batch_loader.h"
#include "core/learning/training/objective.h"
#include "core/learning/training/optimizer.h"
#include "core/learning/training/run_data.h"
#include "core/learning/training/step_outcome.h"
#include "core/learning/training/weight_averaging.h"

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace flukeprint::learning {

class Peers;

/// What learns: network, class centres, optimizer and averaged weights on one device. Knows nothing of files, epochs and curves.
/// Not thread-safe.
class Learner
{
public:
    /// Takes the network over and moves it to `device`. `info` says how chips are normalised. Photos become numbers of the network's type:
    /// float32; float64 too, for tests.
    Learner(const protocol::RunConfig &config, const ModelInfo &info, EmbeddingNetwork network,
            const std::vector<std::int64_t> &classCounts, torch::Device device);

    /// One optimizer step with the given learning rate; every draw follows from the seed and `step`. Out of memory, the
    /// batch is cut in two and the step tried again, for this and all later steps. Errors: OutOfMemory (one individual is too much).
    /// What came of it is told by `takeOutcomes`: on the CPU at once, on a GPU one or two steps later, because nobody waits for it.
    Result<void> step(const LoadedBatch &batch, std::int64_t step, double rate);
    /// Outcomes not taken before, in the order of steps. `all`: up to the last step, waiting for the device.
    std::vector<StepOutcome> takeOutcomes(bool all);

    /// Puts every class's centres where its photos lie (weight imprinting, Qi et al., CVPR 2018), so that the first steps pull look-alikes
    /// apart instead of bending the start weights towards random directions. `labels`: class of each row; `embeddings`: [N, D], or
    /// [N, 2 D] with the mirrored photos' behind, which the mirrored classes take. Classes without rows keep their centres.
    void imprint(const std::vector<std::int64_t> &labels, const torch::Tensor &embeddings);

    /// Frozen: the trunk neither learns nor updates its norms.
    void freezeTrunk(bool frozen);

    /// Mean loss on pairs of photos without augmentation (see Objective::evaluatePairs), by the averaged weights; labels >= 0.
    /// Errors: OutOfMemory (for one photo).
    Result<double> evaluationLoss(const LoadedBatch &batch);

    /// Whether the averaged weights are to have norm statistics of their own before they are used; false before the first ones count.
    [[nodiscard]] bool wantsFreshNorms() const { return m_averaging && m_freshNorms && m_averager.averaged > 0; }
    /// Measures them on batches as it trains with (see refreshNormStatistics), which `next` hands out until it gives nothing. All draws follow
    /// from the seed and `step`.
    void refreshNorms(const std::function<std::optional<LoadedBatch>()> &next, std::int64_t step);

    /// The averaged network (or the network itself without averaging): what is validated and kept. eval mode.
    [[nodiscard]] EmbeddingNetwork &evaluationNetwork();

    /// The one that the optimizer moves.
    [[nodiscard]] EmbeddingNetwork &network() { return m_network; }

    /// All weights and averages; shared storage. Restoring copies by name. Errors: DataDamaged naming what is missing or of another shape.
    [[nodiscard]] NamedTensors weights();
    [[nodiscard]] NamedTensors optimizerState();
    /// What of the objective goes with the network into a model file (see Objective::belongsToModel): that of `evaluationNetwork`.
    [[nodiscard]] NamedTensors modelTensors();
    Result<void> restore(const NamedTensors &weights, const NamedTensors &optimizerState, const std::string &path);

    /// The processes to train together with (see Peers), or null. Must outlive the learner; not together with `parts`. LoadedBatch::photos are
    /// then this process's share, of one individual (see rowsTogether) at least. `step` fails with PeerLost where another process is gone, and
    /// leaves everything as after the step before.
    void trainWith(Peers *peers);
    /// Weights, averages and optimizer state of process 0 for everybody. Throws PeerFailure.
    void shareWeights();

    /// Whether steps are judged on the device and told late; true on GPUs. On the CPU it gives the same up to rounding, for tests.
    bool late = false;
    /// In how many parts a batch runs: 1 unless memory ran out.
    std::int64_t parts = 1;
    /// Whether the next steps count in a stochastic average of the weights.
    bool countsInAverage = true;
    /// Training passes of the network run under bfloat16 autocast; head, losses and weights stay in single precision.
    bool bfloat16 = false;
    std::function<void(std::int64_t photos)> beforeForward; ///< of a training step
    std::function<void(std::int64_t photos)> beforeEmbedding; ///< before a forward pass of evaluationLoss
    std::function<void(const Error &)> warning;

private:
    void addParameters(const protocol::RunConfig &config);
    void copyObjective();
    /// Gets what a part adds to the batch's loss and share of active triplets.
    using PartVisitor = std::function<bool(const Objective::Value &value)>;
    void forEachPart(const LoadedBatch &batch, std::int64_t step, const PartVisitor &visit);
    StepOutcome accumulate(const LoadedBatch &batch, std::int64_t step);
    torch::Tensor accumulateLate(const LoadedBatch &batch, std::int64_t step);
    void finish(StepOutcome outcome, double rate);
    void finishLate(const torch::Tensor &sums, double rate);
    Objective::Value forward(const LoadedBatch &part, Random &ofRows, Random &ofBatch);
    torch::Tensor augmented(const torch::Tensor &loaded, Random &random);
    [[nodiscard]] Features featuresOf(EmbeddingNetwork &network, const torch::Tensor &photos) const;
    std::optional<Features> evaluatedFeatures(const torch::Tensor &photos);
    torch::Tensor normalised(const torch::Tensor &photos) const;
    void saveBuffers();
    void restoreBuffers();
    void average();
    Features forwardJoint(const torch::Tensor &photos, const LoadedBatch &batch);
    void addUpGradients();
    Result<void> accumulateFitting(const LoadedBatch &batch, std::int64_t step, StepOutcome &outcome, torch::Tensor &sums);

    Peers *m_peers = nullptr;
    AddUp m_addUp;
    torch::Device m_device;
    std::uint64_t m_seed;
    bool m_averaging = true;
    double m_gradientClip = 0;
    std::int64_t m_rowsTogether = 2; ///< see rowsTogether
    std::int64_t m_fewestTogether = 2; ///< such groups a part of a batch needs: an individual alone has no stranger; a listed pair or triplet is whole
    bool m_freshNorms = false;
    WeightAverager m_averager;
    bool m_trunkFrozen = false;
    bool m_whiteFrame = false;
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
    std::vector<StepOutcome> m_outcomes; ///< known, not taken
    LateOutcomes m_lateOutcomes;
};

} // namespace flukeprint::learning
