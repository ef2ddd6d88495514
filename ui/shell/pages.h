#pragma once

#include "ui/shell/page.h"

#include <vector>

namespace flukeprint::ui {

/// The pages of the program in the order of the rail. The only place that knows them all.
[[nodiscard]] std::vector<PageFactory> standardPages();

} // namespace flukeprint::ui
