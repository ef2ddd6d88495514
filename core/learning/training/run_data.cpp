#include "core/learning/training/run_data.h"

#include <torch/torch.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <unordered_map>
#include <utility>

namespace flukeprint::learning {

namespace {

using protocol::SampleRole;

std::string sizeText(const chips::ChipShape &shape)
{
    return std::to_string(shape.widthPx) + "x" + std::to_string(shape.heightPx);
}

Result<void> checkPack(const chips::ChipPackReader &pack, const std::string &path, const protocol::RunConfig &config)
{
    if (pack.count() == 0)
        return Error(ErrorCode::TooFewPhotos, {"0", "1"}, path);
    const chips::ChipShape wanted{static_cast<std::uint32_t>(config.integer("input_width")),
                                  static_cast<std::uint32_t>(config.integer("input_height")), 3};
    const chips::ChipShape shape = pack.shape();
    if (shape.widthPx != wanted.widthPx || shape.heightPx != wanted.heightPx)
        return Error(ErrorCode::ModelIncompatible, {path, "chips of " + sizeText(shape) + " instead of " + sizeText(wanted)});
    return {};
}

/// One row of interleaved pixels into `planes` separate ones, from the right where mirrored.
void spreadRow(const std::uint8_t *source, std::size_t width, std::size_t channels, bool mirrored, std::uint8_t *red,
               std::size_t planeSize)
{
    for (std::size_t x = 0; x < width; ++x) {
        const std::uint8_t *pixel = source + (mirrored ? width - 1 - x : x) * channels;
        for (std::size_t plane = 0; plane < 3; ++plane)
            red[plane * planeSize + x] = pixel[channels == 3 ? plane : 0];
    }
}

} // namespace

RunData::RunData(chips::ChipPackReader pack)
    : m_pack(std::make_shared<chips::ChipPackReader>(std::move(pack)))
{
}

Result<RunData> RunData::load(const std::string &runFolder, const std::string &packPath, const protocol::RunConfig &config)
{
    Result<protocol::Snapshot> snapshot = protocol::readSnapshot(std::filesystem::path(runFolder) / "snapshot.json");
    if (!snapshot)
        return snapshot.error();
    Result<chips::ChipPackReader> pack = chips::ChipPackReader::open(packPath);
    if (!pack)
        return pack.error();
    if (const Result<void> checked = checkPack(*pack, packPath, config); !checked)
        return checked.error();
    RunData data(std::move(*pack));
    data.m_snapshot = std::move(*snapshot);
    if (const Result<void> assigned = data.assign(); !assigned)
        return assigned.error();
    return data;
}

Result<void> RunData::assign()
{
    std::unordered_map<std::int32_t, std::int64_t> classOf;
    for (const protocol::SnapshotItem &item : m_snapshot.items) {
        const auto chip = m_pack->find(item.annotation);
        if (!chip)
            return Error(ErrorCode::NotFound, {"chip", std::to_string(item.annotation.value)});
        RunPhoto photo{*chip, item, -1};
        if (item.role == SampleRole::Train && item.individual >= 0) {
            photo.label = classOf.try_emplace(item.individual, static_cast<std::int64_t>(classOf.size())).first->second;
            m_photosOfClass.resize(classOf.size());
            m_photosOfClass[static_cast<std::size_t>(photo.label)].push_back(static_cast<std::int64_t>(*chip));
            m_train.push_back(photo);
        } else if (item.role == SampleRole::Train || item.role == SampleRole::Negative) {
            m_negatives.push_back(photo);
        } else if (item.role == SampleRole::NewCalibration) {
            m_newCalibration.push_back(photo);
        } else if (item.individual >= 0) {
            m_validation.push_back(photo);
        }
    }
    if (m_photosOfClass.size() < 2)
        return Error(ErrorCode::TooFewIndividuals, {std::to_string(m_photosOfClass.size()), "2"});
    for (RunPhoto &photo : m_validation) {
        const auto known = classOf.find(photo.item.individual);
        photo.label = known == classOf.end() ? -1 : known->second;
    }
    if (std::none_of(m_validation.begin(), m_validation.end(), [](const RunPhoto &photo) { return photo.label >= 0; }))
        return Error(ErrorCode::TooFewPhotos, {"0", "1", "validation"});
    return {};
}

std::vector<std::int64_t> RunData::classCounts(bool mirrorIdentity) const
{
    std::vector<std::int64_t> counts;
    for (int side = 0; side < (mirrorIdentity ? 2 : 1); ++side) {
        for (const std::vector<std::int64_t> &photos : m_photosOfClass)
            counts.push_back(static_cast<std::int64_t>(photos.size()));
    }
    return counts;
}

std::uint64_t RunData::planarBytes() const
{
    const chips::ChipShape shape = m_pack->shape();
    return std::uint64_t{3} * shape.widthPx * shape.heightPx * m_pack->count();
}

torch::Tensor RunData::planarChips(std::span<const BatchItem> items, bool pinned) const
{
    const chips::ChipShape shape = m_pack->shape();
    torch::Tensor batch = torch::empty({static_cast<std::int64_t>(items.size()), 3, shape.heightPx, shape.widthPx},
                                       torch::TensorOptions(torch::kUInt8).pinned_memory(pinned));
    std::uint8_t *target = batch.data_ptr<std::uint8_t>();
    const std::size_t planeSize = std::size_t{shape.widthPx} * shape.heightPx;
    for (const BatchItem &item : items) {
        const std::span<const std::uint8_t> chip = m_pack->chip(static_cast<std::size_t>(item.chip));
        for (std::size_t y = 0; y < shape.heightPx; ++y)
            spreadRow(chip.data() + y * shape.widthPx * shape.channels, shape.widthPx, shape.channels, item.mirrored,
                      target + y * shape.widthPx, planeSize);
        target += 3 * planeSize;
    }
    return batch;
}

torch::Tensor RunData::interleavedChips(std::span<const RunPhoto> photos) const
{
    std::vector<BatchItem> items;
    for (const RunPhoto &photo : photos)
        items.push_back({static_cast<std::int64_t>(photo.chip), photo.label, false});
    return planarChips(items).permute({0, 2, 3, 1}).contiguous();
}

} // namespace flukeprint::learning
