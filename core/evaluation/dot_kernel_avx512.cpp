#if defined(__AVX512F__)
#define FLUKEPRINT_KERNEL_NAME dotBlockAvx512
#define FLUKEPRINT_VECTOR_FLOATS 16
#define FLUKEPRINT_LEFT_ROWS 12
#include "core/evaluation/dot_kernel.inc"
#endif
