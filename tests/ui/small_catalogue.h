#pragma once

#include "core/base/result.h"

#include <filesystem>

namespace flukeprint::ui::testing {

struct SmallCatalogue
{
    std::filesystem::path folder; ///< NAME.flukeprint
    std::filesystem::path photos; ///< where its photos lie
    std::filesystem::path labels;
    int photoCount = 0;
    int individualCount = 0;
};

/// Draws a few synthetic whales below `directory`; the same every time.
Result<SmallCatalogue> drawPhotos(const std::filesystem::path &directory, int individuals = 4, int photosEach = 3);

/// The same, imported with labels into `directory`/small.flukeprint, nobody unidentified.
Result<SmallCatalogue> makeSmallCatalogue(const std::filesystem::path &directory, int individuals = 4, int photosEach = 3);

} // namespace flukeprint::ui::testing
