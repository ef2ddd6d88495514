// What the rules must catch: never compiled.
#include <faiss/IndexFlat.h>
