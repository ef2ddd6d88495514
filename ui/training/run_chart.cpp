#include "ui/training/run_chart.h"

#include "ui/theme/theme.h"
#include "ui/training/curve_legend.h"
#include "ui/training/run_curves.h"
#include "ui/widgets/elided_label.h"

#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QGraphicsLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineSeries>
#include <QMouseEvent>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace flukeprint::ui {

namespace {

constexpr int drawnPoints = 1600;
constexpr int yParts = 4;

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `value`.
double niceCeiling(double value)
{
    if (value <= 0 || !std::isfinite(value))
        return 1;
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double step : {1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0}) {
        if (step * power >= value * 0.9999)
            return step * power;
    }
    return 10 * power;
}

/// The value of a curve at `epoch`, straight between its points; nullopt outside.
std::optional<double> valueAt(const QList<QPointF> &points, double epoch)
{
    if (points.isEmpty() || epoch < points.first().x() || epoch > points.last().x())
        return std::nullopt;
    const auto after = std::lower_bound(points.begin(), points.end(), epoch, [](const QPointF &p, double x) { return p.x() < x; });
    if (after == points.begin() || after->x() == epoch)
        return after->y();
    const auto before = after - 1;
    const double share = (epoch - before->x()) / std::max(1e-12, after->x() - before->x());
    return before->y() + share * (after->y() - before->y());
}

} // namespace

RunChart::RunChart(const QString &title, std::function<QString(double)> valueText, QWidget *parent)
    : Card(parent)
    , m_valueText(std::move(valueText))
    , m_chart(new QChart)
    , m_view(new QChartView(m_chart, this))
    , m_x(new QValueAxis(this))
    , m_y(new QValueAxis(this))
    , m_empty(new QLabel(m_view))
{
    m_view->setObjectName(QStringLiteral("chartView"));
    m_empty->setObjectName(QStringLiteral("chartEmpty"));
    // Elided: the legends grow by the values under the pointer, and the window must not grow with them.
    auto *name = new ElidedLabel(title, this);
    name->setObjectName(QStringLiteral("cardTitle"));
    name->setProperty("role", "cardTitle");
    header()->addWidget(name, 1);
    m_chart->legend()->hide();
    m_chart->setMargins(QMargins(2, 4, 8, 2));
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setBackgroundRoundness(0);
    m_chart->addAxis(m_x, Qt::AlignBottom);
    m_chart->addAxis(m_y, Qt::AlignLeft);
    m_x->setLabelFormat(QStringLiteral("%d"));
    m_x->setTitleText(tr("epoch"));
    for (QValueAxis *axis : {m_x, m_y}) {
        axis->setTickType(QValueAxis::TicksDynamic);
        axis->setTickAnchor(0);
    }
    m_view->setRenderHint(QPainter::Antialiasing);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setMinimumSize(220, 130);
    m_view->viewport()->setMouseTracking(true);
    m_view->viewport()->installEventFilter(this);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setProperty("role", "secondary");
    m_empty->setAttribute(Qt::WA_TransparentForMouseEvents);
    auto *place = new QHBoxLayout(m_view);
    place->setContentsMargins(48, 0, 24, 0);
    place->addWidget(m_empty);
    body()->addWidget(m_view, 1);
    applyTheme();
    fitAxes();
}

int RunChart::addCurve(const QString &label, CurveRole role)
{
    Curve curve{label, role, new QLineSeries(this), nullptr, {}};
    m_chart->addSeries(curve.series);
    curve.series->attachAxis(m_x);
    curve.series->attachAxis(m_y);
    curve.series->setPen(curvePen(role));
    if (role != CurveRole::Faint) {
        curve.legend = new CurveLegend(label, role, this);
        curve.legend->setObjectName(QStringLiteral("legend_%1").arg(m_curves.size()));
        header()->addWidget(curve.legend);
    }
    m_curves.push_back(std::move(curve));
    return static_cast<int>(m_curves.size()) - 1;
}

void RunChart::setCurve(int curve, const QList<QPointF> &points)
{
    Curve &target = m_curves.at(static_cast<std::size_t>(curve));
    target.points = points;
    target.series->replace(thinned(points, drawnPoints));
    // A line needs two points; the first value of a run must be seen all the same.
    target.series->setPointsVisible(points.size() == 1);
    fitAxes();
}

int RunChart::pointCount(int curve) const { return static_cast<int>(m_curves.at(static_cast<std::size_t>(curve)).points.size()); }

void RunChart::setEpochs(double epochs)
{
    m_epochs = std::max(1.0, epochs);
    fitAxes();
}

void RunChart::setShare(bool share)
{
    m_share = share;
    fitAxes();
}

void RunChart::setEmptyText(const QString &text) { m_empty->setText(text); }

void RunChart::fitAxes()
{
    double right = m_epochs;
    std::vector<double> values;
    for (const Curve &curve : m_curves) {
        for (const QPointF &point : curve.points) {
            right = std::max(right, point.x());
            values.push_back(point.y());
        }
    }
    m_empty->setVisible(values.empty());
    // Figures on axes that measure nothing would be read as a result.
    m_x->setVisible(!values.empty());
    m_y->setVisible(!values.empty());
    double top = 1;
    if (!values.empty()) {
        // One wild first loss must not flatten everything that follows.
        const auto high = values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * 0.98);
        std::nth_element(values.begin(), high, values.end());
        const double largest = *std::max_element(high, values.end());
        top = niceCeiling(std::min(largest, *high * 1.5) * 1.05);
    }
    if (m_share)
        top = std::min(top, 1.0);
    // A curve along the highest line of the grid is seen whole.
    constexpr double headroom = 1.04;
    m_y->setRange(0, top * headroom);
    m_y->setTickInterval(top / yParts);
    m_y->setLabelFormat(top <= 0.5 ? QStringLiteral("%.3f") : top < 20 ? QStringLiteral("%.2f") : QStringLiteral("%.0f"));
    const double step = std::max(1.0, std::ceil(right / 6));
    m_x->setRange(0, std::ceil(right / step) * step);
    m_x->setTickInterval(step);
}

void RunChart::applyTheme()
{
    const Colours &colours = Theme::colours();
    m_chart->setBackgroundBrush(colours.panel);
    m_chart->setBackgroundPen(Qt::NoPen);
    m_view->setBackgroundBrush(colours.panel);
    for (QValueAxis *axis : {m_x, m_y}) {
        axis->setLabelsFont(smallFont());
        axis->setLabelsColor(colours.secondary);
        axis->setTitleFont(smallFont());
        axis->setTitleBrush(colours.secondary);
        axis->setGridLineColor(colours.line);
        axis->setLinePen(QPen(colours.line));
    }
    m_x->setGridLineVisible(false);
    for (const Curve &curve : m_curves)
        curve.series->setPen(curvePen(curve.role));
}

void RunChart::showValuesAt(double epoch)
{
    for (const Curve &curve : m_curves) {
        if (!curve.legend)
            continue;
        const std::optional<double> value = valueAt(curve.points, epoch);
        curve.legend->setValueText(value ? m_valueText(*value) : QString());
    }
}

void RunChart::hideValues()
{
    for (const Curve &curve : m_curves) {
        if (curve.legend)
            curve.legend->setValueText({});
    }
}

bool RunChart::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::MouseMove) {
        const QPointF place = m_view->mapToScene(static_cast<QMouseEvent *>(event)->pos());
        showValuesAt(m_chart->mapToValue(m_chart->mapFromScene(place)).x());
    } else if (event->type() == QEvent::Leave) {
        hideValues();
    }
    return Card::eventFilter(watched, event);
}

void RunChart::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        applyTheme();
    Card::changeEvent(event);
}

} // namespace flukeprint::ui
