#include "ui/widgets/key_button.h"

#include "ui/theme/theme.h"

#include <QPainter>
#include <QStyle>
#include <QStyleOptionButton>

#include <algorithm>

namespace flukeprint::ui {

namespace {

constexpr int sidePadding = 14;
constexpr int keyGap = 9;
constexpr int keyHeight = 20;

QFont keyFont()
{
    QFont font = boldFont(11);
    return font;
}

} // namespace

KeyButton::KeyButton(const QString &text, const QString &key, QWidget *parent)
    : QPushButton(text, parent)
    , m_key(key)
{
}

void KeyButton::setKey(const QString &key)
{
    m_key = key;
    updateGeometry();
    update();
}

void KeyButton::setPrimary(bool primary)
{
    if (m_primary == primary)
        return;
    m_primary = primary;
    setProperty("role", primary ? QStringLiteral("primary") : QString());
    style()->unpolish(this);
    style()->polish(this);
}

int KeyButton::keyWidth() const
{
    return m_key.isEmpty() ? 0 : std::max(18, QFontMetrics(keyFont()).horizontalAdvance(m_key) + 10);
}

QSize KeyButton::sizeHint() const
{
    QFont font = baseFont();
    font.setWeight(m_primary ? QFont::DemiBold : QFont::Normal);
    int width = 2 * sidePadding + QFontMetrics(font).horizontalAdvance(text()) + 2;
    if (!m_key.isEmpty())
        width += keyGap + keyWidth() - 4;
    if (!icon().isNull())
        width += iconSize().width() + 6;
    return {width, Sizes::buttonHeight};
}

QSize KeyButton::minimumSizeHint() const
{
    return {2 * sidePadding + 40 + keyWidth(), Sizes::buttonHeight};
}

void KeyButton::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QStyleOptionButton option;
    initStyleOption(&option);
    option.text.clear();
    option.icon = QIcon();
    style()->drawControl(QStyle::CE_PushButton, &option, &painter, this);

    const Colours &c = Theme::colours();
    QRect content = rect().adjusted(sidePadding, 0, -sidePadding, 0);
    if (!icon().isNull()) {
        icon().paint(&painter, QRect(content.left() - 2, (height() - iconSize().height()) / 2, iconSize().width(), iconSize().height()),
                     Qt::AlignCenter, isEnabled() ? QIcon::Normal : QIcon::Disabled);
        content.setLeft(content.left() + iconSize().width() + 4);
    }
    if (!m_key.isEmpty()) {
        paintKeyCap(&painter, QRect(width() - 9 - keyWidth(), (height() - keyHeight) / 2, keyWidth(), keyHeight), m_key,
                    m_primary && isEnabled());
        content.setRight(width() - 9 - keyWidth() - keyGap);
    }
    QFont font = baseFont();
    font.setWeight(m_primary ? QFont::DemiBold : QFont::Normal);
    painter.setFont(font);
    const QColor ink = m_primary ? c.onAccent : c.text;
    painter.setPen(isEnabled() ? ink : blend(c.secondary, c.panel, 0.6));
    const int alignment = m_key.isEmpty() && icon().isNull() ? Qt::AlignCenter : Qt::AlignVCenter | Qt::AlignLeft;
    painter.drawText(content, alignment, painter.fontMetrics().elidedText(text(), Qt::ElideRight, content.width()));
}

void paintKeyCap(QPainter *painter, const QRect &rect, const QString &key, bool onAccent)
{
    const Colours &c = Theme::colours();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(onAccent ? blend(c.onAccent, c.accent, 0.35) : c.line, 1));
    painter->setBrush(onAccent ? blend(c.onAccent, c.accent, 0.12) : c.panel);
    painter->drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    painter->setFont(keyFont());
    painter->setPen(onAccent ? c.onAccent : c.text);
    painter->drawText(rect, Qt::AlignCenter, key);
    painter->restore();
}

} // namespace flukeprint::ui
