#include "ui/review/candidate_card.h"

#include "ui/text/format.h"
#include "ui/theme/theme.h"
#include "ui/widgets/key_button.h"
#include "ui/widgets/probability_bar.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace flukeprint::ui {

namespace {

constexpr int keyWidth = 26;
constexpr int keyHeight = 20;
constexpr int textHeight = 18;
constexpr int markWidth = 3;

/// The smallest part of the picture that shows all of `part` and has the target's shape, as far as the picture reaches.
QRectF roundedOut(const QRectF &part, const QSizeF &picture, const QSizeF &target)
{
    const QSizeF wanted = target.scaled(part.size(), Qt::KeepAspectRatioByExpanding);
    QRectF found(QPointF(), wanted.boundedTo(picture));
    found.moveCenter(part.center());
    found.moveLeft(std::clamp(found.left(), 0.0, picture.width() - found.width()));
    found.moveTop(std::clamp(found.top(), 0.0, picture.height() - found.height()));
    return found;
}

} // namespace

CandidateCard::CandidateCard(QWidget *parent)
    : QAbstractButton(parent)
{
    setCheckable(true);
    setAutoExclusive(false);
    setFocusPolicy(Qt::NoFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setMaximumHeight(84);
}

void CandidateCard::setContent(const Content &content)
{
    m_content = content;
    QStringList words {content.key, content.title};
    if (!content.name.isEmpty())
        words << content.name;
    words << content.detail;
    if (content.probability)
        words << percentText(*content.probability);
    if (content.distance)
        words << tr("distance %1").arg(distanceText(*content.distance));
    words.removeAll(QString());
    setAccessibleName(words.join(QStringLiteral(", ")));
    update();
}

void CandidateCard::setPicture(const QImage &photo, const QRectF &part)
{
    m_picture = photo;
    m_part = part;
    update();
}

QColor CandidateCard::quietInk() const
{
    const Colours &c = Theme::colours();
    return isChecked() ? blend(c.text, c.accentSurface, 0.72) : c.secondary;
}

void CandidateCard::paintEvent(QPaintEvent *)
{
    const Colours &c = Theme::colours();
    QPainter painter(this);
    if (isChecked())
        painter.fillRect(rect(), c.accentSurface);
    else if (underMouse())
        painter.fillRect(rect(), c.hover);
    // A mark at the edge says "selected" without colour.
    if (isChecked())
        painter.fillRect(QRect(0, 0, markWidth, height()), c.accent);
    if (!m_content.isNew)
        painter.fillRect(QRect(0, height() - 1, width(), 1), c.line);

    const int padding = Sizes::gap;
    paintKeyCap(&painter, QRect(padding, (height() - keyHeight) / 2, keyWidth, keyHeight), m_content.key);
    const int pictureWidth = std::clamp(width() / 5, 80, 150);
    const QRect picture(padding + keyWidth + padding, 5, pictureWidth, height() - 11);
    paintPicture(painter, picture);
    const int figuresWidth = m_content.probability ? std::clamp(width() * 2 / 7, 116, 180) : m_content.distance ? 100 : 0;
    const QRect figures(width() - padding - figuresWidth, 0, figuresWidth, height() - 1);
    paintFigures(painter, figures);
    const int wordsX = picture.right() + padding;
    paintWords(painter, QRect(wordsX, 0, figures.left() - 8 - wordsX, height() - 1));
}

void CandidateCard::paintPicture(QPainter &painter, const QRect &rect) const
{
    const Colours &c = Theme::colours();
    painter.save();
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    QPainterPath shape;
    shape.addRoundedRect(rect, Sizes::thumbnailRadius, Sizes::thumbnailRadius);
    if (m_content.isNew) {
        painter.setPen(QPen(isChecked() ? quietInk() : c.line, 1, Qt::DashLine));
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), Sizes::thumbnailRadius, Sizes::thumbnailRadius);
        painter.setFont(smallFont());
        painter.setPen(quietInk());
        painter.drawText(rect, Qt::AlignCenter, tr("new"));
    } else if (m_picture.isNull()) {
        painter.fillPath(shape, c.photo);
    } else {
        const QSizeF size = m_picture.size();
        const QRectF wanted(m_part.x() * size.width(), m_part.y() * size.height(), m_part.width() * size.width(), m_part.height() * size.height());
        const QRectF source = roundedOut(wanted, size, rect.size());
        QRectF target(QPointF(), source.size().scaled(rect.size(), Qt::KeepAspectRatio));
        target.moveCenter(QRectF(rect).center());
        painter.setClipPath(shape);
        painter.fillPath(shape, c.photo);
        painter.drawImage(target, m_picture, source);
    }
    painter.restore();
}

void CandidateCard::paintWords(QPainter &painter, const QRect &rect) const
{
    const Colours &c = Theme::colours();
    const QRect first(rect.left(), rect.center().y() - textHeight, rect.width(), textHeight);
    const QRect second(rect.left(), rect.center().y() + 1, rect.width(), textHeight);
    painter.setFont(boldFont());
    painter.setPen(c.text);
    const QString title = painter.fontMetrics().elidedText(m_content.title, Qt::ElideMiddle, first.width());
    const int titleWidth = painter.fontMetrics().horizontalAdvance(title);
    painter.drawText(first, Qt::AlignVCenter | Qt::AlignLeft, title);
    painter.setPen(quietInk());
    const int room = first.width() - titleWidth - 6;
    if (!m_content.name.isEmpty() && room > 20) {
        painter.setFont(baseFont());
        const QString name = painter.fontMetrics().elidedText(m_content.name, Qt::ElideRight, room);
        painter.drawText(first.adjusted(titleWidth + 6, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, name);
    }
    painter.setFont(smallFont());
    painter.drawText(second, Qt::AlignVCenter | Qt::AlignLeft,
                     painter.fontMetrics().elidedText(m_content.detail, Qt::ElideRight, second.width()));
}

void CandidateCard::paintFigures(QPainter &painter, const QRect &rect) const
{
    const Colours &c = Theme::colours();
    const bool known = m_content.probability.has_value();
    const int centre = rect.center().y();
    const QRect line(rect.left(), known ? centre - textHeight + 2 : centre - textHeight / 2, rect.width(), textHeight);
    if (known) {
        painter.setFont(boldFont());
        painter.setPen(c.text);
        drawFigures(&painter, line, Qt::AlignVCenter | Qt::AlignLeft, percentText(*m_content.probability));
        const QRect bar(rect.left(), centre + 7, rect.width(), 6);
        const QColor groove = isChecked() ? blend(c.text, c.accentSurface, 0.16) : c.line;
        paintProbabilityBar(&painter, bar, *m_content.probability, m_content.isNew ? c.attention : c.accent, groove);
    }
    if (m_content.distance) {
        painter.setFont(baseFont());
        painter.setPen(quietInk());
        drawFigures(&painter, line, Qt::AlignVCenter | Qt::AlignRight, tr("distance %1").arg(distanceText(*m_content.distance)));
    }
}

void CandidateCard::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void CandidateCard::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

} // namespace flukeprint::ui
