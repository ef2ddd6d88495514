#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace flukeprint::demo {

struct DemoOptions
{
    int individuals = 40; ///< 1..5,000
    int photosPerIndividual =
        6; ///< mean; single individuals have between half and twice as many, at least 2 where the mean is >= 2
    std::uint64_t seed = 1;
    double unidentifiedShare =
        0.1; ///< share of photos labelled `new_whale`: half of known, half of otherwise unseen whales
};

struct DemoSummary
{
    int photos = 0;
    int individuals = 0; ///< named in labels.csv
    int unidentified = 0; ///< photos labelled new_whale
    int encounters = 0;
    std::filesystem::path photosFolder;
    std::filesystem::path labelsCsv; ///< Image,Id,encounter
    std::filesystem::path boxesCsv; ///< Image,x0_px,y0_px,x1_px,y1_px
};

/// Draws the photos of a synthetic catalogue: DIR/photos/*.jpg (with EXIF time, place in the Gulf of Maine and camera),
/// DIR/labels.csv and DIR/boxes.csv. The same options give the same bytes on every machine of the same architecture.
/// DIR is created; files of the same names are replaced. Progress stage "drawing". Runs on the calling thread and a few
/// threads of its own, all ended on return.
/// Errors: InvalidArgument, FileUnwritable, DiskFull, Cancelled.
Result<DemoSummary> writeDemoPhotos(const std::filesystem::path &directory, const DemoOptions &options,
                                    const std::stop_token &stop = {}, const ProgressFn &progress = {});

} // namespace flukeprint::demo
