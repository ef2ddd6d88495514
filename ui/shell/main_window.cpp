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

#include <QAbstractButton>
#include <QAction>
#include <QCloseEvent>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QStatusBar>

namespace flukeprint::ui {

using workflows::CatalogueSession;

namespace {

constexpr QSize smallestCentre(1150, 584); ///< with menus and status line 1150 x 654 px

} // namespace

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
    centre->setObjectName(QStringLiteral("centre"));
    // One for all pages, shown yet or not: a window must not grow by being looked at. Every page fits in it.
    centre->setMinimumSize(smallestCentre);
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
    m_toast = new Toast(this);
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
    connect(page, &Page::promoteRequested, this, &MainWindow::promote);
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
    // A window that opens with no focus would give it to the rail's first button, whatever the page.
    if (!focusWidget())
        next->setFocus(Qt::OtherFocusReason);
    m_rail->setCurrent(next);
    m_settings.setValue(SettingKey::Page, name);
    for (Page *candidate : m_pages) {
        if (auto *action = findChild<QAction *>(QStringLiteral("actionPage_") + candidate->objectName()))
            action->setChecked(candidate == next);
    }
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
        m_counts->setText(QStringLiteral("%1   %2   %3")
                              .arg(tr("%Ln photo(s)", nullptr, static_cast<int>(counts.value().photos)),
                                   tr("%Ln individual(s)", nullptr, static_cast<int>(counts.value().individuals)),
                                   tr("%1 to review").arg(countText(counts.value().unidentified + counts.value().proposed))));
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
    // The frame and the title need room as well: on a small screen the status line would be below its lower edge.
    constexpr QSize frame(8, 48);
    const QSize available = screen() ? screen()->availableSize() : QSize(1280 + 8, 800 + 48);
    resize(QSize(1280, 800).boundedTo(available - frame));
    const QByteArray geometry = m_settings.value(SettingKey::WindowGeometry).toByteArray();
    if (!geometry.isEmpty())
        restoreGeometry(geometry);
    QMainWindow::restoreState(m_settings.value(SettingKey::WindowState).toByteArray());
}

void MainWindow::keyPressEvent(QKeyEvent *event)
{
    auto *button = qobject_cast<QAbstractButton *>(focusWidget());
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && button && !event->modifiers().testFlag(Qt::ControlModifier))
        button->click();
    else
        QMainWindow::keyPressEvent(event);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (!mayStopJobs(tr("Quit"), tr("Stop and Quit"))) {
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
