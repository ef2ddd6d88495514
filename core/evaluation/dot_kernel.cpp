#include "core/evaluation/dot_kernel.h"

#include <algorithm>

namespace flukeprint::evaluation {

DotKernel dotBlockGeneric;
DotKernel dotBlockAvx2;
DotKernel dotBlockAvx512;

std::vector<NamedDotKernel> supportedDotKernels()
{
    std::vector<NamedDotKernel> kernels;
#ifdef FLUKEPRINT_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        kernels.push_back({"avx512", dotBlockAvx512});
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        kernels.push_back({"avx2", dotBlockAvx2});
#endif
    kernels.push_back({"generic", dotBlockGeneric});
    return kernels;
}

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
    static DotKernel *const kernel = supportedDotKernels().front().function;
    kernel(left, leftCount, panels, panelCount, dimension, out, outStride);
}

} // namespace flukeprint::evaluation
