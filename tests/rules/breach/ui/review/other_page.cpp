// What the rules must catch: never compiled.
#include "ui/catalogue/catalogue_page.h"
