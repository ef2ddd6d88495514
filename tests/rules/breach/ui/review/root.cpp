// What the rules must catch: never compiled.
#include "app/cli/console.h"
