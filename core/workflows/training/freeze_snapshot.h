#pragma once

#include "core/base/result.h"
#include "core/evaluation/splits.h"
#include "core/protocol/snapshot.h"
#include "core/workflows/training/training_request.h"

#include <filesystem>
#include <string>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

struct FreezeOptions
{
    /// Table `Image,Id,role,near_duplicate_group`; empty: split by encounter and near-duplicates. Photos are found as PhotoLookup finds them.
    /// Only role `train` (identified: Train, `new_whale` or empty: Negative) and `validation` enter; every other role stays out
    /// entirely, and so do photos that the table does not name.
    std::filesystem::path splitFile;
    /// File names, one a line: unidentified photos to keep out of training for thresholds and probabilities.
    std::filesystem::path calibrationFile;
    /// Unidentified photos take part as "nobody of these"; false leaves them out (where many are merely not looked at yet).
    bool useUnidentified = true;
    /// Of the split by encounter. Here unidentified photos may simply not have been looked at, so none are held to be new.
    evaluation::SplitOptions split{.newCalibrationShare = 0, .seed = 1};
};

struct FrozenData
{
    protocol::Snapshot snapshot;
    std::size_t trainPhotos = 0;
    std::size_t trainIndividuals = 0;
    std::size_t validationPhotos = 0;
    std::size_t negativePhotos = 0;
    std::size_t calibrationPhotos = 0;
    std::vector<std::string> photoHashes; ///< SHA-256 of each item's photo, parallel to snapshot.items
    std::vector<Error> warnings; ///< NotFound ("photo", name): named by a table and not in the catalogue; at most 100
};

inline constexpr std::size_t fewestIndividuals = 2;
inline constexpr std::size_t fewestTrainPhotos = 4;

/// What a person asked for, as far as it concerns the data.
[[nodiscard]] FreezeOptions freezeOptions(const TrainingRequest &request);

/// What a training run may learn from, as the catalogue stands now. Identities are those of the decision log; unusable annotations stay
/// out. Items are in the order of annotation ids. The hash is the SHA-256 over the sorted lines "photo hash, role, id code", so the
/// same data gives the same hash in any catalogue.
/// Errors: TooFewIndividuals, TooFewPhotos (also: no individual has two photos to train on; "validation": no photo to validate
/// with whose individual is trained on too); FileNotFound, CsvInvalid of the tables; those of the stores.
Result<FrozenData> freezeSnapshot(catalogue::Catalogue &catalogue, const FreezeOptions &options = {});

/// Takes these annotations out again (their photos turned out to be unreadable), and individuals that nothing is left of; counts
/// and hash follow. Errors: TooFewIndividuals, TooFewPhotos.
Result<void> leaveOut(FrozenData &data, const std::vector<AnnotationId> &annotations);

} // namespace flukeprint::workflows
