#include "core/learning/training/photo_features.h"

#include "core/learning/embedding/embedder.h"
#include "core/learning/networks/compat.h"
#include "core/learning/training/out_of_memory.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

namespace {

std::vector<RunPhoto> photosOf(const RunData &data)
{
    std::vector<RunPhoto> photos = data.train();
    for (const auto *more : {&data.validation(), &data.newCalibration()})
        photos.insert(photos.end(), more->begin(), more->end());
    return photos;
}

} // namespace

bool PhotoFeatures::suit(const protocol::RunConfig &config)
{
    return config.textOr("augmentation", "off") == "off" && config.textOr("pooling", "gem") != "gem"
        && !config.booleanOr("weight_averaging", false);
}

Result<PhotoFeatures> PhotoFeatures::compute(EmbeddingNetwork &network, const ModelInfo &info, const RunData &data, const Options &options)
{
    const torch::NoGradGuard noGradient;
    network->eval();
    PhotoFeatures features;
    features.m_device = options.device;
    const AutocastScope reduced(options.device.type(), options.bfloat16);
    const bool mirrored = options.mirrored || info.testTime == TestTime::Mirror;
    const std::vector<RunPhoto> photos = photosOf(data);
    std::vector<torch::Tensor> plain, flipped;
    std::size_t photosAtATime = 64;
    std::span<const RunPhoto> batch;
    const auto pooled = [&network](const torch::Tensor &images) { return network->head().pool(network->map(images)).to(torch::kCPU); };
    for (std::size_t first = 0; first < photos.size(); first += batch.size()) {
        if (options.proceed && !options.proceed())
            return Error(ErrorCode::Cancelled);
        torch::Tensor some, others;
        const bool fits = fitsInHalves(photosAtATime, [&] {
            batch = std::span(photos).subspan(first, std::min(photosAtATime, photos.size() - first));
            const torch::Tensor images = prepareChips(data.interleavedChips(batch).to(options.device), info.normalisation);
            some = pooled(images);
            others = mirrored ? pooled(images.flip({3})) : torch::Tensor();
        });
        if (!fits)
            return Error(ErrorCode::OutOfMemory, {options.device.str(), "features"});
        plain.push_back(some);
        if (mirrored)
            flipped.push_back(others);
        if (options.progress)
            options.progress(static_cast<std::int64_t>(first + batch.size()), static_cast<std::int64_t>(photos.size()));
    }
    features.m_plain = torch::cat(plain);
    if (mirrored)
        features.m_mirrored = torch::cat(flipped);
    for (std::size_t row = 0; row < photos.size(); ++row) {
        features.m_rowOfChip.resize(std::max(features.m_rowOfChip.size(), photos[row].chip + 1), -1);
        features.m_rowOfChip[photos[row].chip] = static_cast<std::int64_t>(row);
    }
    return features;
}

torch::Tensor PhotoFeatures::rows(std::span<const BatchItem> items) const
{
    const std::int64_t width = m_plain.size(1);
    torch::Tensor batch = torch::empty({static_cast<std::int64_t>(items.size()), width}, torch::kFloat);
    float *target = batch.data_ptr<float>();
    for (const BatchItem &item : items) {
        const torch::Tensor &source = item.mirrored ? m_mirrored : m_plain;
        const float *row = source.data_ptr<float>() + m_rowOfChip[static_cast<std::size_t>(item.chip)] * width;
        target = std::copy_n(row, width, target);
    }
    return batch;
}

torch::Tensor PhotoFeatures::embed(EmbeddingNetwork &network, std::span<const RunPhoto> photos, TestTime testTime) const
{
    const torch::NoGradGuard noGradient;
    const auto embedded = [&](bool mirrored) {
        std::vector<BatchItem> items;
        for (const RunPhoto &photo : photos)
            items.push_back({static_cast<std::int64_t>(photo.chip), photo.label, mirrored});
        return network->embeddingOf(network->head().forwardPooled(rows(items).to(m_device))).to(torch::kCPU);
    };
    if (testTime == TestTime::Plain)
        return embedded(false);
    return torch::cat({embedded(false), embedded(true)}, 1) / std::sqrt(2.0);
}

} // namespace flukeprint::learning
