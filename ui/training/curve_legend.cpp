#include "ui/training/curve_legend.h"

#include "ui/theme/theme.h"

#include <QPainter>
#include <QPen>

namespace flukeprint::ui {

namespace {

constexpr int samplePx = 16;
constexpr int sampleGapPx = 6;

} // namespace

QPen curvePen(CurveRole role)
{
    const Colours &colours = Theme::colours();
    switch (role) {
    case CurveRole::Main:
        return QPen(colours.accent, 2.0);
    case CurveRole::Second:
        return QPen(colours.attention, 2.0, Qt::DashLine, Qt::RoundCap);
    case CurveRole::Faint:
        return QPen(blend(colours.accent, colours.panel, 0.35), 1.0);
    case CurveRole::Reference:
        break;
    }
    return QPen(colours.secondary, 1.4, Qt::DotLine);
}

CurveLegend::CurveLegend(const QString &label, CurveRole role, QWidget *parent)
    : QWidget(parent)
    , m_label(label)
    , m_role(role)
{
    setFont(smallFont());
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void CurveLegend::setValueText(const QString &text)
{
    if (text == m_value)
        return;
    m_value = text;
    updateGeometry();
    update();
}

QString CurveLegend::text() const { return m_value.isEmpty() ? m_label : m_label + QLatin1Char(' ') + m_value; }

QSize CurveLegend::sizeHint() const
{
    return {samplePx + sampleGapPx + fontMetrics().horizontalAdvance(text()) + 2, fontMetrics().height() + 2};
}

void CurveLegend::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(curvePen(m_role));
    const double middle = height() / 2.0;
    painter.drawLine(QPointF(1, middle), QPointF(samplePx - 1, middle));
    painter.setPen(m_value.isEmpty() ? Theme::colours().secondary : Theme::colours().text);
    painter.setFont(font());
    painter.drawText(rect().adjusted(samplePx + sampleGapPx, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, text());
}

} // namespace flukeprint::ui
