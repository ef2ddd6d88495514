#include "ui/training/run_curves.h"

#include <algorithm>
#include <cmath>

namespace flukeprint::ui {

void RunCurves::clear() { *this = RunCurves(); }

void RunCurves::add(std::span<const catalogue::MetricPoint> points)
{
    for (const catalogue::MetricPoint &point : points) {
        if (!std::isfinite(point.value))
            continue;
        std::vector<Sample> &samples = m_samples[point.name];
        while (!samples.empty() && samples.back().step >= point.step)
            samples.pop_back();
        samples.push_back({point.step, QPointF(point.epoch, point.value)});
        m_lastEpoch = point.epoch;
        m_lastStep = point.step;
        m_seconds = point.seconds;
    }
}

QList<QPointF> RunCurves::curve(const QString &name) const
{
    const auto found = m_samples.find(name);
    if (found == m_samples.end())
        return {};
    QList<QPointF> points;
    points.reserve(static_cast<qsizetype>(found->second.size()));
    for (const Sample &sample : found->second)
        points.append(sample.point);
    return points;
}

QList<QPointF> RunCurves::smoothed(const QString &name, int window) const
{
    QList<QPointF> points = curve(name);
    const double keep = 1.0 - 2.0 / (window + 1.0);
    double average = 0;
    double weight = 0;
    for (QPointF &point : points) {
        // Divided by the weight so far, so that the start is not drawn towards zero.
        average = keep * average + (1 - keep) * point.y();
        weight = keep * weight + (1 - keep);
        point.setY(average / weight);
    }
    return points;
}

std::optional<double> RunCurves::last(const QString &name) const
{
    const auto found = m_samples.find(name);
    if (found == m_samples.end() || found->second.empty())
        return std::nullopt;
    return found->second.back().point.y();
}

std::optional<double> RunCurves::best(const QString &name) const
{
    std::optional<double> best;
    for (const QPointF &point : curve(name))
        best = std::max(best.value_or(point.y()), point.y());
    return best;
}

QList<QPointF> thinned(const QList<QPointF> &points, int limit)
{
    const qsizetype stretches = std::max(1, limit / 2);
    if (points.size() <= stretches * 2)
        return points;
    QList<QPointF> kept;
    kept.reserve(stretches * 2);
    const auto lower = [](const QPointF &a, const QPointF &b) { return a.y() < b.y(); };
    for (qsizetype i = 0; i < stretches; ++i) {
        const auto first = points.begin() + points.size() * i / stretches;
        const auto last = points.begin() + points.size() * (i + 1) / stretches;
        const auto [lowest, highest] = std::minmax_element(first, last, lower);
        kept.append(*std::min(lowest, highest));
        kept.append(*std::max(lowest, highest));
    }
    return kept;
}

} // namespace flukeprint::ui
