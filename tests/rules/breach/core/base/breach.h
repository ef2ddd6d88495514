// What the rules must catch: never compiled.
#include <torch/types.h>
