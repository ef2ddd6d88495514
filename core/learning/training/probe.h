#pragma once

#include "core/evaluation/embedding_health.h"
#include "core/learning/model/model_file.h"
#include "core/learning/training/photo_features.h"
#include "core/learning/training/run_data.h"

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// A small fixed sample of a run's training and validation photos, measured some times an epoch: whether flukes part while a run goes, at a
/// cost that does not show. The sample follows from the data and the seed alone. Not thread-safe.
class Probe
{
public:
    using Figures = std::map<std::string, double>;

    struct Measured
    {
        Figures figures; ///< names as protocol::MetricMessage lists them; what the sample cannot tell is left out
        evaluation::EmbeddingHealth health;
    };

    /// Draws up to `photos` photos (0: none) of individuals that have several of them, up to four of each and those of validation first; what
    /// is left over is filled with individuals of one photo. `info` says how chips are normalised.
    Probe(const RunData &data, const ModelInfo &info, torch::Device device, std::int64_t photos, std::uint64_t seed);

    [[nodiscard]] std::int64_t photoCount() const { return static_cast<std::int64_t>(m_labels.size()); }

    /// How often an epoch of `steps` batches of `batchPhotos` photos is probed: so seldom that the probe takes no more than about 2% of the
    /// epoch (a forward pass costs a third of a training step), but at its end at the least.
    [[nodiscard]] std::int64_t timesAnEpoch(std::int64_t steps, std::int64_t batchPhotos) const;
    /// Whether a measurement follows the step number `position` (from 1) of an epoch: evenly spread, the last behind the last step.
    [[nodiscard]] static bool isDue(std::int64_t position, std::int64_t steps, std::int64_t times);

    /// What a frozen trunk made of the photos stands for the photos themselves until this is called again with null.
    void useFeatures(const PhotoFeatures *features) { m_features = features; }

    /// See Validator.
    std::function<void(std::int64_t photos)> beforeEmbedding;

    /// One forward pass of the network, which is in eval mode: no mirror image, float32; out of memory, fewer photos at a time. Nothing while
    /// embeddings are no numbers, or where there is no memory for one photo.
    std::optional<Measured> measure(EmbeddingNetwork &network) const;

private:
    /// Undefined where there is no memory for one photo.
    [[nodiscard]] torch::Tensor embeddings(EmbeddingNetwork &network) const;

    Normalisation m_normalisation;
    torch::Device m_device;
    const PhotoFeatures *m_features = nullptr;
    std::vector<RunPhoto> m_photos;
    torch::Tensor m_chips; ///< bytes [N, H, W, 3]
    std::vector<evaluation::PhotoLabel> m_labels;
};

} // namespace flukeprint::learning
