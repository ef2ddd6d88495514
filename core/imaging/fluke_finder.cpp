#include "core/imaging/fluke_finder.h"

namespace flukeprint::imaging {

std::optional<FlukeFinding> findFluke(const Image &) { return std::nullopt; }

} // namespace flukeprint::imaging
