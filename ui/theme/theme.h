#pragma once

#include <QColor>
#include <QFont>
#include <QObject>
#include <QTemporaryDir>

class QApplication;
class QPainter;
class QRect;

namespace flukeprint::ui {

class SystemScheme;

/// The one table of colours; style sheet, palette, icons and delegates all read it (ui/theme/theme_table.cpp holds the values).
struct Colours
{
    QColor background;
    QColor panel;
    QColor raised;
    QColor line;
    QColor text;
    QColor secondary;
    QColor accent;
    QColor accentSurface;
    QColor onAccent; ///< text on `accent`
    QColor attention;
    QColor onAttention;
    QColor error;
    QColor hover; ///< a row or button under the pointer
    QColor photo; ///< behind photos, black in both schemes
};

/// The one table of sizes, in logical pixels.
struct Sizes
{
    static constexpr int fontPx = 13;
    static constexpr int smallFontPx = 12;
    static constexpr int railFontPx = 11;
    static constexpr int titleFontPx = 17;
    static constexpr int cardRadius = 10;
    static constexpr int buttonRadius = 8;
    static constexpr int thumbnailRadius = 6;
    static constexpr int gap = 12;
    static constexpr int pageMargin = 16;
    static constexpr int railWidth = 84;
    static constexpr int railItemHeight = 58;
    static constexpr int iconPx = 20;
    static constexpr int railIconPx = 24;
    static constexpr int pillHeight = 24;
    static constexpr int buttonHeight = 32;
    static constexpr int cardHeaderHeight = 32;
    static constexpr int statusBarHeight = 30;
};

enum class ThemeChoice { System, Dark, Light };

[[nodiscard]] const Colours &darkColours();
[[nodiscard]] const Colours &lightColours();

/// Turns the tables into the application's palette, font and style sheet. One per QApplication, made by its main; GUI thread only.
class Theme : public QObject
{
    Q_OBJECT
public:
    /// Reads what the system prefers, then applies `choice`. `application` must outlive the theme.
    explicit Theme(QApplication *application, ThemeChoice choice = ThemeChoice::System);
    ~Theme() override;

    /// The theme that was made last, or one of dark colours before any was (so that delegates can be painted in tests).
    [[nodiscard]] static const Colours &colours();
    [[nodiscard]] static Theme *current();

    [[nodiscard]] ThemeChoice choice() const { return m_choice; }
    [[nodiscard]] bool isDark() const { return m_dark; }
    void setChoice(ThemeChoice choice);

Q_SIGNALS:
    /// After palette and style sheet were replaced; widgets that paint from the table repaint by themselves.
    void changed();

private:
    void apply();

    QApplication *m_application = nullptr;
    ThemeChoice m_choice = ThemeChoice::System;
    SystemScheme *m_system = nullptr;
    bool m_systemDark = true; ///< where the desktop does not say: how its own palette looks
    bool m_dark = true;
    QTemporaryDir m_assets; ///< style sheets take pictures from files only, and arrows must follow the colours
};

/// The style sheet made of resources/theme/style.qss and `colours`; `assets` is the folder of the tinted arrows that it names.
/// Tests check that no placeholder is left.
[[nodiscard]] QString styleSheet(const Colours &colours, const QString &assets);

[[nodiscard]] QFont baseFont();
[[nodiscard]] QFont smallFont();
[[nodiscard]] QFont boldFont(int pixelSize = Sizes::fontPx);

/// Draws `text` with all digits on cells of one width, so that columns of figures stand in line (Qt 6.4 cannot ask the font for it).
/// Returns the width in px.
int drawFigures(QPainter *painter, const QRect &rect, int alignment, const QString &text);
[[nodiscard]] int figuresWidth(const QFont &font, const QString &text);

/// `foreground` over `background` with the given share (0..1), opaque.
[[nodiscard]] QColor blend(const QColor &foreground, const QColor &background, double share);

} // namespace flukeprint::ui
