#include "ui/shell/shell_actions.h"

#include "ui/theme/icons.h"

#include <QAction>
#include <QActionGroup>
#include <QCoreApplication>
#include <QKeySequence>
#include <QMainWindow>

namespace flukeprint::ui {

namespace {

class Shell
{
    Q_DECLARE_TR_FUNCTIONS(Shell)

public:
    explicit Shell(QMainWindow *window)
        : m_window(window)
    {
    }

    QAction *add(const char *name, const QString &text, const QString &iconName = {}, const QKeySequence &shortcut = {})
    {
        auto *action = new QAction(text, m_window);
        action->setObjectName(QString::fromLatin1(name));
        if (!iconName.isEmpty())
            action->setIcon(icon(iconName, IconTint::Secondary));
        action->setShortcut(shortcut);
        m_window->addAction(action);
        return action;
    }

    QAction *addChoice(const char *name, const QString &text, QActionGroup *group)
    {
        QAction *action = add(name, text);
        action->setCheckable(true);
        group->addAction(action);
        return action;
    }

private:
    QMainWindow *m_window;
};

} // namespace

ShellActions::ShellActions(QMainWindow *window)
{
    Shell shell(window);
    newCatalogue = shell.add("actionNewCatalogue", Shell::tr("&New Catalogue\u2026"), QStringLiteral("add"), QKeySequence::New);
    openCatalogue = shell.add("actionOpenCatalogue", Shell::tr("&Open Catalogue\u2026"), QStringLiteral("open"), QKeySequence::Open);
    openDemo = shell.add("actionOpenDemo", Shell::tr("Open &Demo Catalogue"), QStringLiteral("demo"));
    closeCatalogue = shell.add("actionCloseCatalogue", Shell::tr("&Close Catalogue"), {}, QKeySequence::Close);
    importPhotos =
        shell.add("actionImportPhotos", Shell::tr("&Import Photos\u2026"), QStringLiteral("photo"), QKeySequence(QStringLiteral("Ctrl+I")));
    importFolder =
        shell.add("actionImportFolder", Shell::tr("Import &Folder\u2026"), QStringLiteral("import"), QKeySequence(QStringLiteral("Ctrl+Shift+I")));
    continueImport = shell.add("actionContinueImport", Shell::tr("Continue Interrupted Import"));
    importReport = shell.add("actionImportReport", Shell::tr("Import &Report"));
    backUp = shell.add("actionBackUp", Shell::tr("&Back Up\u2026"), QStringLiteral("backup"));
    verify = shell.add("actionVerify", Shell::tr("&Verify"), QStringLiteral("verify"));
    importModel = shell.add("actionImportModel", Shell::tr("Import &Model\u2026"), QStringLiteral("model"));
    exportModel = shell.add("actionExportModel", Shell::tr("Export Active Model\u2026"));
    mineTriplets = shell.add("actionMineTriplets", Shell::tr("Find &Hard Triplets\u2026"));
    quit = shell.add("actionQuit", Shell::tr("&Quit"), {}, QKeySequence(QStringLiteral("Ctrl+Q")));
    undo = shell.add("actionUndo", Shell::tr("&Undo"), QStringLiteral("undo"), QKeySequence(QStringLiteral("Ctrl+Z")));
    redo = shell.add("actionRedo", Shell::tr("&Redo"), QStringLiteral("redo"), QKeySequence(QStringLiteral("Ctrl+Shift+Z")));
    partEncounters = shell.add("actionPartEncounters", Shell::tr("&Part Joined Encounters"));
    preferences = shell.add("actionPreferences", Shell::tr("Pre&ferences\u2026"), QStringLiteral("settings"), QKeySequence(QStringLiteral("Ctrl+,")));
    preferences->setMenuRole(QAction::PreferencesRole);
    auto *themes = new QActionGroup(window);
    themeSystem = shell.addChoice("actionThemeSystem", Shell::tr("&As the System"), themes);
    themeDark = shell.addChoice("actionThemeDark", Shell::tr("&Dark"), themes);
    themeLight = shell.addChoice("actionThemeLight", Shell::tr("&Light"), themes);
    fullScreen = shell.add("actionFullScreen", Shell::tr("&Full Screen"), {}, QKeySequence(Qt::Key_F11));
    fullScreen->setCheckable(true);
    keys = shell.add("actionKeys", Shell::tr("&Keys"), QStringLiteral("keyboard"), QKeySequence(QStringLiteral("?")));
    about = shell.add("actionAbout", Shell::tr("&About Flukeprint"), QStringLiteral("info"));
}

QList<QAction *> ShellActions::needingCatalogue() const
{
    return {closeCatalogue, importReport, backUp, verify, exportModel, mineTriplets};
}

QList<QAction *> ShellActions::needingWritable() const
{
    return {importPhotos, importFolder, continueImport, importModel};
}

} // namespace flukeprint::ui
