// What the rules must catch: never compiled.
#include "core/learning/networks/network.h"
