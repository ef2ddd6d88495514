#include "core/imaging/chip.h"

#include "core/imaging/chip_scale.h"
#include "core/imaging/decode.h"
#include "core/imaging/opencv_bridge.h"
#include "core/imaging/resample.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace flukeprint::imaging {

namespace {

constexpr std::uint32_t maxChipSidePx = 4096;

Error invalid(const char *what, const std::string &value, const char *allowed)
{
    return Error(ErrorCode::InvalidArgument, {what, value, allowed});
}

bool isFinite(const Box &box)
{
    return std::isfinite(box.centreX) && std::isfinite(box.centreY) && std::isfinite(box.width)
        && std::isfinite(box.height) && std::isfinite(box.angleDeg);
}

bool touches(const Image &image, const Box &box)
{
    const double angle = box.angleDeg * std::numbers::pi / 180;
    const double reachX = (box.width * std::abs(std::cos(angle)) + box.height * std::abs(std::sin(angle))) / 2;
    const double reachY = (box.width * std::abs(std::sin(angle)) + box.height * std::abs(std::cos(angle))) / 2;
    return box.centreX + reachX > 0 && box.centreX - reachX < image.width && box.centreY + reachY > 0
        && box.centreY - reachY < image.height;
}

Result<void> check(const Image &image, const Box &box, std::int64_t widthPx, std::int64_t heightPx)
{
    if (image.isEmpty())
        return invalid("image", "0 x 0", "at least 1 x 1");
    if (!isFinite(box) || !box.isValid())
        return invalid("box", std::to_string(box.width) + " x " + std::to_string(box.height), "a positive area");
    if (!touches(image, box))
        return invalid("box", std::to_string(box.centreX) + ", " + std::to_string(box.centreY), "inside the picture");
    if (widthPx < 1 || heightPx < 1 || widthPx > maxChipSidePx || heightPx > maxChipSidePx)
        return invalid("size", std::to_string(widthPx) + " x " + std::to_string(heightPx), "1..4096");
    return {};
}

/// Samples a target side gets on the way, so that neighbouring samples lie at most about a source pixel apart.
int oversampled(double sourcePx, int targetPx)
{
    constexpr int largest = 8192;
    const int perPixel = std::clamp(static_cast<int>(std::ceil(sourcePx / targetPx)), 1, 16);
    return std::min(targetPx * perPixel, std::max(largest, targetPx));
}

/// A turned box as an upright picture at about the source's resolution.
Image turnUpright(const Image &image, const Box &box, int widthPx, int heightPx)
{
    const int width = oversampled(box.width, widthPx);
    const int height = oversampled(box.height, heightPx);
    const double angle = box.angleDeg * std::numbers::pi / 180;
    const double stepX = box.width / width;
    const double stepY = box.height / height;
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    const double firstX = 0.5 * stepX - box.width / 2;
    const double firstY = 0.5 * stepY - box.height / 2;
    const cv::Matx23d toSource(cosine * stepX, -sine * stepY, box.centreX + cosine * firstX - sine * firstY - 0.5,
                               sine * stepX, cosine * stepY, box.centreY + sine * firstX + cosine * firstY - 0.5);
    Image upright(width, height);
    cv::Mat target = viewOf(upright);
    const int filter = stepX < 1 || stepY < 1 ? cv::INTER_CUBIC : cv::INTER_LINEAR;
    cv::warpAffine(viewOf(image), target, toSource, target.size(), filter | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    return upright;
}

Image crop(const Image &image, const Box &box, int widthPx, int heightPx)
{
    if (box.angleDeg == 0) {
        const Region region{box.centreX - box.width / 2, box.centreY - box.height / 2, box.centreX + box.width / 2,
                            box.centreY + box.height / 2};
        return resample(image, region, widthPx, heightPx);
    }
    Image upright = turnUpright(image, box, widthPx, heightPx);
    if (upright.width == widthPx && upright.height == heightPx)
        return upright;
    const Region all{0, 0, static_cast<double>(upright.width), static_cast<double>(upright.height)};
    return resample(upright, all, widthPx, heightPx);
}

std::vector<std::uint8_t> lumaOf(const Image &image)
{
    std::vector<std::uint8_t> luma(image.pixels.size() / Image::channels);
    for (std::size_t i = 0; i < luma.size(); ++i) {
        const std::uint8_t *pixel = image.pixels.data() + i * Image::channels;
        luma[i] = static_cast<std::uint8_t>((77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2] + 128) >> 8);
    }
    return luma;
}

} // namespace

Result<Image> cropBox(const Image &image, const Box &box, int widthPx, int heightPx)
{
    if (const auto valid = check(image, box, widthPx, heightPx); !valid)
        return valid.error();
    try {
        return crop(image, box, widthPx, heightPx);
    } catch (const cv::Exception &exception) {
        return Error(ErrorCode::Internal, {"cropBox"}, exception.what());
    }
}

Result<std::vector<std::uint8_t>> extractChip(const Image &image, const Box &box, chips::ChipShape shape)
{
    if (shape.channels != 1 && shape.channels != 3)
        return invalid("channels", std::to_string(shape.channels), "1 or 3");
    auto cropped = cropBox(image, box, static_cast<int>(std::min(shape.widthPx, maxChipSidePx + 1)),
                           static_cast<int>(std::min(shape.heightPx, maxChipSidePx + 1)));
    if (!cropped)
        return cropped.error();
    return shape.channels == 1 ? lumaOf(*cropped) : std::move(cropped->pixels);
}

Result<Image> makeThumbnail(const Image &image, int maxSidePx, const std::optional<Box> &box)
{
    const Box wanted = box.value_or(Box::wholeFrame(image.width, image.height));
    const double factor = std::min(1.0, maxSidePx / std::max({wanted.width, wanted.height, 1.0}));
    if (!box && factor == 1.0 && !image.isEmpty())
        return image;
    const int width = std::max(1, static_cast<int>(std::lround(wanted.width * factor)));
    const int height = std::max(1, static_cast<int>(std::lround(wanted.height * factor)));
    return cropBox(image, wanted, width, height);
}

Result<std::vector<std::vector<std::uint8_t>>> decodeChips(std::span<const std::uint8_t> bytes, std::string_view name,
                                                           std::span<const Box> boxes, chips::ChipShape shape)
{
    DecodeOptions options;
    options.minScale = 0.01;
    for (const Box &box : boxes)
        options.minScale = std::max(options.minScale, scaleForChip(box, shape));
    const auto photo = decode(bytes, name, options);
    if (!photo)
        return photo.error();
    std::vector<std::vector<std::uint8_t>> chips;
    for (const Box &box : boxes) {
        auto chip = extractChip(photo->image, box.scaled(photo->scale), shape);
        if (!chip)
            return chip.error();
        chips.push_back(std::move(*chip));
    }
    return chips;
}

} // namespace flukeprint::imaging
