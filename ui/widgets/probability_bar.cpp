#include "ui/widgets/probability_bar.h"

#include "ui/text/format.h"
#include "ui/theme/theme.h"

#include <QPainter>

#include <algorithm>

namespace flukeprint::ui {

ProbabilityBar::ProbabilityBar(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ProbabilityBar::setValue(double share)
{
    m_value = share;
    setAccessibleName(share < 0 ? tr("not known") : percentText(share));
    update();
}

void ProbabilityBar::setAttention(bool attention)
{
    m_attention = attention;
    update();
}

void ProbabilityBar::paintEvent(QPaintEvent *)
{
    const Colours &c = Theme::colours();
    QPainter painter(this);
    paintProbabilityBar(&painter, rect(), m_value, m_attention ? c.attention : c.accent, c.line);
}

void paintProbabilityBar(QPainter *painter, const QRect &rect, double share, const QColor &fill, const QColor &groove)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    const double radius = rect.height() / 2.0;
    painter->setBrush(groove);
    painter->drawRoundedRect(rect, radius, radius);
    if (share >= 0) {
        // Never thinner than round: a small probability is still one.
        const double width = std::max<double>(rect.height(), rect.width() * std::min(1.0, share));
        painter->setBrush(fill);
        painter->drawRoundedRect(QRectF(rect.left(), rect.top(), width, rect.height()), radius, radius);
    }
    painter->restore();
}

} // namespace flukeprint::ui
