#include "ui/shell/rail.h"

#include "ui/shell/page.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

RailButton::RailButton(const QString &title, const QString &iconName, QWidget *parent)
    : QAbstractButton(parent)
    , m_iconName(iconName)
{
    setText(title);
    setCheckable(true);
    setFocusPolicy(Qt::TabFocus);
    QFont label = smallFont();
    label.setPixelSize(Sizes::railFontPx);
    setFont(label);
    setToolTip(title);
}

void RailButton::setBadge(int count)
{
    m_badge = count;
    setAccessibleDescription(count > 0 ? tr("%n waiting", nullptr, count) : QString());
    update();
}

QSize RailButton::sizeHint() const
{
    return {Sizes::railWidth - 16, Sizes::railItemHeight};
}

void RailButton::paintEvent(QPaintEvent *)
{
    const Colours &c = Theme::colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (isChecked() || underMouse() || hasFocus()) {
        painter.setPen(hasFocus() ? QPen(c.accent, 1.2) : QPen(Qt::NoPen));
        painter.setBrush(isChecked() ? c.accentSurface : underMouse() ? c.hover : c.panel);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.6, 0.6, -0.6, -0.6), Sizes::buttonRadius, Sizes::buttonRadius);
    }
    const QColor ink = isChecked() ? c.text : c.secondary;
    const QRect iconRect((width() - Sizes::railIconPx) / 2, 9, Sizes::railIconPx, Sizes::railIconPx);
    painter.drawPixmap(iconRect.topLeft(), iconPixmap(m_iconName, ink, Sizes::railIconPx, devicePixelRatioF()));
    painter.setPen(ink);
    painter.setFont(font());
    painter.drawText(QRect(0, iconRect.bottom() + 2, width(), height() - iconRect.bottom() - 6), Qt::AlignHCenter | Qt::AlignVCenter, text());
    if (m_badge > 0)
        paintBadge(painter, iconRect);
}

void RailButton::paintBadge(QPainter &painter, QRect icon)
{
    const Colours &c = Theme::colours();
    const QString shown = m_badge > 9999 ? QStringLiteral("9999+") : QString::number(m_badge);
    painter.setFont(boldFont(10));
    const int badgeWidth = std::max(16, painter.fontMetrics().horizontalAdvance(shown) + 10);
    QRect badge(icon.center().x() + 1, icon.top() - 5, badgeWidth, 15);
    badge.moveRight(std::min(badge.right(), width() - 4));
    painter.setPen(Qt::NoPen);
    painter.setBrush(c.attention);
    painter.drawRoundedRect(badge, 7.5, 7.5);
    painter.setPen(c.onAttention);
    painter.drawText(badge, Qt::AlignCenter, shown);
}

void RailButton::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void RailButton::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

Rail::Rail(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("rail"));
    setAttribute(Qt::WA_StyledBackground);
    setFixedWidth(Sizes::railWidth);
    m_layout = new QVBoxLayout(this);
    m_layout->setContentsMargins(8, 12, 8, 12);
    m_layout->setSpacing(3);
    m_layout->addStretch();
}

void Rail::addPage(Page *page)
{
    auto *button = new RailButton(page->title(), page->iconName(), this);
    button->setObjectName(QStringLiteral("rail_") + page->objectName());
    m_layout->insertWidget(m_layout->count() - 1, button);
    m_buttons.append({page, button});
    connect(page, &Page::badgeChanged, button, &RailButton::setBadge);
    button->setBadge(page->badge());
    connect(button, &QAbstractButton::clicked, this, [this, page] { Q_EMIT pageChosen(page); });
}

void Rail::setCurrent(Page *page)
{
    for (const auto &[candidate, button] : m_buttons)
        button->setChecked(candidate == page);
}

} // namespace flukeprint::ui
