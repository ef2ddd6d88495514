// What the rules must catch: never compiled.
#include <exiv2/exiv2.hpp>
