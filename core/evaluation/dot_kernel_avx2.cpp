#if defined(__AVX2__) && defined(__FMA__)
#define FLUKEPRINT_KERNEL_NAME dotBlockAvx2
#define FLUKEPRINT_VECTOR_FLOATS 8
#define FLUKEPRINT_LEFT_ROWS 6
#include "core/evaluation/dot_kernel.inc"
#endif
