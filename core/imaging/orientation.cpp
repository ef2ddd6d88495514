#include "core/imaging/orientation.h"

#include <utility>

namespace flukeprint::imaging {

namespace {

struct Turn
{
    bool fromRight; // the upright row runs against the stored axis that it follows
    bool fromBottom;
};

/// For 1..4 the upright x follows the stored x, for 5..8 the stored y.
Turn turnOf(int orientation)
{
    switch (orientation) {
    case 2:
        return {true, false};
    case 3:
        return {true, true};
    case 4:
        return {false, true};
    case 6:
        return {false, true};
    case 7:
        return {true, true};
    case 8:
        return {true, false};
    default: // 1, 5
        return {false, false};
    }
}

} // namespace

Image makeUpright(Image stored, int orientation)
{
    if (orientation <= 1 || orientation > 8 || stored.isEmpty())
        return stored;
    const bool swap = swapsSides(orientation);
    const Turn turn = turnOf(orientation);
    Image upright(swap ? stored.height : stored.width, swap ? stored.width : stored.height);
    for (int y = 0; y < upright.height; ++y) {
        std::uint8_t *target = upright.row(y);
        for (int x = 0; x < upright.width; ++x, target += Image::channels) {
            int storedX = swap ? y : x;
            int storedY = swap ? x : y;
            if (turn.fromRight)
                storedX = stored.width - 1 - storedX;
            if (turn.fromBottom)
                storedY = stored.height - 1 - storedY;
            const std::uint8_t *source = stored.row(storedY) + storedX * Image::channels;
            target[0] = source[0];
            target[1] = source[1];
            target[2] = source[2];
        }
    }
    return upright;
}

} // namespace flukeprint::imaging
