#include "ui/widgets/choice_card.h"

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QKeyEvent>
#include <QPainter>

namespace flukeprint::ui {

ChoiceCard::ChoiceCard(const QString &iconName, const QString &title, const QString &description, QWidget *parent)
    : QAbstractButton(parent)
    , m_iconName(iconName)
    , m_description(description)
{
    setText(title);
    setAccessibleDescription(description);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
}

void ChoiceCard::paintEvent(QPaintEvent *)
{
    const Colours &c = Theme::colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus() || underMouse() ? c.accent : c.line, 1));
    painter.setBrush(isDown() ? c.raised : c.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Sizes::cardRadius, Sizes::cardRadius);
    constexpr int iconSide = 28;
    painter.drawPixmap(18, 20, iconPixmap(m_iconName, c.accent, iconSide, devicePixelRatioF()));
    painter.setPen(c.text);
    painter.setFont(boldFont(14));
    painter.drawText(QRect(18, 64, width() - 36, 22), Qt::AlignLeft | Qt::AlignVCenter, text());
    painter.setPen(c.secondary);
    painter.setFont(baseFont());
    painter.drawText(QRect(18, 90, width() - 36, height() - 100), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_description);
}

void ChoiceCard::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

void ChoiceCard::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void ChoiceCard::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

} // namespace flukeprint::ui
