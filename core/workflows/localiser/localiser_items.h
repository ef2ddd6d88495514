#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"
#include "core/imaging/decode.h"
#include "core/imaging/fluke_finder.h"
#include "core/jobs/thread_job.h"
#include "core/workflows/localiser/localiser_training.h"

#include <QString>

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

/// The photos that a localiser is trained on and measured with.
namespace flukeprint::workflows::localiser {

enum class Part { Train, Validation, Test };

struct Item
{
    std::filesystem::path path;
    Part part = Part::Train;
    bool fluke = true;
    std::optional<catalogue::RotatedBox> box; ///< px of the photo
    QString individual; ///< empty: not known
};

/// A photo squashed for the localiser, with what is known of it.
struct ReadItem
{
    std::vector<std::uint8_t> pixels;
    std::optional<std::array<double, 4>> corners; ///< shares
    std::optional<imaging::FlukeFinding> finding; ///< by the finder without learning; box as shares of the sides
};

/// Left, top, right, bottom as shares of a photo's sides.
[[nodiscard]] std::array<double, 4> cornersOf(const catalogue::RotatedBox &box, double widthPx, double heightPx);
/// Intersection over union of two boxes by their corners.
[[nodiscard]] double overlapOf(const std::array<double, 4> &a, const std::array<double, 4> &b);
/// A photo whose long side is at least `sidePx`, as far as the file has so many. Errors: those of the file.
Result<imaging::DecodedPhoto> decodeReduced(const std::filesystem::path &path, int sidePx);

/// Everything that the tables and folders name; what is held out of the photos without a fluke has Part::Validation. Errors: CsvInvalid,
/// FileNotFound, Cancelled.
Result<std::vector<Item>> allItems(const LocaliserPhotos &photos, const jobs::WorkContext &context);

/// `count` drawn flukes with their boxes, one photo a whale, and as many photos of the sea without one, as files in `folder`; all of
/// Part::Train. Stage: "drawing". Errors: those of the demo.
Result<std::vector<Item>> syntheticItems(const std::filesystem::path &folder, int count, std::uint64_t seed,
                                         const jobs::WorkContext &context);

/// Reads one item after the other and hands it to `take`; those that cannot be read are warned about and left out. `withFinder`: with the
/// guess of the finder without learning. Stage: "reading". Errors: Cancelled, those of `take`.
Result<void> readAll(const std::vector<Item> &items, const jobs::WorkContext &context, bool withFinder,
                     const std::function<Result<void>(const Item &, ReadItem)> &take);

} // namespace flukeprint::workflows::localiser
