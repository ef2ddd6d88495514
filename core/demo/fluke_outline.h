#pragma once

#include "core/demo/fluke_genome.h"

#include <vector>

namespace flukeprint::demo {

/// The outline in fluke coordinates.
struct FlukeOutline
{
    std::vector<FlukePoint> trailing; ///< left tip to right tip, with teeth and notch
    std::vector<FlukePoint> leadingLeft; ///< left tip to the tail stock
    std::vector<FlukePoint> leadingRight; ///< right tip to the tail stock
    std::vector<FlukePoint> closed; ///< all round, with the tail stock down to y = 1
};

[[nodiscard]] FlukeOutline outlineOf(const FlukeGenome &genome);

} // namespace flukeprint::demo
