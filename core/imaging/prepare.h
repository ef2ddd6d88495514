#pragma once

#include "core/base/result.h"
#include "core/chips/chip_pack.h"
#include "core/imaging/box.h"
#include "core/imaging/decode.h"
#include "core/imaging/image.h"
#include "core/imaging/metadata.h"
#include "core/imaging/quality.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace flukeprint::imaging {

enum class BoxOrigin { Given, Automatic, WholeFrame };

struct PrepareOptions
{
    int overviewSidePx = 512; ///< long side of PreparedPhoto::overview
    chips::ChipShape chipShape{256, 128, 3};
    std::optional<Box> box; ///< given box, px of the full-size upright photo; else found, else the whole frame
    bool findBox = true; ///< false: the whole frame where no box is given
};

/// All that an import wants to know of a photo, from one decoding.
struct PreparedPhoto
{
    PhotoHeader header;
    PhotoMetadata metadata;
    Image overview; ///< upright, long side <= overviewSidePx; for encodeJpeg and for the worker that locates flukes
    double overviewScale = 1.0; ///< overview px = photo px * overviewScale
    std::uint64_t hash = 0; ///< perceptualHash of the whole photo
    Box box; ///< px of the full-size upright photo
    BoxOrigin boxOrigin = BoxOrigin::WholeFrame;
    double boxConfidence = 0; ///< 1 for a given box, 0 for the whole frame
    PhotoQuality quality;
    std::vector<std::uint8_t> chip; ///< chipShape.byteCount() bytes
};

/// Thread-safe; memory is that of one reduced picture. A given box that lies partly outside is clipped by nothing: the
/// chip repeats the edge. Errors: those of decode() and extractChip().
Result<PreparedPhoto> prepare(std::span<const std::uint8_t> bytes, std::string_view name,
                              const PrepareOptions &options = {});

} // namespace flukeprint::imaging
