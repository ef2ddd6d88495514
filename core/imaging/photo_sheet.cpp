#include "core/imaging/photo_sheet.h"

#include "core/imaging/decode.h"
#include "core/imaging/opencv_bridge.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>

namespace flukeprint::imaging {

namespace {

constexpr int captionHeightPx = 22;
constexpr int gapPx = 6;

Error wrong(const char *what, int value, const char *allowed)
{
    return Error(ErrorCode::InvalidArgument, {what, std::to_string(value), allowed});
}

/// The photo fitted into `area` of the sheet, its boxes, and the caption below the area.
void drawTile(const SheetTile &tile, const cv::Rect &area, cv::Mat &sheet)
{
    const cv::Mat photo = viewOf(tile.photo);
    const double scale = std::min(static_cast<double>(area.width) / photo.cols, static_cast<double>(area.height) / photo.rows);
    const cv::Size size(std::max(1, static_cast<int>(photo.cols * scale)), std::max(1, static_cast<int>(photo.rows * scale)));
    const cv::Point corner(area.x + (area.width - size.width) / 2, area.y + (area.height - size.height) / 2);
    cv::Mat place = sheet(cv::Rect(corner, size));
    cv::resize(photo, place, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    for (const SheetBox &frame : tile.boxes) {
        const Box box = frame.box.scaled(scale);
        const cv::Point from(cvRound(box.centreX - box.width / 2), cvRound(box.centreY - box.height / 2));
        const cv::Point to(cvRound(box.centreX + box.width / 2), cvRound(box.centreY + box.height / 2));
        cv::rectangle(place, from, to, cv::Scalar(frame.colour[0], frame.colour[1], frame.colour[2]), 2, cv::LINE_AA);
    }
    cv::Mat line = sheet(cv::Rect(area.x, area.y + area.height, area.width, captionHeightPx));
    cv::putText(line, tile.caption, {2, captionHeightPx - 7}, cv::FONT_HERSHEY_SIMPLEX, 0.42, cv::Scalar::all(235), 1, cv::LINE_AA);
}

} // namespace

Result<Image> photoSheet(const std::vector<SheetTile> &tiles, const SheetOptions &options)
{
    if (tiles.empty())
        return wrong("tiles", 0, ">= 1");
    if (options.columns < 1 || options.tileWidthPx < 1 || options.tileHeightPx < 1)
        return wrong("size", std::min({options.columns, options.tileWidthPx, options.tileHeightPx}), ">= 1");
    const std::int64_t columns = std::min<std::int64_t>(options.columns, static_cast<std::int64_t>(tiles.size()));
    const std::int64_t rows = (static_cast<std::int64_t>(tiles.size()) + columns - 1) / columns;
    const std::int64_t stepX = options.tileWidthPx + gapPx, stepY = options.tileHeightPx + captionHeightPx + gapPx;
    const std::int64_t longest = std::max(columns * stepX, rows * stepY) + gapPx;
    if (longest > maxImageSidePx)
        return wrong("sheet", static_cast<int>(std::min<std::int64_t>(longest, 1'000'000)), "<= 16384 px");
    Image image(static_cast<int>(columns * stepX) + gapPx, static_cast<int>(rows * stepY) + gapPx);
    cv::Mat sheet = viewOf(image);
    sheet.setTo(cv::Scalar::all(28));
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        if (tiles[i].photo.isEmpty())
            return wrong("photo", static_cast<int>(i), "not empty");
        const auto column = static_cast<int>(i % static_cast<std::size_t>(columns));
        const auto row = static_cast<int>(i / static_cast<std::size_t>(columns));
        drawTile(tiles[i], {gapPx + column * static_cast<int>(stepX), gapPx + row * static_cast<int>(stepY), options.tileWidthPx,
                            options.tileHeightPx}, sheet);
    }
    return image;
}

} // namespace flukeprint::imaging
