// Qt 6.4's moc cannot parse <concepts> of GCC 12 (reached from <compare>, <ranges>, ...) unless the library's own
// configuration macros were seen before; given to every moc call.
#include <cstddef>
