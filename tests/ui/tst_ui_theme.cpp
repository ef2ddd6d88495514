#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QDir>
#include <QSignalSpy>
#include <QTest>
#include <QWidget>

#include <algorithm>
#include <cmath>

using namespace flukeprint::ui;

namespace {

double luminance(const QColor &colour)
{
    const auto linear = [](double value) { return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

/// Contrast ratio of WCAG 2.
double contrast(const QColor &a, const QColor &b)
{
    const double brighter = std::max(luminance(a), luminance(b));
    const double darker = std::min(luminance(a), luminance(b));
    return (brighter + 0.05) / (darker + 0.05);
}

} // namespace

class TestTheme : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void styleSheetHasNoPlaceholderLeft();
    void textCanBeReadInBothSchemes();
    void choiceSwitchesPaletteAndTellsTheWorld();
    void everyIconDrawsInTheColourItIsGiven();
    void unknownIconIsNull();
    void figuresStandInColumns();
};

void TestTheme::styleSheetHasNoPlaceholderLeft()
{
    for (const Colours *colours : {&darkColours(), &lightColours()}) {
        const QString sheet = styleSheet(*colours, QStringLiteral("/assets"));
        QVERIFY(sheet.contains(colours->accent.name()));
        QCOMPARE(sheet.count(QStringLiteral("@{")), 1); // the comment that explains them
    }
}

void TestTheme::textCanBeReadInBothSchemes()
{
    for (const Colours *c : {&darkColours(), &lightColours()}) {
        for (const QColor &surface : {c->background, c->panel, c->raised, c->accentSurface}) {
            QVERIFY(contrast(c->text, surface) >= 7.0);
            QVERIFY(contrast(c->secondary, surface) >= 3.4);
        }
        QVERIFY(contrast(c->onAccent, c->accent) >= 4.0);
        QVERIFY(contrast(c->error, c->panel) >= 4.0);
    }
}

void TestTheme::choiceSwitchesPaletteAndTellsTheWorld()
{
    Theme theme(qApp, ThemeChoice::Dark);
    QSignalSpy changed(&theme, &Theme::changed);
    QVERIFY(theme.isDark());
    QCOMPARE(Theme::colours().panel, darkColours().panel);
    theme.setChoice(ThemeChoice::Light);
    QCOMPARE(changed.count(), 1);
    QVERIFY(!theme.isDark());
    QCOMPARE(Theme::colours().panel, lightColours().panel);
    QCOMPARE(QApplication::palette().color(QPalette::Window), lightColours().background);
    theme.setChoice(ThemeChoice::Light);
    QCOMPARE(changed.count(), 1);
}

void TestTheme::everyIconDrawsInTheColourItIsGiven()
{
    const Theme theme(qApp, ThemeChoice::Dark);
    const QStringList files = QDir(QStringLiteral(":/icons")).entryList();
    QVERIFY(files.size() > 40);
    for (const QString &file : files) {
        const QString name = file.chopped(4);
        if (name == QLatin1String("flukeprint"))
            continue;
        const QImage image = iconPixmap(name, QColor(255, 0, 0), 24, 2.0).toImage();
        QCOMPARE(image.width(), 48);
        int drawn = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const QColor pixel = image.pixelColor(x, y);
                drawn += pixel.alpha() > 128;
                QVERIFY2(pixel.alpha() < 200 || (pixel.red() > 200 && pixel.green() < 60), qPrintable(name));
            }
        }
        QVERIFY2(drawn > 60, qPrintable(name));
    }
}

void TestTheme::unknownIconIsNull()
{
    QVERIFY(icon(QStringLiteral("no-such-icon")).isNull());
    QVERIFY(!icon(QStringLiteral("review")).isNull());
    QVERIFY(!applicationIcon().isNull());
}

void TestTheme::figuresStandInColumns()
{
    const QFont font = baseFont();
    QCOMPARE(figuresWidth(font, QStringLiteral("1111")), figuresWidth(font, QStringLiteral("8888")));
    QVERIFY(figuresWidth(font, QStringLiteral("10,000")) > figuresWidth(font, QStringLiteral("1,000")));
}

QTEST_MAIN(TestTheme)
#include "tst_ui_theme.moc"
