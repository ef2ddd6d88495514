#pragma once

#include "core/base/result.h"
#include "ui/settings/settings.h"
#include "ui/shell/page.h"
#include "ui/shell/shell_actions.h"
#include "ui/theme/theme.h"

#include <QMainWindow>

#include <functional>
#include <memory>
#include <vector>

class QLabel;
class QStackedWidget;

namespace flukeprint::workflows {
struct ImportReport;
struct ImportRequest;
struct MineReport;
}
namespace flukeprint::catalogue {
class EncounterMerges;
struct IntegrityReport;
}

namespace flukeprint::ui {

class AsyncImageLoader;
class CatalogueTasks;
class EditHistory;
class HeaderPills;
class JobStrip;
class Rail;
class Toast;
class WelcomePage;

/// The window: rail, menus, status bar, and the session of the open catalogue. Pages come from factories; the window gives them the
/// session, switches between them and passes their requests on.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// `settings` and `theme` must outlive the window.
    MainWindow(Settings &settings, Theme &theme, const std::vector<PageFactory> &pages);
    ~MainWindow() override;

    /// On an error the catalogue that was open stays open, and the user has been told. False then.
    bool openCatalogue(const QString &folder);
    bool createCatalogue(const QString &folder);
    /// Opens the demo catalogue in `folder`, made first if there is none; it fills in the background.
    bool openDemo(const QString &folder);
    /// Asks if jobs are running. False if the user wants to stay.
    bool closeCatalogue();
    [[nodiscard]] workflows::CatalogueSession *session() const { return m_session.get(); }

    /// Where the demo catalogue lives unless somebody says otherwise.
    [[nodiscard]] static QString demoFolder();

    [[nodiscard]] Page *page(const QString &name) const;
    [[nodiscard]] Page *currentPage() const;
    void showPage(const QString &name);
    /// Photos, folders and tables (Image,Id or boxes) as they were dropped or chosen.
    void importPaths(const QStringList &paths);

protected:
    void closeEvent(QCloseEvent *event) override;
    /// Enter presses the button that has the focus, as the space bar does, where the button and its page leave the key alone.
    void keyPressEvent(QKeyEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void buildPages(const std::vector<PageFactory> &factories);
    void connectPage(Page *page);
    void buildMenus();
    QMenu *addMenu(const char *name, const QString &title);
    void buildFileMenu();
    void buildEditMenu();
    void buildViewMenu();
    void addPageActions(QMenu *menu, MenuPlace place);
    void buildHelpMenu();
    void buildStatusBar();
    void connectActions();
    void connectThemeActions();
    [[nodiscard]] QList<QPair<QAction *, ThemeChoice>> themeActions() const;
    void refreshThemeActions();
    void showPreferences();
    /// Asks first where probabilities would be lost.
    void promote(ModelId model);

    bool takeSession(Result<std::unique_ptr<workflows::CatalogueSession>> opened, const QString &folder);
    void setSession(std::unique_ptr<workflows::CatalogueSession> session);
    void connectTasks();
    /// True if nothing runs or the user accepts that it stops.
    bool mayStopJobs(const QString &title, const QString &yes);
    void fillRecentMenu();
    void refreshActions();
    void refreshUndo();
    /// Offers to take back the newest of the merges of encounters that stand.
    void refreshPartEncounters();
    void partEncounters();
    /// Reports an error under `title`; true if the change was made.
    bool changeEncounters(const QString &title, const std::function<Result<void>(catalogue::EncounterMerges &)> &change);
    void refreshCounts();
    void undo();
    void redo();

    void chooseNewCatalogue();
    void chooseOpenCatalogue();
    void choosePhotos();
    void chooseFolder();
    void chooseBackup();
    void chooseExport(const QString &format, const QString &suffix);
    void chooseModel();
    void chooseModelTarget();
    void chooseMined();
    void showMined(const QString &file, const workflows::MineReport &report);
    void showImportDialog(const QStringList &paths);
    void showImportReport(const workflows::ImportReport &report);
    void showNewestImportReport();
    /// One step of undo for all of them.
    void markUnusable(const std::vector<AnnotationId> &annotations);
    void showIntegrityReport(const catalogue::IntegrityReport &report);
    /// Closes the catalogue, repairs it and opens it again.
    void repairCatalogue();
    void say(const QString &text, const QString &actionText = {}, const std::function<void()> &action = {});
    void saveState();
    void restoreState();
    /// The folder that `file` is in, for the next chooser of this purpose.
    void rememberFolder(SettingKey purpose, const QString &file);

    Settings &m_settings;
    Theme &m_theme;
    ShellActions m_actions;
    std::unique_ptr<AsyncImageLoader> m_images;
    Rail *m_rail = nullptr;
    QStackedWidget *m_stack = nullptr;
    WelcomePage *m_welcome = nullptr;
    HeaderPills *m_pills = nullptr;
    JobStrip *m_jobs = nullptr;
    QLabel *m_counts = nullptr;
    Toast *m_toast = nullptr;
    std::function<void()> m_toastAction;
    QMenu *m_recentMenu = nullptr;
    QMenu *m_exportMenu = nullptr;
    std::vector<Page *> m_pages;

    // In this order, so that what refers to the session goes before it.
    std::unique_ptr<workflows::CatalogueSession> m_session;
    std::unique_ptr<CatalogueTasks> m_tasks;
    std::unique_ptr<EditHistory> m_history;
    std::shared_ptr<const workflows::ImportReport> m_importReport; ///< of the newest import that ended since the catalogue was opened
};

} // namespace flukeprint::ui
