#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace flukeprint::protocol {

/// What a photo may be used for in one training run.
enum class SampleRole {
    Train, ///< gradient; identified
    Negative, ///< gradient as "some whale, nobody of these"; unidentified
    Validation, ///< query of the validation figures; its individual also stands in Train
    NewCalibration, ///< unidentified and never trained on: fits thresholds and probabilities
};

struct SnapshotItem
{
    AnnotationId annotation;
    std::int32_t individual = -1; ///< index into Snapshot::individuals; -1: unidentified
    SampleRole role = SampleRole::Train;
    std::int64_t group = 0; ///< near-duplicate group or encounter: never on both sides of a split, never each other's match
};

/// A curator said of an item that it is not this individual, and gave it another identity.
struct SnapshotRejection
{
    AnnotationId annotation;
    std::int32_t individual = 0; ///< index into Snapshot::individuals
};

/// The frozen data of a run: `snapshot.json`. Chips are found in the run's pack by annotation id.
struct Snapshot
{
    std::string hash; ///< lower-case hex SHA-256 over labels, roles and photo hashes; set by who froze it
    std::uint64_t seed = 0; ///< of the split
    std::string splitName; ///< file name of a split table, or "by-encounter"
    std::vector<std::string> individuals; ///< id codes
    std::vector<SnapshotItem> items;
    std::vector<SnapshotRejection> rejections; ///< mined first; no part of the hash
};

/// Errors of reading: FileNotFound, FileUnreadable, DataDamaged (not JSON, a missing field, an index out of range).
Result<void> writeSnapshot(const std::filesystem::path &path, const Snapshot &snapshot);
Result<Snapshot> readSnapshot(const std::filesystem::path &path);

} // namespace flukeprint::protocol
