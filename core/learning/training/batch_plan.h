#pragma once

#include "core/base/result.h"
#include "core/learning/mining/mine_triplets.h"
#include "core/learning/model/tensor_file.h"
#include "core/learning/sampling/batch_source.h"
#include "core/learning/sampling/curriculum.h"
#include "core/learning/training/run_data.h"
#include "core/protocol/presets.h"

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

namespace flukeprint::learning {

/// Where the batches of a run's epochs come from: a sampler that knows them all beforehand, or one that follows what was learnt: hard
/// triplets mined anew before each epoch, or the classes that a curriculum has admitted. Not thread-safe.
class BatchPlan
{
public:
    /// `data` must outlive the plan. With `tripletsPath` every epoch shows the triplets of that file (readTripletCsv; rows are those
    /// of RunData::train()), whatever the configuration would draw or mine. Errors: TooFewIndividuals; TooFewPhotos (mining, and
    /// nobody has two photos that are not of one group); SettingOutOfRange (batches in which hardly anybody would stand twice);
    /// InvalidArgument (triplets for a configuration that learns from something else), those of readTripletCsv.
    static Result<BatchPlan> make(const protocol::RunConfig &config, const RunData &data, const std::string &tripletsPath = {});

    /// Embeddings of RunData::train() in its order, float [N, D] on the CPU, by the network as it is now.
    using Embed = std::function<Result<torch::Tensor>()>;
    /// Makes `source` that of this epoch. Mines unless the epoch's triplets were restored. Errors: those of `embed`; NothingToDo (no
    /// triplet), Cancelled.
    Result<void> begin(std::int64_t epoch, const Embed &embed, const std::stop_token &stop);

    /// Of the epoch that was begun last; before the first one that of epoch 0. Lives until the next `begin`.
    [[nodiscard]] const BatchSource &source() const { return *m_source; }
    /// The source serves every epoch: nothing that is learnt changes it.
    [[nodiscard]] bool isFixed() const { return m_fixed; }
    /// Batches that an epoch will have, as far as can be told beforehand.
    [[nodiscard]] std::int64_t expectedBatches(std::int64_t epoch) const;

    [[nodiscard]] bool hasCurriculum() const { return m_curriculum.has_value(); }
    /// See Curriculum::judge; takes effect with the next `begin`. 0 without a curriculum.
    Result<std::int64_t> judge(std::span<const double> accuracyOfClass);
    [[nodiscard]] std::size_t admittedClasses() const { return m_curriculum ? m_curriculum->state().admitted.size() : 0; }

    /// What a checkpoint needs, under names that begin with "plan.".
    [[nodiscard]] NamedTensors state() const;
    /// Nothing of it in `saved` is a plan without a history. Errors: DataDamaged naming `path`.
    Result<void> restore(const NamedTensors &saved, const std::string &path);

private:
    BatchPlan(const protocol::RunConfig &config, const RunData &data);

    [[nodiscard]] bool isMined(std::int64_t epoch) const { return m_mining && epoch >= m_coarseEpochs; }
    Result<std::unique_ptr<BatchSource>> makeSampler() const;
    Result<void> mine(std::int64_t epoch, const Embed &embed, const std::stop_token &stop);
    Result<void> takeTriplets(const std::string &path);
    Result<void> useTriplets();

    protocol::RunConfig m_config;
    const RunData *m_data;
    std::unique_ptr<BatchSource> m_source;
    bool m_fixed = true;
    std::optional<Curriculum> m_curriculum;
    bool m_mining = false;
    std::int64_t m_coarseEpochs = 0;
    std::vector<Triplet> m_triplets; ///< rows of RunData::train()
    std::int64_t m_minedEpoch = -1; ///< the epoch they are for; -1: none
};

} // namespace flukeprint::learning
