#include "ui/shell/main_window.h"

#include "core/catalogue/annotation_store.h"
#include "core/workflows/session.h"
#include "ui/dialogs/message_box.h"
#include "ui/shell/catalogue_tasks.h"
#include "ui/shell/edit_history.h"
#include "ui/shell/header_pills.h"
#include "ui/shell/rail.h"
#include "ui/shell/welcome_page.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/theme/icons.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/job_strip.h"
#include "ui/widgets/toast.h"

#include <QAction>
#include <QCloseEvent>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QStatusBar>

namespace flukeprint::ui {

using workflows::CatalogueSession;

MainWindow::MainWindow(Settings &settings, Theme &theme, const std::vector<PageFactory> &pages)
    : m_settings(settings)
    , m_theme(theme)
    , m_actions(this)
    , m_images(std::make_unique<AsyncImageLoader>())
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Flukeprint"));
    setWindowIcon(applicationIcon());
    setAcceptDrops(true);
    setContextMenuPolicy(Qt::NoContextMenu);

    auto *centre = new QWidget(this);
    m_rail = new Rail(centre);
    m_stack = new QStackedWidget(centre);
    m_stack->setObjectName(QStringLiteral("pageStack"));
    auto *layout = new QHBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_rail);
    layout->addWidget(m_stack, 1);
    setCentralWidget(centre);

    m_welcome = new WelcomePage(m_actions.newCatalogue, m_actions.openCatalogue, m_actions.openDemo, m_stack);
    connect(m_welcome, &WelcomePage::recentChosen, this, &MainWindow::openCatalogue);
    m_stack->addWidget(m_welcome);
    m_toast = new Toast(centre);
    connect(m_toast, &Toast::actionTriggered, this, [this] {
        if (m_toastAction)
            m_toastAction();
    });

    buildPages(pages);
    buildMenus();
    buildStatusBar();
    connectActions();
    restoreState();
    setSession(nullptr);
}

MainWindow::~MainWindow()
{
    // The pages let go of the session before it ends.
    setSession(nullptr);
}

void MainWindow::buildPages(const std::vector<PageFactory> &factories)
{
    PageContext context;
    context.settings = &m_settings;
    context.images = m_images.get();
    context.action = [this](const QString &name) { return findChild<QAction *>(name); };
    for (const PageFactory &factory : factories) {
        Page *page = factory(context);
        m_stack->addWidget(page);
        m_pages.push_back(page);
        m_rail->addPage(page);
        connectPage(page);
    }
    connect(m_rail, &Rail::pageChosen, this, [this](Page *page) { showPage(page->objectName()); });
}

void MainWindow::connectPage(Page *page)
{
    connect(page, &Page::notice, this, [this](const QString &text, bool undoable) {
        if (undoable)
            say(text, tr("Undo"), [this] { undo(); });
        else
            say(text);
    });
    connect(page, &Page::failure, this, [this](const QString &title, const Error &error) { MessageBox::showError(this, title, error); });
    connect(page, &Page::promoteRequested, this, [this](ModelId model) {
        if (m_tasks)
            m_tasks->promote(model);
    });
    connect(page, &Page::candidatesRequested, this, [this] {
        if (m_tasks)
            m_tasks->refreshCandidates();
    });
    connect(page, &Page::edited, this, [this](const LocalEdit &edit) {
        if (m_history)
            m_history->add(edit);
    });
    connect(page, &Page::annotationsRequested, this, [this](const QString &name, const std::vector<AnnotationId> &annotations) {
        if (Page *target = this->page(name)) {
            showPage(name);
            target->showAnnotations(annotations);
        }
    });
    connect(page, &Page::individualRequested, this, [this](const QString &name, IndividualId individual) {
        if (Page *target = this->page(name)) {
            showPage(name);
            target->showIndividual(individual);
        }
    });
}

void MainWindow::buildStatusBar()
{
    m_jobs = new JobStrip(this);
    m_counts = new QLabel(this);
    m_counts->setObjectName(QStringLiteral("countsLabel"));
    m_counts->setContentsMargins(0, 0, Sizes::pageMargin - 4, 0);
    statusBar()->setObjectName(QStringLiteral("statusBar"));
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_jobs, 1);
    statusBar()->addPermanentWidget(m_counts);
}

Page *MainWindow::page(const QString &name) const
{
    for (Page *candidate : m_pages) {
        if (candidate->objectName() == name)
            return candidate;
    }
    return nullptr;
}

Page *MainWindow::currentPage() const
{
    return qobject_cast<Page *>(m_stack->currentWidget());
}

void MainWindow::showPage(const QString &name)
{
    Page *next = page(name);
    if (!next || !m_session)
        return;
    Page *previous = currentPage();
    if (previous != next) {
        m_stack->setCurrentWidget(next);
        if (previous)
            previous->deactivated();
        next->activated();
    }
    m_rail->setCurrent(next);
    m_settings.setValue(SettingKey::Page, name);
    for (Page *candidate : m_pages) {
        if (auto *action = findChild<QAction *>(QStringLiteral("actionPage_") + candidate->objectName()))
            action->setChecked(candidate == next);
    }
}

QString MainWindow::demoFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/flukeprint/Demo.flukeprint");
}

bool MainWindow::openCatalogue(const QString &folder)
{
    const std::filesystem::path path(QFileInfo(folder).absoluteFilePath().toStdString());
    if (m_session && std::filesystem::path(m_session->catalogue().folder()) == path)
        return true;
    if (!mayStopJobs())
        return false;
    auto opened = CatalogueSession::open(path);
    const bool couldRead = !opened
        && (opened.error().code == ErrorCode::CatalogueLocked || opened.error().code == ErrorCode::CatalogueReadOnly);
    if (couldRead) {
        workflows::SessionOptions options;
        options.access = catalogue::Access::ReadOnly;
        const QString question = tr("%1\n\nYou can look at it without changing anything.").arg(messageFor(opened.error()));
        if (!MessageBox::ask(this, tr("Open Catalogue"), question, tr("Open Read Only")))
            return false;
        opened = CatalogueSession::open(path, options);
    }
    return takeSession(std::move(opened), folder);
}

bool MainWindow::createCatalogue(const QString &folder)
{
    if (!mayStopJobs())
        return false;
    QDir().mkpath(QFileInfo(folder).absolutePath());
    return takeSession(CatalogueSession::create(std::filesystem::path(QFileInfo(folder).absoluteFilePath().toStdString())), folder);
}

bool MainWindow::openDemo(const QString &folder)
{
    const bool known = QFileInfo::exists(folder + QStringLiteral("/catalogue.sqlite"));
    if (!(known ? openCatalogue(folder) : createCatalogue(folder)))
        return false;
    // One that was left while its photos were still being drawn is empty.
    const auto photos = catalogue::AnnotationStore(m_session->catalogue()).count();
    const bool empty = photos && photos.value() == 0 && m_session->jobs().activeCount() == 0;
    if (empty && !m_session->isReadOnly() && !m_tasks->hasInterruptedImport())
        m_tasks->makeDemo();
    return true;
}

bool MainWindow::takeSession(Result<std::unique_ptr<CatalogueSession>> opened, const QString &folder)
{
    if (!opened) {
        MessageBox::showError(this, tr("Open Catalogue"), opened.error());
        return false;
    }
    setSession(std::move(opened).value());
    m_settings.addRecentCatalogue(folder);
    m_tasks->catchUp();
    const QString remembered = m_settings.value(SettingKey::Page).toString();
    showPage(page(remembered) ? remembered : m_pages.empty() ? QString() : m_pages.front()->objectName());
    if (!m_session->isReadOnly() && m_tasks->hasInterruptedImport())
        say(tr("An import of this catalogue was interrupted."), tr("Continue"), [this] { m_tasks->continueImport(); });
    return true;
}

void MainWindow::setSession(std::unique_ptr<CatalogueSession> session)
{
    for (Page *page : m_pages)
        page->setSession(session.get());
    m_toast->hide();
    m_toastAction = nullptr;
    m_pills->setSession(session.get());
    m_jobs->setQueue(session ? &session->jobs() : nullptr);
    m_history.reset();
    m_tasks.reset();
    m_images->clear();
    m_session = std::move(session);
    m_rail->setVisible(m_session != nullptr);
    if (m_session) {
        m_history = std::make_unique<EditHistory>(*m_session);
        m_tasks = std::make_unique<CatalogueTasks>(*m_session);
        connectTasks();
        const QString name = QFileInfo(QString::fromStdString(m_session->catalogue().folder().string())).completeBaseName();
        setWindowTitle(tr("%1 - Flukeprint").arg(name));
    } else {
        m_welcome->setRecent(m_settings.recentCatalogues());
        m_stack->setCurrentWidget(m_welcome);
        setWindowTitle(tr("Flukeprint"));
    }
    refreshActions();
    refreshCounts();
}

void MainWindow::connectTasks()
{
    connect(m_tasks.get(), &CatalogueTasks::notice, this, [this](const QString &text) { say(text); });
    connect(m_tasks.get(), &CatalogueTasks::failed, this, [this](const QString &title, const Error &error) {
        MessageBox::showError(this, title, error);
    });
    connect(m_tasks.get(), &CatalogueTasks::imported, this, [this](const workflows::ImportReport &report) {
        QString text = tr("%1 photos imported").arg(countText(report.photos));
        if (!report.skipped.empty())
            text = tr("%1, %2 left out").arg(text, countText(static_cast<std::int64_t>(report.skipped.size())));
        const bool worthALook = !report.skipped.empty() || !report.conflicts.empty() || report.unmatchedLabelCount > 0;
        say(text, worthALook ? tr("Show") : QString(), [this, report] { showImportReport(report); });
        refreshActions();
    });
    connect(m_tasks.get(), &CatalogueTasks::verified, this, &MainWindow::showIntegrityReport);
    connect(m_history.get(), &EditHistory::changed, this, &MainWindow::refreshUndo);
    connect(m_session.get(), &CatalogueSession::decisionsChanged, this, &MainWindow::refreshCounts);
    connect(m_session.get(), &CatalogueSession::photosChanged, this, &MainWindow::refreshCounts);
    connect(m_session.get(), &CatalogueSession::individualsChanged, this, &MainWindow::refreshCounts);
}

bool MainWindow::mayStopJobs()
{
    const int running = m_session ? m_session->jobs().activeCount() : 0;
    return running == 0
        || MessageBox::ask(this, tr("Jobs are running"),
                           tr("%n job(s) are still running. What they have done is kept, and they can be continued later.", nullptr, running),
                           tr("Stop Them"));
}

bool MainWindow::closeCatalogue()
{
    if (!mayStopJobs())
        return false;
    setSession(nullptr);
    m_settings.setValue(SettingKey::LastCatalogue, QString());
    return true;
}

void MainWindow::refreshActions()
{
    const bool open = m_session != nullptr;
    const bool writable = open && !m_session->isReadOnly();
    for (QAction *action : m_actions.needingCatalogue())
        action->setEnabled(open);
    for (QAction *action : m_actions.needingWritable())
        action->setEnabled(writable);
    m_actions.continueImport->setVisible(writable && m_tasks->hasInterruptedImport());
    m_exportMenu->setEnabled(open);
    for (Page *page : m_pages) {
        if (auto *action = findChild<QAction *>(QStringLiteral("actionPage_") + page->objectName()))
            action->setEnabled(open);
    }
    refreshUndo();
}

void MainWindow::refreshUndo()
{
    const bool writable = m_session && !m_session->isReadOnly() && m_history;
    const QString undoText = writable ? m_history->undoText() : QString();
    const QString redoText = writable ? m_history->redoText() : QString();
    m_actions.undo->setEnabled(!undoText.isEmpty());
    m_actions.undo->setText(undoText.isEmpty() ? tr("&Undo") : tr("&Undo: %1").arg(undoText));
    m_actions.redo->setEnabled(!redoText.isEmpty());
    m_actions.redo->setText(redoText.isEmpty() ? tr("&Redo") : tr("&Redo: %1").arg(redoText));
}

void MainWindow::refreshCounts()
{
    if (!m_session) {
        m_counts->clear();
        return;
    }
    const auto counts = catalogue::AnnotationStore(m_session->catalogue()).counts();
    if (counts)
        m_counts->setText(tr("%1 photos   %2 individuals   %3 to review")
                              .arg(countText(counts.value().photos), countText(counts.value().individuals),
                                   countText(counts.value().unidentified + counts.value().proposed)));
}

void MainWindow::undo()
{
    Page *page = currentPage();
    if (!m_history || (page && !m_history->undoIsLocal() && page->undo()))
        return;
    const auto undone = m_history->undo();
    if (!undone)
        MessageBox::showError(this, tr("Undo"), undone.error());
    else if (!undone.value().isEmpty())
        say(tr("Undone: %1").arg(undone.value()), tr("Redo"), [this] { redo(); });
}

void MainWindow::redo()
{
    Page *page = currentPage();
    if (!m_history || (page && !m_history->redoIsLocal() && page->redo()))
        return;
    const auto redone = m_history->redo();
    if (!redone)
        MessageBox::showError(this, tr("Redo"), redone.error());
    else if (!redone.value().isEmpty())
        say(tr("Done again: %1").arg(redone.value()), tr("Undo"), [this] { undo(); });
}

void MainWindow::say(const QString &text, const QString &actionText, const std::function<void()> &action)
{
    m_toastAction = action;
    m_toast->showText(text, actionText);
}

void MainWindow::saveState()
{
    m_settings.setValue(SettingKey::WindowGeometry, saveGeometry());
    m_settings.setValue(SettingKey::WindowState, QMainWindow::saveState());
    m_settings.sync();
}

void MainWindow::restoreState()
{
    resize(1280, 800);
    const QByteArray geometry = m_settings.value(SettingKey::WindowGeometry).toByteArray();
    if (!geometry.isEmpty())
        restoreGeometry(geometry);
    QMainWindow::restoreState(m_settings.value(SettingKey::WindowState).toByteArray());
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (!mayStopJobs()) {
        event->ignore();
        return;
    }
    if (Page *page = currentPage())
        page->deactivated();
    saveState();
    setSession(nullptr);
    event->accept();
}

} // namespace flukeprint::ui
