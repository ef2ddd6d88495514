// What the rules must catch: never compiled.
#include "ui/theme/theme.h"
