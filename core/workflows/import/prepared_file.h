#pragma once

#include "core/base/error.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/records.h"
#include "core/chips/chip_pack.h"
#include "core/imaging/prepare.h"
#include "core/workflows/localiser/fluke_locator.h"

#include <QString>

#include <filesystem>
#include <optional>
#include <vector>

namespace flukeprint::workflows {

/// One file to be read; `sequence` counts from 0 in the order in which results are written.
struct ImportTask
{
    std::size_t sequence = 0;
    catalogue::ImportItem item;
    std::vector<imaging::Box> boxes; ///< from a table; empty: look for the fluke
};

struct PreparedAnnotation
{
    catalogue::Annotation record; ///< without ids
    std::vector<std::uint8_t> chip;
};

/// What a pool thread found out about a file.
struct PreparedFile
{
    ImportTask task;
    std::optional<Error> error; ///< the file is to be skipped
    std::optional<Error> fatal; ///< the import cannot go on (the disk is full, say)
    bool known = false; ///< the catalogue has these bytes: nothing but `photo.sha256` is filled in
    catalogue::Photo photo; ///< without id, encounter and session
    std::vector<PreparedAnnotation> annotations;
    std::optional<UnplacedPhoto> unplaced; ///< the only annotation's box is a guess; a localiser is to say better
    bool withoutFluke = false; ///< the localiser saw none
    bool boxGuessed = false; ///< the localiser was to say better and failed
    std::vector<Error> warnings; ///< boxes that lie outside the photo
};

/// How files are prepared.
struct PrepareSettings
{
    chips::ChipShape chipShape{256, 128, 3};
    bool copy = false;
    bool locate = false; ///< fill in `unplaced` where no box is given
};

} // namespace flukeprint::workflows
