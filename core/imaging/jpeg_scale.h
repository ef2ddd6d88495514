#pragma once

#include <algorithm>
#include <cmath>

namespace flukeprint::imaging {

/// The smallest n of 1..8 with n/8 >= minScale. libjpeg-turbo's vector code covers 1, 2, 4 and 8 alone, and there
/// n = 3 and 5..7 take longer than the next larger of those, so those are chosen.
[[nodiscard]] inline int eighthsFor(double minScale)
{
    for (const int eighths : {1, 2, 4}) {
        if (minScale <= eighths / 8.0 + 1e-9)
            return eighths;
    }
    return 8;
}

} // namespace flukeprint::imaging
