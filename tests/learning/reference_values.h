#pragma once

#include <torch/types.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

/// Inputs that another implementation can make too, and the comparison with what it answered.
namespace flukeprint::learning::reference {

/// Double [rows, columns], sin(0.7 i + 1.3 j + 0.11 i j + phase).
inline torch::Tensor wave(int rows, int columns, double phase)
{
    torch::Tensor values = torch::empty({rows, columns}, torch::kDouble);
    auto cells = values.accessor<double, 2>();
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < columns; ++j)
            cells[i][j] = std::sin(0.7 * i + 1.3 * j + 0.11 * i * j + phase);
    }
    return values;
}

/// Infinite where the numbers of values differ.
inline double largestDifference(const torch::Tensor &values, const std::vector<double> &expected)
{
    if (values.numel() != static_cast<std::int64_t>(expected.size()))
        return std::numeric_limits<double>::infinity();
    return (values.reshape({-1}).to(torch::kDouble) - torch::tensor(expected, torch::kDouble)).abs().max().item<double>();
}

} // namespace flukeprint::learning::reference
