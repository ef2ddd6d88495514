// What the rules must let pass: never compiled.
#include "core/learning/worker/worker.h"
