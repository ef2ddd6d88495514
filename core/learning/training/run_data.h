#pragma once

#include "core/base/result.h"
#include "core/chips/chip_pack.h"
#include "core/learning/sampling/batch_source.h"
#include "core/protocol/presets.h"
#include "core/protocol/snapshot.h"

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// A photo of the run: where its chip stands in the pack, and its snapshot item.
struct RunPhoto
{
    std::size_t chip = 0;
    protocol::SnapshotItem item;
    std::int64_t label = -1; ///< class of its individual among those in training (unmirrored); -1: none
};

/// The frozen data of a run, checked whole. Chips stay in the pack's memory map, which the system keeps in RAM where it fits.
/// Const functions are thread-safe.
class RunData
{
public:
    /// Errors: those of readSnapshot and of opening the pack; TooFewPhotos (an empty pack; "validation": no query whose individual is in training),
    /// ModelIncompatible (another chip size than the configuration's input), NotFound (a labelled annotation without chip; named), TooFewIndividuals.
    static Result<RunData> load(const std::string &runFolder, const std::string &packPath,
                                const protocol::RunConfig &config);

    [[nodiscard]] const protocol::Snapshot &snapshot() const { return m_snapshot; }
    [[nodiscard]] const std::vector<RunPhoto> &train() const { return m_train; }
    [[nodiscard]] const std::vector<RunPhoto> &negatives() const { return m_negatives; }
    [[nodiscard]] const std::vector<RunPhoto> &validation() const { return m_validation; }
    [[nodiscard]] const std::vector<RunPhoto> &newCalibration() const { return m_newCalibration; }
    [[nodiscard]] std::int64_t individualCount() const { return static_cast<std::int64_t>(m_photosOfClass.size()); }
    /// Photos of each class; with `mirrorIdentity` the same again for the mirrored classes.
    [[nodiscard]] std::vector<std::int64_t> classCounts(bool mirrorIdentity) const;
    /// Chips of each class in training, by position in the pack; one at least.
    [[nodiscard]] const std::vector<std::vector<std::int64_t>> &photosOfClass() const { return m_photosOfClass; }

    /// Bytes [N, 3, H, W]; BatchItem::chip is a position in the pack. Grey chips are spread over the three channels. `pinned`: in page-locked
    /// memory, for a GPU.
    [[nodiscard]] torch::Tensor planarChips(std::span<const BatchItem> items, bool pinned = false) const;
    [[nodiscard]] std::int64_t chipCount() const { return static_cast<std::int64_t>(m_pack->count()); }
    [[nodiscard]] std::uint64_t planarBytes() const; ///< of all chips
    /// See ChipPackReader::readAhead.
    void readAhead() const { m_pack->readAhead(); }
    /// Bytes [N, H, W, 3].
    [[nodiscard]] torch::Tensor interleavedChips(std::span<const RunPhoto> photos) const;

private:
    explicit RunData(chips::ChipPackReader pack);
    Result<void> assign();

    std::shared_ptr<chips::ChipPackReader> m_pack;
    protocol::Snapshot m_snapshot;
    std::vector<RunPhoto> m_train;
    std::vector<RunPhoto> m_negatives;
    std::vector<RunPhoto> m_validation;
    std::vector<RunPhoto> m_newCalibration;
    std::vector<std::vector<std::int64_t>> m_photosOfClass; ///< chips
};

} // namespace flukeprint::learning
