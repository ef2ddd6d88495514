#pragma once

#include "core/base/ids.h"

#include <cstdint>

namespace flukeprint::workflows {

/// One number for "never each other's match": the near-duplicate group, else the encounter, else 0 (alone). Numbers of the two kinds
/// never meet.
[[nodiscard]] constexpr std::int64_t photoGroup(std::int64_t duplicateGroup, EncounterId encounter)
{
    if (duplicateGroup > 0)
        return 2 * duplicateGroup + 1;
    return encounter.isValid() ? 2 * encounter.value : 0;
}

} // namespace flukeprint::workflows
