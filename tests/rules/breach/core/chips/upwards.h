// What the rules must catch: never compiled.
#include "core/catalogue/catalogue.h"
