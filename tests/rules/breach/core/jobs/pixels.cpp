// What the rules must catch: never compiled.
#include <opencv2/core.hpp>
