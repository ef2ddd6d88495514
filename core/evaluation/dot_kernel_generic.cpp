#define FLUKEPRINT_KERNEL_NAME dotBlockGeneric
#define FLUKEPRINT_VECTOR_FLOATS 4
#define FLUKEPRINT_LEFT_ROWS 4
#include "core/evaluation/dot_kernel.inc"
