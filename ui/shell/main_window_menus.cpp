#include "core/catalogue/exchange/export.h"
#include "core/workflows/session.h"
#include "core/workflows/user_name.h"
#include "ui/dialogs/about_dialog.h"
#include "ui/dialogs/keys_dialog.h"
#include "ui/dialogs/preferences_dialog.h"
#include "ui/shell/catalogue_tasks.h"
#include "ui/shell/header_pills.h"
#include "ui/shell/main_window.h"
#include "ui/shell/welcome_page.h"
#include "ui/text/format.h"
#include "ui/theme/icons.h"

#include <QAction>
#include <QActionGroup>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>

namespace flukeprint::ui {

namespace {

QString exportTitle(const QString &format)
{
    const QString name = format;
    if (name == QLatin1String("kaggle"))
        return MainWindow::tr("&Labels as Table (Image,Id)\u2026");
    if (name == QLatin1String("decisions"))
        return MainWindow::tr("Log of &Decisions\u2026");
    if (name == QLatin1String("individuals"))
        return MainWindow::tr("&Individuals\u2026");
    if (name == QLatin1String("photos"))
        return MainWindow::tr("&Photos with Everything Known\u2026");
    if (name == QLatin1String("json"))
        return MainWindow::tr("&Everything as JSON\u2026");
    return name;
}

} // namespace

QMenu *MainWindow::addMenu(const char *name, const QString &title)
{
    QMenu *menu = menuBar()->addMenu(title);
    menu->setObjectName(QString::fromLatin1(name));
    return menu;
}

void MainWindow::buildMenus()
{
    auto *brand = new QLabel(tr("Flukeprint"), menuBar());
    brand->setObjectName(QStringLiteral("brand"));
    menuBar()->setObjectName(QStringLiteral("menuBar"));
    menuBar()->setCornerWidget(brand, Qt::TopLeftCorner);
    m_pills = new HeaderPills(menuBar());
    menuBar()->setCornerWidget(m_pills, Qt::TopRightCorner);

    buildFileMenu();
    buildEditMenu();
    buildViewMenu();
    addPageActions(addMenu("menuIdentify", tr("&Identify")), MenuPlace::Identify);
    QMenu *train = addMenu("menuTrain", tr("&Train"));
    addPageActions(train, MenuPlace::Train);
    train->addSeparator();
    train->addAction(m_actions.mineTriplets);
    buildHelpMenu();
}

void MainWindow::buildFileMenu()
{
    QMenu *menu = addMenu("menuFile", tr("&File"));
    menu->addAction(m_actions.newCatalogue);
    menu->addAction(m_actions.openCatalogue);
    m_recentMenu = menu->addMenu(tr("Open &Recent"));
    m_recentMenu->setObjectName(QStringLiteral("menuRecent"));
    connect(m_recentMenu, &QMenu::aboutToShow, this, &MainWindow::fillRecentMenu);
    menu->addAction(m_actions.openDemo);
    menu->addAction(m_actions.closeCatalogue);
    menu->addSeparator();
    menu->addAction(m_actions.importPhotos);
    menu->addAction(m_actions.importFolder);
    menu->addAction(m_actions.continueImport);
    menu->addAction(m_actions.importReport);
    m_exportMenu = menu->addMenu(icon(QStringLiteral("export"), IconTint::Secondary), tr("&Export"));
    m_exportMenu->setObjectName(QStringLiteral("menuExport"));
    for (const auto &format : catalogue::exchange::exportFormats()) {
        const QString name = QString::fromLatin1(format.name);
        QAction *action = m_exportMenu->addAction(exportTitle(name));
        action->setObjectName(QStringLiteral("actionExport_") + name);
        connect(action, &QAction::triggered, this, [this, name, suffix = QString::fromLatin1(format.suffix)] { chooseExport(name, suffix); });
    }
    menu->addSeparator();
    menu->addAction(m_actions.importModel);
    menu->addAction(m_actions.exportModel);
    menu->addSeparator();
    menu->addAction(m_actions.backUp);
    menu->addAction(m_actions.verify);
    menu->addSeparator();
    menu->addAction(m_actions.quit);
}

void MainWindow::buildEditMenu()
{
    QMenu *menu = addMenu("menuEdit", tr("&Edit"));
    menu->addAction(m_actions.undo);
    menu->addAction(m_actions.redo);
    menu->addAction(m_actions.partEncounters);
    menu->addSeparator();
    addPageActions(menu, MenuPlace::Edit);
    menu->addSeparator();
    menu->addAction(m_actions.preferences);
}

void MainWindow::addPageActions(QMenu *menu, MenuPlace place)
{
    for (Page *page : m_pages) {
        const QList<QAction *> actions = page->menuActions(place);
        if (actions.isEmpty())
            continue;
        if (!menu->isEmpty())
            menu->addSeparator();
        menu->addActions(actions);
    }
    // A menu without entries says nothing and would open as an empty sliver.
    menu->menuAction()->setVisible(!menu->isEmpty());
}

void MainWindow::buildViewMenu()
{
    QMenu *menu = addMenu("menuView", tr("&View"));
    int number = 1;
    for (Page *page : m_pages) {
        QAction *action = menu->addAction(icon(page->iconName(), IconTint::Secondary), page->title());
        action->setObjectName(QStringLiteral("actionPage_") + page->objectName());
        action->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(number++)));
        action->setCheckable(true);
        connect(action, &QAction::triggered, this, [this, page] { showPage(page->objectName()); });
    }
    addPageActions(menu, MenuPlace::View);
    menu->addSeparator();
    QMenu *themes = menu->addMenu(icon(QStringLiteral("theme"), IconTint::Secondary), tr("&Colours"));
    themes->setObjectName(QStringLiteral("menuTheme"));
    themes->addActions({m_actions.themeSystem, m_actions.themeDark, m_actions.themeLight});
    menu->addAction(m_actions.fullScreen);
}

void MainWindow::buildHelpMenu()
{
    QMenu *menu = addMenu("menuHelp", tr("&Help"));
    menu->addAction(m_actions.keys);
    menu->addAction(m_actions.about);
}

void MainWindow::connectActions()
{
    const auto on = [this](QAction *action, auto slot) { connect(action, &QAction::triggered, this, slot); };
    on(m_actions.newCatalogue, [this] { chooseNewCatalogue(); });
    on(m_actions.openCatalogue, [this] { chooseOpenCatalogue(); });
    on(m_actions.openDemo, [this] { openDemo(demoFolder()); });
    on(m_actions.closeCatalogue, [this] { closeCatalogue(); });
    on(m_actions.importPhotos, [this] { choosePhotos(); });
    on(m_actions.importFolder, [this] { chooseFolder(); });
    on(m_actions.continueImport, [this] { m_tasks->continueImport(); });
    on(m_actions.importReport, [this] { showNewestImportReport(); });
    on(m_actions.backUp, [this] { chooseBackup(); });
    on(m_actions.verify, [this] { m_tasks->verify(); });
    on(m_actions.importModel, [this] { chooseModel(); });
    on(m_actions.exportModel, [this] { chooseModelTarget(); });
    on(m_actions.mineTriplets, [this] { chooseMined(); });
    on(m_actions.quit, [this] { close(); });
    on(m_actions.undo, [this] { undo(); });
    on(m_actions.redo, [this] { redo(); });
    on(m_actions.partEncounters, [this] { partEncounters(); });
    on(m_actions.preferences, [this] { showPreferences(); });
    on(m_actions.fullScreen,
       [this](bool full) { setWindowState(full ? windowState() | Qt::WindowFullScreen : windowState() & ~Qt::WindowFullScreen); });
    on(m_actions.keys, [this] { KeysDialog(menuBar(), this).exec(); });
    on(m_actions.about, [this] { AboutDialog(this).exec(); });
    connect(m_pills, &HeaderPills::promoteRequested, this, &MainWindow::promote);
    connectThemeActions();
}

void MainWindow::connectThemeActions()
{
    for (const auto &[action, choice] : themeActions()) {
        connect(action, &QAction::triggered, this, [this, wanted = choice] {
            m_settings.setTheme(wanted);
            m_theme.setChoice(wanted);
        });
    }
    refreshThemeActions();
}

QList<QPair<QAction *, ThemeChoice>> MainWindow::themeActions() const
{
    return {{m_actions.themeSystem, ThemeChoice::System}, {m_actions.themeDark, ThemeChoice::Dark}, {m_actions.themeLight, ThemeChoice::Light}};
}

void MainWindow::refreshThemeActions()
{
    for (const auto &[action, choice] : themeActions())
        action->setChecked(m_theme.choice() == choice);
}

void MainWindow::showPreferences()
{
    PreferencesDialog dialog(m_settings, m_theme, workflows::userName(), this);
    connect(&dialog, &PreferencesDialog::changed, this, [this] {
        refreshThemeActions();
        m_welcome->setRecent(m_settings.recentCatalogues());
        if (m_session)
            m_session->setWho(m_settings.value(SettingKey::UserName).toString());
        for (Page *page : m_pages)
            page->settingsChanged();
    });
    dialog.exec();
}

void MainWindow::fillRecentMenu()
{
    m_recentMenu->clear();
    for (const QString &folder : m_settings.recentCatalogues()) {
        QAction *action =
            m_recentMenu->addAction(QStringLiteral("%1   %2").arg(QFileInfo(folder).completeBaseName(), pathText(QFileInfo(folder).path())));
        connect(action, &QAction::triggered, this, [this, folder] { openCatalogue(folder); });
    }
    if (m_recentMenu->isEmpty())
        m_recentMenu->addAction(tr("None yet"))->setEnabled(false);
}

} // namespace flukeprint::ui
