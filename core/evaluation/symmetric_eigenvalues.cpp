#include "core/evaluation/symmetric_eigenvalues.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace flukeprint::evaluation {

namespace {

class JacobiMatrix
{
public:
    JacobiMatrix(std::vector<double> values, std::size_t size)
        : m_values(std::move(values))
        , m_size(size)
    {
    }

    double &at(std::size_t row, std::size_t column) { return m_values[row * m_size + column]; }

    /// Sum of squares above the diagonal, and of the diagonal.
    [[nodiscard]] std::pair<double, double> squares()
    {
        double above = 0;
        double diagonal = 0;
        for (std::size_t row = 0; row < m_size; ++row) {
            diagonal += at(row, row) * at(row, row);
            for (std::size_t column = row + 1; column < m_size; ++column)
                above += at(row, column) * at(row, column);
        }
        return {above, diagonal};
    }

    /// Turns the plane of two axes so that their common element vanishes.
    void rotate(std::size_t p, std::size_t q)
    {
        const double common = at(p, q);
        if (common == 0)
            return;
        const double theta = (at(q, q) - at(p, p)) / (2 * common);
        const double tangent = (theta >= 0 ? 1.0 : -1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double cosine = 1 / std::sqrt(tangent * tangent + 1);
        const double sine = tangent * cosine;
        for (std::size_t k = 0; k < m_size; ++k) {
            const double left = at(k, p);
            const double right = at(k, q);
            at(k, p) = cosine * left - sine * right;
            at(k, q) = sine * left + cosine * right;
        }
        for (std::size_t k = 0; k < m_size; ++k) {
            const double upper = at(p, k);
            const double lower = at(q, k);
            at(p, k) = cosine * upper - sine * lower;
            at(q, k) = sine * upper + cosine * lower;
        }
    }

private:
    std::vector<double> m_values;
    std::size_t m_size;
};

} // namespace

std::vector<double> symmetricEigenvalues(std::vector<double> values, std::size_t size)
{
    constexpr int mostSweeps = 30; // it converges quadratically: some eight are needed
    constexpr double smallest = std::numeric_limits<double>::epsilon() * std::numeric_limits<double>::epsilon();
    JacobiMatrix matrix(std::move(values), size);
    for (int sweep = 0; sweep < mostSweeps; ++sweep) {
        const auto [above, diagonal] = matrix.squares();
        if (above <= smallest * diagonal)
            break;
        for (std::size_t p = 0; p + 1 < size; ++p) {
            for (std::size_t q = p + 1; q < size; ++q)
                matrix.rotate(p, q);
        }
    }
    std::vector<double> eigenvalues;
    for (std::size_t i = 0; i < size; ++i)
        eigenvalues.push_back(matrix.at(i, i));
    std::sort(eigenvalues.begin(), eigenvalues.end(), std::greater<>());
    return eigenvalues;
}

} // namespace flukeprint::evaluation
