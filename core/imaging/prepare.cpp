#include "core/imaging/prepare.h"

#include "core/imaging/chip.h"
#include "core/imaging/chip_scale.h"
#include "core/imaging/fluke_finder.h"
#include "core/imaging/perceptual_hash.h"

#include <algorithm>
#include <string>

namespace flukeprint::imaging {

namespace {

void chooseBox(const PrepareOptions &options, PreparedPhoto &photo)
{
    if (options.box) {
        photo.box = *options.box;
        photo.boxOrigin = BoxOrigin::Given;
        photo.boxConfidence = 1;
        return;
    }
    photo.box = Box::wholeFrame(photo.header.widthPx, photo.header.heightPx);
    photo.boxOrigin = BoxOrigin::WholeFrame;
    if (!options.findBox)
        return;
    if (const auto finding = findFluke(photo.overview)) {
        photo.box = finding->box.scaled(1 / photo.overviewScale);
        photo.boxOrigin = BoxOrigin::Automatic;
        photo.boxConfidence = finding->confidence;
    }
}

double neededScale(const PhotoHeader &header, const PrepareOptions &options)
{
    const Box expected = options.box.value_or(Box::wholeFrame(header.widthPx, header.heightPx));
    return std::max(
        {scaleForLongSide(header, options.overviewSidePx), scaleForChip(expected, options.chipShape), 0.01});
}

} // namespace

Result<PreparedPhoto> prepare(std::span<const std::uint8_t> bytes, std::string_view name, const PrepareOptions &options)
{
    if (options.overviewSidePx < 1)
        return Error(ErrorCode::InvalidArgument,
                     {"overviewSidePx", std::to_string(options.overviewSidePx), "at least 1"});
    const auto header = probe(bytes, name);
    if (!header)
        return header.error();
    if (std::min(header->widthPx, header->heightPx) < minPhotoSidePx)
        return Error(ErrorCode::ImageTooSmall,
                     {std::string(name), std::to_string(header->widthPx), std::to_string(header->heightPx)});
    auto decoded = decode(bytes, name, {neededScale(*header, options)});
    if (!decoded)
        return decoded.error();
    PreparedPhoto photo;
    photo.header = decoded->header;
    photo.metadata = readMetadata(bytes);
    auto overview = makeThumbnail(decoded->image, options.overviewSidePx);
    if (!overview)
        return overview.error();
    photo.overview = std::move(*overview);
    photo.overviewScale = decoded->scale * photo.overview.width / decoded->image.width;
    photo.hash = perceptualHash(photo.overview);
    chooseBox(options, photo);
    if (scaleForChip(photo.box, options.chipShape) > decoded->scale && decoded->scale < 1) {
        // The fluke turned out to be so small that the reduced picture has too few pixels of it.
        decoded = decode(bytes, name, {scaleForChip(photo.box, options.chipShape)});
        if (!decoded)
            return decoded.error();
    }
    auto chip = extractChip(decoded->image, photo.box.scaled(decoded->scale), options.chipShape);
    if (!chip)
        return chip.error();
    photo.chip = std::move(*chip);
    photo.quality = assessQuality(decoded->image, photo.box.scaled(decoded->scale), decoded->scale);
    return photo;
}

} // namespace flukeprint::imaging
