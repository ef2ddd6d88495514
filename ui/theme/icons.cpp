#include "ui/theme/icons.h"

#include "ui/theme/theme.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

namespace flukeprint::ui {

namespace {

QString iconPath(const QString &name)
{
    return QStringLiteral(":/icons/%1.svg").arg(name);
}

QColor tintColour(IconTint tint)
{
    const Colours &c = Theme::colours();
    switch (tint) {
    case IconTint::Text: return c.text;
    case IconTint::Secondary: return c.secondary;
    case IconTint::Accent: return c.accent;
    case IconTint::OnAccent: return c.onAccent;
    case IconTint::Attention: return c.attention;
    case IconTint::Error: return c.error;
    }
    return c.text;
}

QColor stateColour(IconTint tint, QIcon::Mode mode, QIcon::State state)
{
    const Colours &c = Theme::colours();
    if (mode == QIcon::Disabled)
        return blend(c.secondary, c.panel, 0.5);
    return state == QIcon::On && tint != IconTint::OnAccent ? c.text : tintColour(tint);
}

class TintedIconEngine : public QIconEngine
{
public:
    TintedIconEngine(QString name, IconTint tint)
        : m_name(std::move(name))
        , m_tint(tint)
    {
    }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State state) override
    {
        const int side = std::min(rect.width(), rect.height());
        const double ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
        const QPixmap pixmap = iconPixmap(m_name, stateColour(m_tint, mode, state), side, ratio);
        painter->drawPixmap(rect.left() + (rect.width() - side) / 2, rect.top() + (rect.height() - side) / 2, pixmap);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        return scaledPixmap(size, mode, state, 1.0);
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State state, qreal scale) override
    {
        // Qt 6.4 passes device pixels here and sets the ratio on what it gets.
        Q_UNUSED(scale)
        return iconPixmap(m_name, stateColour(m_tint, mode, state), std::min(size.width(), size.height()), 1.0);
    }

    [[nodiscard]] QIconEngine *clone() const override { return new TintedIconEngine(*this); }
    QString iconName() override { return m_name; }
    bool isNull() override { return false; }

private:
    QString m_name;
    IconTint m_tint;
};

} // namespace

QPixmap iconPixmap(const QString &name, const QColor &colour, int sidePx, double pixelRatio)
{
    const QString key = QStringLiteral("fp:%1:%2:%3:%4").arg(name, colour.name()).arg(sidePx).arg(pixelRatio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    QFile file(iconPath(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QByteArray svg = file.readAll();
    svg.replace("currentColor", colour.name().toLatin1());
    QSvgRenderer renderer(svg);
    const int side = qRound(sidePx * pixelRatio);
    pixmap = QPixmap(side, side);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter, QRectF(0, 0, side, side));
    painter.end();
    pixmap.setDevicePixelRatio(pixelRatio);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

QIcon icon(const QString &name, IconTint tint)
{
    return QFile::exists(iconPath(name)) ? QIcon(new TintedIconEngine(name, tint)) : QIcon();
}

QIcon applicationIcon()
{
    QIcon result;
    QSvgRenderer renderer(iconPath(QStringLiteral("flukeprint")));
    for (const int side : {16, 24, 32, 48, 64, 128, 256}) {
        QPixmap pixmap(side, side);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        renderer.render(&painter, QRectF(0, 0, side, side));
        result.addPixmap(pixmap);
    }
    return result;
}

} // namespace flukeprint::ui
