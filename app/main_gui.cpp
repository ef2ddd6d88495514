#include "ui/settings/settings.h"
#include "ui/shell/main_window.h"
#include "ui/shell/pages.h"
#include "ui/shell/screenshots.h"
#include "ui/text/translations.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QFileInfo>

#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

bool wants(int argc, char **argv, std::string_view option)
{
    for (int i = 1; i < argc; ++i) {
        if (option == argv[i])
            return true;
    }
    return false;
}

/// Without a display QApplication aborts with a message about plugins that helps nobody.
bool hasDisplay(int argc, char **argv)
{
#ifdef Q_OS_LINUX
    for (int i = 1; i < argc; ++i) {
        if (std::strncmp(argv[i], "-platform", 9) == 0 || std::strncmp(argv[i], "--platform", 10) == 0)
            return true;
    }
    return !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")
        || !qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
#else
    return true;
#endif
}

int run(QApplication &app, const QCommandLineParser &parser, const QString &screenshotFolder)
{
    using namespace flukeprint::ui;
    Settings settings;
    Theme theme(&app, settings.theme());
    if (!screenshotFolder.isEmpty())
        return takeScreenshots(theme, parser.positionalArguments().value(0), screenshotFolder);
    MainWindow window(settings, theme, standardPages());
    window.show();
    QString folder = parser.positionalArguments().value(0);
    if (folder.isEmpty())
        folder = settings.value(SettingKey::LastCatalogue).toString();
    if (!parser.positionalArguments().isEmpty() || QFileInfo::exists(folder))
        window.openCatalogue(folder);
    return QApplication::exec();
}

} // namespace

int main(int argc, char **argv)
{
    if (wants(argc, argv, "--version")) {
        std::puts("flukeprint " FLUKEPRINT_VERSION);
        return 0;
    }
    if (!hasDisplay(argc, argv)) {
        std::fputs("flukeprint: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).\n"
                   "Everything works without one through flukeprint-cli; see flukeprint-cli --help.\n",
                   stderr);
        return 2;
    }
    QApplication app(argc, argv);
    flukeprint::ui::installTranslations(&app);
    QApplication::setApplicationName(QStringLiteral("flukeprint"));
    QApplication::setApplicationDisplayName(QStringLiteral("Flukeprint"));
    QApplication::setApplicationVersion(QStringLiteral(FLUKEPRINT_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("flukeprint"));

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Identifies individual whales from photos of their flukes."));
    parser.addHelpOption();
    const QCommandLineOption version(QStringLiteral("version"), QStringLiteral("Print the version and end."));
    const QCommandLineOption screenshots(QStringLiteral("screenshots"), QStringLiteral("Write a picture of every page of CATALOGUE and end."),
                                         QStringLiteral("folder"));
    parser.addOption(version);
    parser.addOption(screenshots);
    parser.addPositionalArgument(QStringLiteral("CATALOGUE"), QStringLiteral("The folder NAME.flukeprint to open."), QStringLiteral("[CATALOGUE]"));
    parser.process(app);
    return run(app, parser, parser.value(screenshots));
}
