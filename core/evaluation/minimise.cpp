#include "core/evaluation/minimise.h"

#include <algorithm>
#include <cmath>

namespace flukeprint::evaluation {

namespace {

using Function = std::function<double(std::span<const double>)>;

class Simplex
{
public:
    Simplex(const Function &function, std::span<const double> start, std::span<const double> step)
        : m_function(function)
    {
        add({start.begin(), start.end()});
        for (std::size_t axis = 0; axis < start.size(); ++axis) {
            std::vector<double> point(start.begin(), start.end());
            point[axis] += step[axis];
            add(std::move(point));
        }
        sort();
    }

    [[nodiscard]] int evaluations() const { return m_evaluations; }
    [[nodiscard]] const Minimum &best() const { return m_vertices.front(); }
    [[nodiscard]] double spread() const { return m_vertices.back().value - m_vertices.front().value; }

    void step()
    {
        const Minimum reflected = trial(1.0);
        if (reflected.value < m_vertices.front().value) {
            const Minimum expanded = trial(2.0);
            m_vertices.back() = expanded.value < reflected.value ? expanded : reflected;
        } else if (reflected.value < m_vertices[m_vertices.size() - 2].value) {
            m_vertices.back() = reflected;
        } else {
            const Minimum contracted = trial(reflected.value < m_vertices.back().value ? 0.5 : -0.5);
            if (contracted.value < std::min(reflected.value, m_vertices.back().value))
                m_vertices.back() = contracted;
            else
                shrink();
        }
        sort();
    }

private:
    void add(std::vector<double> point)
    {
        const double value = evaluate(point);
        m_vertices.push_back({std::move(point), value});
    }

    double evaluate(std::span<const double> point)
    {
        ++m_evaluations;
        const double value = m_function(point);
        return std::isnan(value) ? HUGE_VAL : value;
    }

    /// centroid of all but the worst, plus `factor` times the way from the worst to it.
    Minimum trial(double factor)
    {
        const std::vector<double> &worst = m_vertices.back().point;
        const auto others = static_cast<double>(m_vertices.size() - 1);
        std::vector<double> point(worst.size(), 0.0);
        for (std::size_t axis = 0; axis < point.size(); ++axis) {
            double centre = 0;
            for (std::size_t v = 0; v + 1 < m_vertices.size(); ++v)
                centre += m_vertices[v].point[axis] / others;
            point[axis] = centre + factor * (centre - worst[axis]);
        }
        const double value = evaluate(point);
        return {std::move(point), value};
    }

    void shrink()
    {
        for (std::size_t v = 1; v < m_vertices.size(); ++v) {
            std::vector<double> &point = m_vertices[v].point;
            for (std::size_t axis = 0; axis < point.size(); ++axis)
                point[axis] = (point[axis] + m_vertices.front().point[axis]) / 2;
            m_vertices[v].value = evaluate(point);
        }
    }

    void sort()
    {
        std::stable_sort(m_vertices.begin(), m_vertices.end(),
                         [](const Minimum &a, const Minimum &b) { return a.value < b.value; });
    }

    const Function &m_function;
    std::vector<Minimum> m_vertices; ///< ascending by value
    int m_evaluations = 0;
};

} // namespace

Minimum minimise(const Function &function, std::span<const double> start, std::span<const double> step,
                 const SimplexOptions &options)
{
    Simplex simplex(function, start, step);
    while (simplex.evaluations() < options.maximumEvaluations
           && !(simplex.spread() < options.tolerance * (1 + std::abs(simplex.best().value))))
        simplex.step();
    return simplex.best();
}

} // namespace flukeprint::evaluation
