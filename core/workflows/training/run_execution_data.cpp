// The data of a run: frozen and cut into chips once, found again when it goes on.
#include "core/chips/chip_pack.h"
#include "core/protocol/presets.h"
#include "core/workflows/training/freeze_snapshot.h"
#include "core/workflows/training/rejections.h"
#include "core/workflows/training/run_execution.h"
#include "core/workflows/training/run_pack.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>

namespace flukeprint::workflows {

namespace {

constexpr const char *snapshotName = "snapshot.json";

chips::ChipShape shapeOf(const protocol::RunConfig &config)
{
    return {static_cast<std::uint32_t>(config.integer("input_width")),
            static_cast<std::uint32_t>(config.integer("input_height")), 3};
}

std::vector<AnnotationId> annotationsOf(const protocol::Snapshot &snapshot)
{
    std::vector<AnnotationId> ids;
    ids.reserve(snapshot.items.size());
    for (const protocol::SnapshotItem &item : snapshot.items)
        ids.push_back(item.annotation);
    return ids;
}

std::vector<AnnotationId> absentFrom(const std::vector<AnnotationId> &packed, const std::vector<AnnotationId> &wanted)
{
    const std::set<AnnotationId> there(packed.begin(), packed.end());
    std::vector<AnnotationId> absent;
    std::ranges::copy_if(wanted, std::back_inserter(absent), [&](AnnotationId id) { return !there.contains(id); });
    return absent;
}

} // namespace

Result<void> RunExecution::prepare()
{
    auto snapshot = protocol::readSnapshot(m_folder / snapshotName);
    if (!snapshot && snapshot.error().code == ErrorCode::FileNotFound)
        return freezeAndPack();
    if (!snapshot)
        return snapshot.error();
    m_snapshot = std::move(snapshot).value();
    if (chips::ChipPackReader::open(m_folder / packName))
        return {};
    return repack();
}

Result<void> RunExecution::freezeAndPack()
{
    m_context.progress({"freezing", 0, 0, {}});
    const auto config = protocol::resolve(m_request.preset, m_request.settings);
    if (!config)
        return config.error();
    auto data = freezeSnapshot(m_catalogue, freezeOptions(m_request));
    if (!data)
        return data.error();
    for (const Error &warning : data->warnings)
        warn(warning);
    TripletTable triplets;
    if (!m_request.tripletsFile.empty()) {
        auto read = readTriplets(m_catalogue, m_request.tripletsFile, m_request.splitFile, data->snapshot);
        if (!read)
            return read.error();
        triplets = std::move(*read);
        warnOfHeldOut(triplets);
    }
    const auto wanted = annotationsOf(data->snapshot);
    const auto packed = writeChipPack(m_catalogue, wanted, shapeOf(*config), m_folder / packName, m_context);
    if (!packed)
        return packed.error();
    const auto absent = absentFrom(packed->annotations, wanted);
    if (!absent.empty()) {
        if (const auto left = leaveOut(*data, absent); !left) {
            removePack();
            return left.error();
        }
    }
    if (const auto frozen = freezeRejections(m_catalogue, data->snapshot); !frozen)
        return frozen.error();
    if (!m_request.tripletsFile.empty()) {
        if (const auto written = writeTripletRows(m_folder / tripletsName, triplets, data->snapshot); !written)
            return written.error();
    }
    // Last: a snapshot in the folder says that the data are complete.
    if (const auto written = protocol::writeSnapshot(m_folder / snapshotName, data->snapshot); !written)
        return written.error();
    m_snapshot = std::move(data->snapshot);
    const auto hashed = m_runs.setSnapshotHash(m_run, QString::fromStdString(m_snapshot.hash));
    m_events.changed();
    return hashed;
}

void RunExecution::warnOfHeldOut(const TripletTable &triplets)
{
    if (triplets.heldOut == 0)
        return;
    warn(Error(ErrorCode::CsvInvalid, {m_request.tripletsFile.string(), std::to_string(triplets.firstHeldOut),
                                       "held_out:" + std::to_string(triplets.heldOut)}));
}

Result<void> RunExecution::repack()
{
    const auto config = protocol::resolve(m_request.preset, m_request.settings);
    if (!config)
        return config.error();
    const auto wanted = annotationsOf(m_snapshot);
    const auto packed = writeChipPack(m_catalogue, wanted, shapeOf(*config), m_folder / packName, m_context);
    if (!packed)
        return packed.error();
    // A resumed run must see the very same data.
    if (const auto absent = absentFrom(packed->annotations, wanted); !absent.empty()) {
        removePack();
        return Error(ErrorCode::TooFewPhotos,
                     {std::to_string(packed->annotations.size()), std::to_string(wanted.size())},
                     "photos of the frozen data are missing");
    }
    return {};
}

void RunExecution::removePack()
{
    std::error_code ignored;
    std::filesystem::remove(m_folder / packName, ignored);
}

} // namespace flukeprint::workflows
