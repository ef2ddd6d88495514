#pragma once

#include "core/base/result.h"
#include "core/evaluation/protocols.h"
#include "core/learning/model/model_file.h"
#include "core/learning/training/learner.h"
#include "core/learning/training/run_data.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// Measures a network on the run's validation photos: protocol "closed" of the metrics page, with the run's training photos as gallery.
class Validator
{
public:
    /// `proceed`: false cancels; `progress` (photos done, of how many). Both may be empty.
    Validator(const RunData &data, ModelInfo info, torch::Device device, std::int32_t threads,
              std::function<bool()> proceed, std::function<void(std::int64_t, std::int64_t)> progress);

    using Figures = std::map<std::string, double>;

    /// What a frozen trunk made of the photos stands for the photos themselves until this is called again with null.
    void useFeatures(const PhotoFeatures *features) { m_features = features; }

    /// Before photos are embedded, how many at a time; may throw c10::OutOfMemoryError. May be empty.
    std::function<void(std::int64_t photos)> beforeEmbedding;

    /// Out of memory, fewer photos are embedded at a time, here and later. "radius", "separation", and with validation queries "map5", "top1",
    /// "top5", "queries", and with new whales beside them "auroc_new". Errors: Cancelled, ModelIncompatible (embeddings that are not finite),
    /// OutOfMemory (for one photo).
    Result<Figures> measure(EmbeddingNetwork &network);

    /// Of each class in training, the share of its queries that the last `measure` ranked first; NaN without queries.
    [[nodiscard]] const std::vector<double> &accuracyOfClass() const { return m_accuracyOfClass; }

    /// Embeddings of RunData::train() in its order, [N, dimension of the embeddings], as the last `measure` or `measureFinally` found them.
    [[nodiscard]] torch::Tensor trainEmbeddings() const { return rowsOf(m_trainVectors, m_data.train().size()); }
    /// Likewise of RunData::validation().
    [[nodiscard]] torch::Tensor validationEmbeddings() const { return rowsOf(m_queryVectors, m_data.validation().size()); }

    struct FinalFigures
    {
        Figures figures; ///< as measure, with "map5_low", "map5_high" (95%)
        evaluation::ScoreCalibration calibration;
    };
    /// The same for the model that is kept, with intervals and the calibration of its distances.
    Result<FinalFigures> measureFinally(EmbeddingNetwork &network);

    /// Embeds in the run's own precision, so that a resumed run finds the same figures.
    bool bfloat16 = false;

    /// Validation queries, each beside a training photo of its individual, in batches for Learner::evaluationLoss.
    [[nodiscard]] std::vector<LoadedBatch> lossBatches(std::int64_t individuals) const;

private:
    struct Embedded
    {
        std::vector<float> vectors;
        evaluation::PhotoSet set;
    };
    struct Sets
    {
        Embedded gallery;
        Embedded queries;
        Embedded unknown;
    };
    struct Rankings
    {
        std::vector<evaluation::QueryRanking> known;
        std::vector<evaluation::QueryRanking> unknown;
    };
    Result<Sets> embedAll(EmbeddingNetwork &network);
    Result<Rankings> rank(Sets &sets) const;
    Figures clusterFigures(const Embedded &gallery) const;
    [[nodiscard]] evaluation::RankingOptions rankingOptions() const;
    [[nodiscard]] static torch::Tensor rowsOf(const std::vector<float> &vectors, std::size_t photos);
    void keepVectors(Sets &sets);
    void noteAccuracy(const std::vector<evaluation::QueryRanking> &rankings);

    const RunData &m_data;
    ModelInfo m_info;
    torch::Device m_device;
    std::int32_t m_threads;
    const PhotoFeatures *m_features = nullptr;
    std::size_t m_photosAtATime = 64;
    std::vector<float> m_trainVectors;
    std::vector<float> m_queryVectors;
    std::vector<double> m_accuracyOfClass;
    std::function<bool()> m_proceed;
    std::function<void(std::int64_t, std::int64_t)> m_progress;
};

} // namespace flukeprint::learning
