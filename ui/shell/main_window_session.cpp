#include "core/catalogue/annotation_store.h"
#include "core/catalogue/encounter_merges.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/serving_model.h"
#include "core/workflows/session.h"
#include "ui/dialogs/message_box.h"
#include "ui/shell/catalogue_tasks.h"
#include "ui/shell/edit_history.h"
#include "ui/shell/header_pills.h"
#include "ui/shell/main_window.h"
#include "ui/shell/rail.h"
#include "ui/shell/welcome_page.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/job_strip.h"
#include "ui/widgets/toast.h"

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QStackedWidget>
#include <QStandardPaths>

/// The part of the window that opens, holds and closes a catalogue.
namespace flukeprint::ui {

using workflows::CatalogueSession;

QString MainWindow::demoFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/flukeprint/Demo.flukeprint");
}

bool MainWindow::openCatalogue(const QString &folder)
{
    const std::filesystem::path path(QFileInfo(folder).absoluteFilePath().toStdString());
    if (m_session && std::filesystem::path(m_session->catalogue().folder()) == path)
        return true;
    if (!mayStopJobs(tr("Open Catalogue"), tr("Stop and Open")))
        return false;
    workflows::SessionOptions options;
    options.who = m_settings.value(SettingKey::UserName).toString();
    auto opened = CatalogueSession::open(path, options);
    const bool couldRead = !opened
        && (opened.error().code == ErrorCode::CatalogueLocked || opened.error().code == ErrorCode::CatalogueReadOnly);
    if (couldRead) {
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
    if (!mayStopJobs(tr("New Catalogue"), tr("Stop and Open")))
        return false;
    QDir().mkpath(QFileInfo(folder).absolutePath());
    workflows::SessionOptions options;
    options.who = m_settings.value(SettingKey::UserName).toString();
    return takeSession(CatalogueSession::create(std::filesystem::path(QFileInfo(folder).absoluteFilePath().toStdString()), options), folder);
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
    showPage(QStringLiteral("catalogue"));
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
    m_importReport.reset();
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
    // Queued: a job that ended badly says so from within its end, and would seem to go on for as long as the message stands.
    connect(m_tasks.get(), &CatalogueTasks::failed, this, [this](const QString &title, const Error &error) {
        MessageBox::showError(this, title, error);
    }, Qt::QueuedConnection);
    connect(m_tasks.get(), &CatalogueTasks::imported, this, [this](const workflows::ImportReport &report) {
        QString text = tr("%Ln photo(s) imported", nullptr, static_cast<int>(report.photos));
        if (!report.skipped.empty())
            text = tr("%1, %2 left out").arg(text, countText(static_cast<std::int64_t>(report.skipped.size())));
        const bool worthALook = !report.skipped.empty() || !report.conflicts.empty() || report.unmatchedLabelCount > 0
            || report.withoutFluke > 0 || report.guessedBoxes > 0 || report.mergedEncounters > 0;
        m_importReport = std::make_shared<const workflows::ImportReport>(report);
        say(text, worthALook ? tr("Show") : QString(), [this] { showNewestImportReport(); });
        refreshActions();
    });
    connect(m_tasks.get(), &CatalogueTasks::mined, this, &MainWindow::showMined);
    connect(m_tasks.get(), &CatalogueTasks::verified, this, &MainWindow::showIntegrityReport);
    connect(m_history.get(), &EditHistory::changed, this, &MainWindow::refreshUndo);
    connect(m_session.get(), &CatalogueSession::decisionsChanged, this, &MainWindow::refreshCounts);
    connect(m_session.get(), &CatalogueSession::photosChanged, this, &MainWindow::refreshCounts);
    connect(m_session.get(), &CatalogueSession::photosArriving, this, &MainWindow::refreshCounts);
    connect(m_session.get(), &CatalogueSession::photosChanged, this, &MainWindow::refreshPartEncounters);
    connect(m_session.get(), &CatalogueSession::individualsChanged, this, &MainWindow::refreshCounts);
}

bool MainWindow::mayStopJobs(const QString &title, const QString &yes)
{
    const int running = m_session ? m_session->jobs().activeCount() : 0;
    return running == 0
        || MessageBox::ask(this, title,
                           tr("%n job(s) are still running. What they have done is kept, and they can be continued later.", nullptr, running), yes);
}

bool MainWindow::closeCatalogue()
{
    if (!mayStopJobs(tr("Close Catalogue"), tr("Stop and Close")))
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
    refreshPartEncounters();
}

void MainWindow::refreshPartEncounters()
{
    const bool writable = m_session && !m_session->isReadOnly();
    const auto merge = writable ? catalogue::EncounterMerges(m_session->catalogue(), {}).newest()
                                : Result<std::optional<catalogue::EncounterMerge>>(std::nullopt);
    const bool any = merge && merge.value();
    m_actions.partEncounters->setEnabled(any);
    m_actions.partEncounters->setText(any ? tr("&Part Encounter %1 from %2").arg((*merge)->fromCode, (*merge)->intoCode)
                                          : tr("&Part Joined Encounters"));
}

void MainWindow::partEncounters()
{
    const auto merge = catalogue::EncounterMerges(m_session->catalogue(), {}).newest();
    if (!merge || !merge.value()) {
        refreshPartEncounters();
        return;
    }
    const catalogue::EncounterMerge parted = **merge;
    // Joining again is a new entry of the log, which parting again must name.
    const auto newest = std::make_shared<std::int64_t>(parted.id);
    const auto part = [this, newest] {
        return changeEncounters(tr("Parting encounters"), [&](catalogue::EncounterMerges &merges) { return merges.undo(*newest); });
    };
    const auto join = [this, newest] {
        return changeEncounters(tr("Joining encounters"), [&](catalogue::EncounterMerges &merges) -> Result<void> {
            const auto joined = merges.joinAgain(*newest);
            if (joined)
                *newest = joined.value();
            return joined ? Result<void>() : Result<void>(joined.error());
        });
    };
    if (!part())
        return;
    m_history->add({tr("part encounters %1 and %2").arg(parted.fromCode, parted.intoCode), join, part});
    say(tr("Encounters %1 and %2 are two again, and stay so.").arg(parted.fromCode, parted.intoCode), tr("Undo"), [this] { undo(); });
}

bool MainWindow::changeEncounters(const QString &title, const std::function<Result<void>(catalogue::EncounterMerges &)> &change)
{
    catalogue::EncounterMerges merges(m_session->catalogue(), m_session->who());
    const Result<void> done = change(merges);
    refreshPartEncounters();
    if (!done)
        MessageBox::showError(this, title, done.error());
    else
        m_session->notePhotosChanged();
    return done.ok();
}

void MainWindow::promote(ModelId model)
{
    if (!m_tasks)
        return;
    catalogue::ModelStore models(m_session->catalogue());
    const auto wanted = models.get(model);
    const auto serving = models.active();
    const bool loses = wanted && serving && workflows::calibrationOf(*serving).isCalibrated() && !workflows::calibrationOf(*wanted).isCalibrated();
    const QString question = loses
        ? tr("%1 can give no probabilities: too few photos were kept aside from its training to calibrate it on. With it, Review "
             "shows distances alone. %2, which is in use, gives probabilities.")
              .arg(wanted->name, serving->name)
        : QString();
    if (!loses || MessageBox::ask(this, tr("Promote Model"), question, tr("Promote All the Same")))
        m_tasks->promote(model);
}

} // namespace flukeprint::ui
