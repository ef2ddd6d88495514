#include "ui/theme/theme.h"

#include "ui/theme/icons.h"
#include "ui/theme/system_scheme.h"

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QFontDatabase>
#include <QListView>
#include <QPalette>
#include <QProxyStyle>
#include <QStyleFactory>

#include <array>
#include <utility>

// Q_INIT_RESOURCE must be called outside every namespace.
static void initFlukeprintResources()
{
    Q_INIT_RESOURCE(flukeprint);
}

namespace flukeprint::ui {

namespace {

Theme *g_current = nullptr;

QString hex(const QColor &colour)
{
    return colour.name(QColor::HexRgb);
}

QPalette makePalette(const Colours &c)
{
    QPalette palette;
    palette.setColor(QPalette::Window, c.background);
    palette.setColor(QPalette::WindowText, c.text);
    palette.setColor(QPalette::Base, c.panel);
    palette.setColor(QPalette::AlternateBase, c.raised);
    palette.setColor(QPalette::Text, c.text);
    palette.setColor(QPalette::PlaceholderText, c.secondary);
    palette.setColor(QPalette::Button, c.raised);
    palette.setColor(QPalette::ButtonText, c.text);
    palette.setColor(QPalette::BrightText, c.error);
    palette.setColor(QPalette::ToolTipBase, c.raised);
    palette.setColor(QPalette::ToolTipText, c.text);
    palette.setColor(QPalette::Highlight, c.accentSurface);
    palette.setColor(QPalette::HighlightedText, c.text);
    palette.setColor(QPalette::Link, c.accent);
    palette.setColor(QPalette::LinkVisited, c.accent);
    palette.setColor(QPalette::Light, c.line);
    palette.setColor(QPalette::Midlight, c.line);
    palette.setColor(QPalette::Mid, c.line);
    palette.setColor(QPalette::Dark, c.line);
    palette.setColor(QPalette::Shadow, c.background);
    const QColor faded = blend(c.secondary, c.panel, 0.6);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, faded);
    return palette;
}

void writeAssets(const Colours &c, const QString &folder)
{
    if (!QDir().mkpath(folder))
        return;
    constexpr int arrowSide = 14;
    for (const char *name : {"chevron-down", "chevron-up", "chevron-left", "chevron-right", "confirm"}) {
        const QString icon = QString::fromLatin1(name);
        const QColor colour = icon == QLatin1String("confirm") ? c.onAccent : c.secondary;
        iconPixmap(icon, colour, arrowSide, 1.0).save(QStringLiteral("%1/%2.png").arg(folder, icon));
        iconPixmap(icon, colour, arrowSide, 2.0).save(QStringLiteral("%1/%2@2x.png").arg(folder, icon));
    }
}

/// Menus without underlined letters (Alt and the letter still work), dialog buttons without icons, our own sign for clearing a line.
class CalmStyle : public QProxyStyle
{
public:
    CalmStyle()
        : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion")))
    {
    }
    int styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget, QStyleHintReturn *data) const override
    {
        if (hint == SH_UnderlineShortcut || hint == SH_DialogButtonBox_ButtonsHaveIcons)
            return 0;
        return QProxyStyle::styleHint(hint, option, widget, data);
    }
    void polish(QWidget *widget) override
    {
        // Lists have no background of their own, as they lie on cards; one that pops up lies on nothing.
        if (widget->windowType() == Qt::Popup && qobject_cast<QListView *>(widget) && widget->objectName().isEmpty())
            widget->setObjectName(QStringLiteral("completionPopup"));
        QProxyStyle::polish(widget);
    }
    using QProxyStyle::polish;
    QIcon standardIcon(StandardPixmap kind, const QStyleOption *option, const QWidget *widget) const override
    {
        return kind == SP_LineEditClearButton ? icon(QStringLiteral("close"), IconTint::Secondary)
                                              : QProxyStyle::standardIcon(kind, option, widget);
    }
};

bool looksDark(const QPalette &palette)
{
    return palette.color(QPalette::WindowText).lightness() > palette.color(QPalette::Window).lightness();
}

} // namespace

QColor blend(const QColor &foreground, const QColor &background, double share)
{
    const auto mix = [share](int a, int b) { return static_cast<int>(a * share + b * (1.0 - share) + 0.5); };
    return {mix(foreground.red(), background.red()), mix(foreground.green(), background.green()),
            mix(foreground.blue(), background.blue())};
}

QString styleSheet(const Colours &c, const QString &assets)
{
    initFlukeprintResources();
    QFile file(QStringLiteral(":/theme/style.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    const std::array<std::pair<const char *, QString>, 22> values {{
        {"background", hex(c.background)},
        {"panel", hex(c.panel)},
        {"raised", hex(c.raised)},
        {"line", hex(c.line)},
        {"text", hex(c.text)},
        {"secondary", hex(c.secondary)},
        {"faded", hex(blend(c.secondary, c.panel, 0.6))},
        {"accent", hex(c.accent)},
        {"accentHover", hex(blend(c.text, c.accent, 0.12))},
        {"accentSurface", hex(c.accentSurface)},
        {"onAccent", hex(c.onAccent)},
        {"attention", hex(c.attention)},
        {"error", hex(c.error)},
        {"hover", hex(c.hover)},
        {"photo", hex(c.photo)},
        {"assets", assets},
        {"handle", hex(blend(c.secondary, c.panel, 0.45))},
        {"cardRadius", QString::number(Sizes::cardRadius)},
        {"buttonRadius", QString::number(Sizes::buttonRadius)},
        {"smallFont", QString::number(Sizes::smallFontPx)},
        {"titleFont", QString::number(Sizes::titleFontPx)},
        {"pillRadius", QString::number(Sizes::pillHeight / 2)},
    }};
    for (const auto &[name, value] : values)
        sheet.replace(QStringLiteral("@{%1}").arg(QLatin1String(name)), value);
    return sheet;
}

QFont baseFont()
{
    QFont font = QApplication::font();
    if (QFontDatabase::hasFamily(QStringLiteral("Inter")))
        font.setFamilies({QStringLiteral("Inter")});
    font.setPixelSize(Sizes::fontPx);
    font.setWeight(QFont::Normal);
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

QFont smallFont()
{
    QFont font = baseFont();
    font.setPixelSize(Sizes::smallFontPx);
    return font;
}

QFont boldFont(int pixelSize)
{
    QFont font = baseFont();
    font.setPixelSize(pixelSize);
    font.setWeight(QFont::DemiBold);
    return font;
}

Theme::Theme(QApplication *application, ThemeChoice choice)
    : m_application(application)
    , m_choice(choice)
    , m_system(new SystemScheme(this))
    , m_systemDark(looksDark(QApplication::palette()))
{
    initFlukeprintResources();
    g_current = this;
    QApplication::setStyle(new CalmStyle);
    QApplication::setFont(baseFont());
    connect(m_system, &SystemScheme::changed, this, [this] {
        if (m_choice == ThemeChoice::System)
            apply();
    });
    apply();
}

Theme::~Theme()
{
    if (g_current == this)
        g_current = nullptr;
}

Theme *Theme::current()
{
    return g_current;
}

const Colours &Theme::colours()
{
    return !g_current || g_current->m_dark ? darkColours() : lightColours();
}

void Theme::setChoice(ThemeChoice choice)
{
    if (choice == m_choice)
        return;
    m_choice = choice;
    apply();
}

void Theme::apply()
{
    m_dark = m_choice == ThemeChoice::Dark || (m_choice == ThemeChoice::System && m_system->prefersDark().value_or(m_systemDark));
    QApplication::setPalette(makePalette(colours()));
    // A folder of its own for each scheme: the style keeps pictures by their names.
    const QString assets = m_assets.filePath(m_dark ? QStringLiteral("dark") : QStringLiteral("light"));
    writeAssets(colours(), assets);
    m_application->setStyleSheet(styleSheet(colours(), assets));
    Q_EMIT changed();
}

} // namespace flukeprint::ui
