#pragma once

#include <cstddef>
#include <vector>

/// Inner products of two blocks of float rows: the heart of brute-force ranking here and of bulk searches in
/// core/matching, without a BLAS. Thread-safe.
namespace flukeprint::evaluation {

/// Rows of the right-hand block are packed in panels of this many, dimension-major and padded with zeros.
inline constexpr std::size_t panelRows = 32;

/// Floats that `packRows` writes.
[[nodiscard]] constexpr std::size_t packedSize(std::size_t rows, std::size_t dimension)
{
    return (rows + panelRows - 1) / panelRows * panelRows * dimension;
}

/// rows[i] points to row i (`dimension` floats); `panels` holds packedSize(count, dimension) floats.
void packRows(const float *const *rows, std::size_t count, std::size_t dimension, float *panels);

/// out[i * outStride + j] = <left row i, right row j>, for all `panelCount` * panelRows right rows; `left` points to
/// leftCount row pointers. The sum of each product runs in one fixed order, so equal rows give equal products wherever
/// they stand.
using DotKernel = void(const float *const *left, std::size_t leftCount, const float *panels, std::size_t panelCount,
                       std::size_t dimension, float *out, std::size_t outStride);

struct NamedDotKernel
{
    const char *name;
    DotKernel *function;
};

/// The kernels that this CPU can run, the fastest first; never empty.
[[nodiscard]] std::vector<NamedDotKernel> supportedDotKernels();

/// The fastest of them.
DotKernel dotBlock;

} // namespace flukeprint::evaluation
