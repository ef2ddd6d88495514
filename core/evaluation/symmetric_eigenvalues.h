#pragma once

#include <cstddef>
#include <vector>

namespace flukeprint::evaluation {

/// Eigenvalues of a symmetric matrix, row-major size x size, largest first, by cyclic Jacobi rotations (Golub and Van Loan, Matrix
/// Computations, 8.5): to full precision for matrices of some hundred rows. Internal to this room.
[[nodiscard]] std::vector<double> symmetricEigenvalues(std::vector<double> matrix, std::size_t size);

} // namespace flukeprint::evaluation
