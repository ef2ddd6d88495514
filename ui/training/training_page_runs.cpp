#include "core/workflows/session.h"
#include "core/workflows/training/augmentation_preview.h"
#include "core/workflows/training/training_controller.h"
#include "ui/dialogs/message_box.h"
#include "ui/settings/settings.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/text/training_text.h"
#include "ui/training/augmentation_dialog.h"
#include "ui/training/run_list_model.h"
#include "ui/training/run_readout.h"
#include "ui/training/setting_form.h"
#include "ui/training/training_page.h"

#include <QListView>
#include <QPlainTextEdit>

#include <algorithm>

/// The part of the training page that starts, steers and listens to runs.
namespace flukeprint::ui {

void TrainingPage::connectSession()
{
    using workflows::TrainingController;
    TrainingController *training = &m_session->training();
    connect(training, &TrainingController::runChanged, this, [this](RunId run) {
        m_runs->refresh(run);
        if (run == m_shown)
            refreshShownRun();
    });
    connect(training, &TrainingController::progressed, this, [this](RunId run, const Progress &progress, double rate) {
        m_live[run] = {progress, rate};
        if (run == m_shown && !m_redraw.isActive())
            m_redraw.start();
    });
    connect(training, &TrainingController::pointsAdded, this, &TrainingPage::addPoints);
    connect(training, &TrainingController::runRemoved, this, &TrainingPage::runGone);
    connect(training, &TrainingController::logged, this, &TrainingPage::addLogLine);
    connect(training, &TrainingController::warned, this, [this](RunId run, const Error &what) {
        addLogLine(run, tr("Warning: %1").arg(warningFor(what)));
        if (run == m_shown && what.code == ErrorCode::EmbeddingsCollapsed)
            m_readout->setAlarm(warningFor(what));
    });
    connect(training, &TrainingController::finished, this, &TrainingPage::runEnded);
    connect(training, &TrainingController::failed, this, [this](RunId run, const Error &what) {
        const auto stored = m_runs->run(run);
        Q_EMIT notice(tr("%1 stopped: %2").arg(stored ? stored->name : tr("The run"), warningFor(what)), false);
        refreshShownRun();
    });
    connect(m_session, &workflows::CatalogueSession::modelChanged, this, [this] {
        const RunId shown = m_shown;
        if (const Result<void> read = m_runs->reload(); !read)
            Q_EMIT failure(tr("The training runs could not be read"), read.error());
        m_runList->setCurrentIndex(m_runs->indexOf(shown));
        refreshHeader();
    });
    connect(m_session, &workflows::CatalogueSession::decisionsChanged, this, [this] {
        if (isVisible())
            refreshSummary();
    });
}

void TrainingPage::startRun()
{
    if (!m_session)
        return;
    workflows::TrainingRequest request = m_form->request();
    request.threads = m_context.settings->value(SettingKey::TrainingThreads).toInt();
    const Result<RunId> started = m_session->training().start(request);
    if (!started) {
        Q_EMIT failure(tr("Training could not start"), started.error());
        return;
    }
    m_runs->refresh(*started);
    m_runList->setCurrentIndex(m_runs->indexOf(*started));
    showRun(*started);
}

void TrainingPage::previewAugmentation()
{
    if (!m_session)
        return;
    const workflows::TrainingRequest wish = m_form->request();
    workflows::PreviewRequest request;
    request.preset = wish.preset;
    request.settings = wish.settings;
    const QString augmentation = choiceLabel("augmentation", m_form->value("augmentation"));
    const auto ready = [self = QPointer(this), augmentation](const Result<imaging::Image> &sheet) {
        if (!self || (!sheet && sheet.error().code == ErrorCode::Cancelled))
            return;
        if (sheet)
            (new AugmentationDialog(*sheet, augmentation, self))->show();
        else
            Q_EMIT self->failure(tr("The photos could not be shown"), sheet.error());
    };
    m_session->jobs().add(workflows::makePreviewJob(m_session->catalogue(), request, ready));
}

void TrainingPage::pauseRun()
{
    if (m_session && m_shown.isValid())
        m_session->training().pause(m_shown);
}

void TrainingPage::resumeRun()
{
    if (!m_session || !m_shown.isValid())
        return;
    if (m_session->training().activeJob(m_shown)) {
        m_session->training().unpause(m_shown);
        return;
    }
    if (const Result<void> resumed = m_session->training().resume(m_shown); !resumed)
        Q_EMIT failure(tr("The run could not be resumed"), resumed.error());
}

void TrainingPage::cancelRun()
{
    if (m_session && m_shown.isValid())
        m_session->training().cancel(m_shown);
    refreshHeader(); // it says at once that it stops
}

void TrainingPage::promoteRun()
{
    const auto run = m_runs->run(m_shown);
    if (run && run->model.isValid())
        Q_EMIT promoteRequested(run->model);
}

void TrainingPage::deleteRun()
{
    const auto run = m_runs->run(m_shown);
    if (!m_session || !run)
        return;
    const bool agreed = MessageBox::ask(
        this, tr("Delete Run"),
        tr("%1 gave no model. Its curves, log and checkpoints are deleted for good; it cannot be resumed then.").arg(run->name), tr("Delete Run"));
    if (!agreed)
        return;
    if (const Result<void> removed = m_session->training().remove(m_shown); !removed)
        Q_EMIT failure(tr("The run could not be deleted"), removed.error());
}

void TrainingPage::runGone(RunId run)
{
    const int row = m_runs->indexOf(run).row();
    m_live.erase(run);
    if (const Result<void> read = m_runs->reload(); !read)
        Q_EMIT failure(tr("The training runs could not be read"), read.error());
    if (run == m_shown)
        showRun({});
    m_runList->setCurrentIndex(m_runs->index(std::min(row, m_runs->rowCount() - 1)));
}

void TrainingPage::addPoints(RunId run, const jobs::MetricBatch &points)
{
    for (const catalogue::MetricPoint &point : points) {
        if (point.name == QLatin1String("map5"))
            m_runs->setScore(run, point.value);
    }
    if (run != m_shown)
        return;
    const bool first = m_curves.lastStep() == 0;
    m_curves.add(points);
    if (first)
        refreshCharts();
    else if (!m_redraw.isActive())
        m_redraw.start();
}

void TrainingPage::addLogLine(RunId run, const QString &text)
{
    if (run == m_shown)
        m_log->appendPlainText(text);
}

void TrainingPage::runEnded(RunId run, const workflows::TrainingOutcome &outcome)
{
    m_runs->refresh(run);
    if (run == m_shown)
        refreshShownRun();
    QString text = tr("%1 is ready.").arg(QString::fromStdString(outcome.modelName));
    if (outcome.comparison)
        text = tr("%1 is ready: MAP@5 %2, the model in use %3.")
                   .arg(QString::fromStdString(outcome.modelName), metricText(outcome.comparison->trained.map5),
                        metricText(outcome.comparison->serving.map5));
    Q_EMIT notice(text, false);
}

} // namespace flukeprint::ui
