#pragma once

#include "app/cli/console.h"

namespace flukeprint::cli {

/// `train --list`: every preset with its settings, what they are by default and what is allowed.
[[nodiscard]] Answer listPresets();

} // namespace flukeprint::cli
