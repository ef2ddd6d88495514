#include "ui/theme/theme.h"

#include <QFontMetrics>
#include <QPainter>

#include <algorithm>

namespace flukeprint::ui {

namespace {

int digitCell(const QFontMetrics &metrics)
{
    int cell = 0;
    for (char digit = '0'; digit <= '9'; ++digit)
        cell = std::max(cell, metrics.horizontalAdvance(QLatin1Char(digit)));
    return cell;
}

int advance(const QFontMetrics &metrics, QChar character, int cell)
{
    return character.isDigit() ? cell : metrics.horizontalAdvance(character);
}

} // namespace

int figuresWidth(const QFont &font, const QString &text)
{
    const QFontMetrics metrics(font);
    const int cell = digitCell(metrics);
    int width = 0;
    for (const QChar character : text)
        width += advance(metrics, character, cell);
    return width;
}

int drawFigures(QPainter *painter, const QRect &rect, int alignment, const QString &text)
{
    const QFontMetrics metrics = painter->fontMetrics();
    const int cell = digitCell(metrics);
    const int width = figuresWidth(painter->font(), text);
    int x = rect.left();
    if (alignment & Qt::AlignRight)
        x = rect.right() + 1 - width;
    else if (alignment & Qt::AlignHCenter)
        x = rect.left() + (rect.width() - width) / 2;
    int baseline = rect.top() + metrics.ascent();
    if (alignment & Qt::AlignVCenter)
        baseline = rect.top() + (rect.height() - metrics.height()) / 2 + metrics.ascent();
    else if (alignment & Qt::AlignBottom)
        baseline = rect.bottom() - metrics.descent();
    for (const QChar character : text) {
        const int step = advance(metrics, character, cell);
        const int inset = character.isDigit() ? (cell - metrics.horizontalAdvance(character)) / 2 : 0;
        painter->drawText(x + inset, baseline, QString(character));
        x += step;
    }
    return width;
}

} // namespace flukeprint::ui
