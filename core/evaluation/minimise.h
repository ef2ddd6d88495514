#pragma once

#include <functional>
#include <span>
#include <vector>

namespace flukeprint::evaluation {

struct SimplexOptions
{
    int maximumEvaluations = 1500;
    double tolerance = 1e-7; ///< stop when the simplex's values differ by less, relative to 1 + |value|
};

struct Minimum
{
    std::vector<double> point;
    double value = 0;
};

/// Nelder and Mead's downhill simplex (Computer Journal, 1965) with its usual coefficients, for a handful of unknowns
/// and functions without derivatives. `step` is the size of the first simplex along each axis. Deterministic. Internal
/// to this room.
[[nodiscard]] Minimum minimise(const std::function<double(std::span<const double>)> &function,
                               std::span<const double> start, std::span<const double> step,
                               const SimplexOptions &options = {});

} // namespace flukeprint::evaluation
