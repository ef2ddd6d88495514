#include "ui/widgets/pill.h"

#include "ui/theme/theme.h"

#include <QKeyEvent>
#include <QMenu>
#include <QPainter>

namespace flukeprint::ui {

namespace {

constexpr int pillPadding = 10;
constexpr int iconSide = 14;
constexpr int innerGap = 6;

} // namespace

Pill::Pill(const QString &text, Kind kind, QWidget *parent)
    : QAbstractButton(parent)
    , m_kind(kind)
{
    setText(text);
    setFont(smallFont());
    setCheckable(kind == Kind::Toggle);
    setFocusPolicy(kind == Kind::Static ? Qt::NoFocus : Qt::TabFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    if (kind == Kind::Static)
        setAttribute(Qt::WA_NoMousePropagation, false);
    connect(this, &QAbstractButton::clicked, this, &Pill::openMenu);
}

void Pill::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void Pill::setIconName(const QString &name)
{
    m_iconName = name;
    updateGeometry();
    update();
}

void Pill::setMenu(QMenu *menu)
{
    m_menu = menu;
    updateGeometry();
}

void Pill::setMaximumTextWidth(int width)
{
    m_maximumTextWidth = width;
    updateGeometry();
}

void Pill::openMenu()
{
    if (m_menu)
        m_menu->popup(mapToGlobal(QPoint(0, height() + 4)));
}

QString Pill::shownText() const
{
    return m_maximumTextWidth > 0 ? fontMetrics().elidedText(text(), Qt::ElideMiddle, m_maximumTextWidth) : text();
}

QSize Pill::sizeHint() const
{
    ensurePolished();
    int width = 2 * pillPadding + fontMetrics().horizontalAdvance(shownText());
    if (!m_iconName.isEmpty())
        width += iconSide + innerGap;
    if (m_menu)
        width += iconSide + innerGap - 4;
    return {width, Sizes::pillHeight};
}

void Pill::paintEvent(QPaintEvent *)
{
    const Colours &c = Theme::colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor outline = c.line;
    QColor ink = c.secondary;
    if (isChecked() || m_tone == Tone::Accent) {
        outline = c.accent;
        ink = c.text;
    } else if (m_tone == Tone::Attention) {
        outline = ink = c.attention;
    } else if (m_tone == Tone::Error) {
        outline = ink = c.error;
    }
    if (!isEnabled())
        ink = blend(c.secondary, c.panel, 0.6);
    const bool live = m_kind != Kind::Static && isEnabled();
    painter.setPen(QPen(hasFocus() ? c.accent : outline, hasFocus() ? 1.6 : 1.0));
    painter.setBrush(live && (underMouse() || isDown()) ? c.hover : c.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.8, 0.8, -0.8, -0.8), height() / 2.0 - 0.8, height() / 2.0 - 0.8);

    int x = pillPadding;
    const int iconY = (height() - iconSide) / 2;
    if (!m_iconName.isEmpty()) {
        painter.drawPixmap(x, iconY, iconPixmap(m_iconName, ink, iconSide, devicePixelRatioF()));
        x += iconSide + innerGap;
    }
    QFont textFont = font();
    if (isChecked())
        textFont.setWeight(QFont::Medium);
    painter.setFont(textFont);
    painter.setPen(ink);
    painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignVCenter | Qt::AlignLeft, shownText());
    if (m_menu)
        painter.drawPixmap(width() - pillPadding - iconSide + 3, iconY,
                           iconPixmap(QStringLiteral("chevron-down"), ink, iconSide, devicePixelRatioF()));
}

void Pill::keyPressEvent(QKeyEvent *event)
{
    if (m_menu && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Down)) {
        click();
        return;
    }
    QAbstractButton::keyPressEvent(event);
}

void Pill::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void Pill::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

} // namespace flukeprint::ui
