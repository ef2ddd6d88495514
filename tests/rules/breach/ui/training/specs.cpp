// What the rules must catch: never compiled.
#include "core/protocol/jobs.h"
