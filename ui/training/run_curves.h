#pragma once

#include "core/catalogue/run_store.h"

#include <QList>
#include <QPointF>
#include <QString>

#include <map>
#include <span>

namespace flukeprint::ui {

/// The figures of one run as curves over epochs, thinned for drawing. Plain value; any thread, one at a time.
class RunCurves
{
public:
    void clear();
    /// Points come in the order of steps. A step that was there already starts a repeated stretch: what followed is dropped, so that
    /// a resumed run draws no loop. Values that are not finite are left out.
    void add(std::span<const catalogue::MetricPoint> points);

    /// x in epochs; empty for a name that has not come yet.
    [[nodiscard]] QList<QPointF> curve(const QString &name) const;
    /// Exponential moving average over about `window` points: the trend of a noisy curve.
    [[nodiscard]] QList<QPointF> smoothed(const QString &name, int window) const;
    [[nodiscard]] std::optional<double> last(const QString &name) const;
    [[nodiscard]] std::optional<double> best(const QString &name) const; ///< largest
    [[nodiscard]] double lastEpoch() const { return m_lastEpoch; }
    [[nodiscard]] std::int64_t lastStep() const { return m_lastStep; }
    [[nodiscard]] double seconds() const { return m_seconds; } ///< time in training of the newest point

private:
    struct Sample
    {
        std::int64_t step = 0;
        QPointF point;
    };
    std::map<QString, std::vector<Sample>> m_samples;
    double m_lastEpoch = 0;
    double m_seconds = 0;
    std::int64_t m_lastStep = 0;
};

/// At most `limit` points that look the same when drawn: of each stretch the lowest and the highest point.
[[nodiscard]] QList<QPointF> thinned(const QList<QPointF> &points, int limit);

} // namespace flukeprint::ui
