// What the rules must catch: never compiled.
#include "core/learning/worker/worker.h"
