#include "core/evaluation/dot_kernel.h"

#include <algorithm>

namespace flukeprint::evaluation {

using Kernel = void(const float *const *, std::size_t, const float *, std::size_t, std::size_t, float *, std::size_t);
Kernel dotBlockGeneric;
Kernel dotBlockAvx2;
Kernel dotBlockAvx512;

namespace {

Kernel *chooseKernel()
{
#ifdef FLUKEPRINT_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return dotBlockAvx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return dotBlockAvx2;
#endif
    return dotBlockGeneric;
}

} // namespace

void packRows(const float *const *rows, std::size_t count, std::size_t dimension, float *panels)
{
    for (std::size_t first = 0; first < count; first += panelRows) {
        const std::size_t used = std::min(panelRows, count - first);
        float *panel = panels + first * dimension;
        for (std::size_t k = 0; k < dimension; ++k) {
            float *line = panel + k * panelRows;
            for (std::size_t i = 0; i < used; ++i)
                line[i] = rows[first + i][k];
            std::fill(line + used, line + panelRows, 0.0F);
        }
    }
}

void dotBlock(const float *const *left, std::size_t leftCount, const float *panels, std::size_t panelCount,
              std::size_t dimension, float *out, std::size_t outStride)
{
    static Kernel *const kernel = chooseKernel();
    kernel(left, leftCount, panels, panelCount, dimension, out, outStride);
}

} // namespace flukeprint::evaluation
