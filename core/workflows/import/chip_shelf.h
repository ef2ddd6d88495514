#pragma once

#include "core/base/result.h"
#include "core/catalogue/chip_cache.h"
#include "core/chips/chip_pack.h"

#include <optional>
#include <span>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Fills packs of the catalogue's chip cache, a few thousand chips each. A pack counts once it is whole: chips of an unfinished
/// one are lost with the program and are cut again when they are needed.
class ChipShelf
{
public:
    ChipShelf(catalogue::Catalogue &catalogue, chips::ChipShape shape);

    /// Call outside a transaction. Errors: DiskFull, FileUnwritable, DatabaseFailed.
    Result<void> append(AnnotationId annotation, std::span<const std::uint8_t> chip);
    /// Closes the pack at hand and enters its chips.
    Result<void> finish();

private:
    Result<void> openPack();

    catalogue::Catalogue &m_catalogue;
    chips::ChipShape m_shape;
    std::optional<chips::ChipPackWriter> m_writer;
    QString m_packFile; ///< relative to the catalogue's folder
    std::vector<catalogue::ChipPlace> m_places;
};

} // namespace flukeprint::workflows
