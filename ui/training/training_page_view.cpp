#include "ui/training/training_page.h"

#include "core/catalogue/annotation_query.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/run_store.h"
#include "core/workflows/session.h"
#include "core/workflows/training/compare_models.h"
#include "core/workflows/training/run_checkpoint.h"
#include "core/workflows/training/training_controller.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/training/run_chart.h"
#include "ui/training/run_header.h"
#include "ui/training/run_list_model.h"
#include "ui/training/run_readout.h"
#include "ui/training/setting_form.h"

#include <QAction>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPlainTextEdit>

#include <algorithm>
#include <cmath>

/// The half of the training page that shows the run on display.
namespace flukeprint::ui {

namespace {

using catalogue::RunState;

constexpr qint64 logTailBytes = 64 * 1024;
constexpr int longestSmoothing = 40;

/// About a tenth of the curve: a short run is not flattened, a long one not left noisy.
int smoothingWindow(qsizetype points) { return std::clamp(static_cast<int>(points / 10), 1, longestSmoothing); }

/// A number of the run's frozen configuration; 0 where it has none.
double configured(const catalogue::Run &run, const char *key)
{
    const QJsonObject config = QJsonDocument::fromJson(run.configJson.toUtf8()).object();
    for (const QJsonObject &object : {config, config.value(QLatin1String("values")).toObject(), config.value(QLatin1String("settings")).toObject()}) {
        if (object.contains(QLatin1String(key)))
            return object.value(QLatin1String(key)).toVariant().toDouble();
    }
    return 0;
}

Error errorFromJson(const QString &text)
{
    const QJsonObject object = QJsonDocument::fromJson(text.toUtf8()).object();
    std::vector<std::string> args;
    for (const QJsonValue &arg : object.value(QLatin1String("args")).toArray())
        args.push_back(arg.toString().toStdString());
    return Error(errorCodeFromName(object.value(QLatin1String("code")).toString().toStdString()), std::move(args));
}

std::optional<workflows::ModelComparison> comparisonOf(workflows::CatalogueSession *session, const catalogue::Run &run)
{
    if (!session || run.state != RunState::Finished)
        return std::nullopt;
    return workflows::readComparison(session->catalogue().resolve(run.folder));
}

QString tailOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    file.seek(std::max<qint64>(0, file.size() - logTailBytes));
    return QString::fromUtf8(file.readAll()).trimmed();
}

} // namespace

void TrainingPage::showRun(RunId run)
{
    if (run == m_shown && run.isValid())
        return;
    m_shown = run;
    readRun();
    refreshShownRun();
}

void TrainingPage::readRun()
{
    m_curves.clear();
    m_readout->setAlarm({});
    m_log->clear();
    const auto run = m_runs->run(m_shown);
    if (!m_session || !run)
        return;
    const auto points = catalogue::RunStore(m_session->catalogue()).metrics(m_shown);
    if (points)
        m_curves.add(*points);
    else
        Q_EMIT failure(tr("The curves could not be read"), points.error());
    m_log->setPlainText(tailOf(QString::fromStdString((m_session->catalogue().resolve(run->folder) / "log.txt").string())));
    m_log->moveCursor(QTextCursor::End);
}

void TrainingPage::refreshShownRun()
{
    const auto run = m_runs->run(m_shown);
    const bool waiting = run && (run->state == RunState::Queued || run->state == RunState::Running);
    const QString empty = !run ? tr("Curves of a run appear here while it trains.")
        : waiting              ? tr("Preparing: the first point appears with the first step.")
                               : tr("This run ended before its first step.");
    for (RunChart *chart : {m_loss, m_clusters, m_map, m_triplets}) {
        chart->setEmptyText(empty);
    }
    for (RunChart *chart : {m_clusters, m_map}) {
        if (waiting)
            chart->setEmptyText(tr("Measured at the start and after every epoch."));
    }
    refreshCharts();
    refreshHeader();
}

void TrainingPage::refreshCharts()
{
    const auto run = m_runs->run(m_shown);
    const double epochs = run ? shownEpochs(*run) : 1;
    for (RunChart *chart : {m_loss, m_clusters, m_map, m_triplets})
        chart->setEpochs(epochs);
    const QString train = QStringLiteral("loss_train");
    const QList<QPointF> losses = m_curves.curve(train);
    m_loss->setCurve(0, losses);
    m_loss->setCurve(1, m_curves.smoothed(train, smoothingWindow(losses.size())));
    m_loss->setCurve(2, m_curves.curve(QStringLiteral("loss_validation")));
    m_clusters->setCurve(0, m_curves.curve(QStringLiteral("radius")));
    m_clusters->setCurve(1, m_curves.curve(QStringLiteral("separation")));
    m_map->setCurve(0, m_curves.curve(QStringLiteral("map5")));
    m_triplets->setCurve(0, m_curves.smoothed(QStringLiteral("active_triplets"), smoothingWindow(losses.size())));
    QList<QPointF> reference;
    if (const auto serving = run ? servingScore(*run) : std::nullopt)
        reference = {QPointF(0, *serving), QPointF(epochs, *serving)};
    m_map->setCurve(1, reference);
    m_readout->showFigures(m_curves);
}

std::optional<double> TrainingPage::servingScore(const catalogue::Run &run) const
{
    if (const auto measured = m_curves.last(QStringLiteral("serving_map5")))
        return measured;
    const auto comparison = comparisonOf(m_session, run);
    return comparison ? std::optional(comparison->serving.map5) : std::nullopt;
}

double TrainingPage::epochsOf(const catalogue::Run &run) const
{
    const double epochs = configured(run, "epochs");
    return epochs > 0 ? epochs : std::max(1.0, std::ceil(m_curves.lastEpoch()));
}

double TrainingPage::shownEpochs(const catalogue::Run &run) const
{
    // A run that ended early, or that ends by the clock, would leave most of the chart empty.
    const bool isOpenEnded = !isActive(run.state) || configured(run, "minutes") > 0;
    return isOpenEnded ? std::max(1.0, std::ceil(m_curves.lastEpoch())) : epochsOf(run);
}

bool TrainingPage::hasCheckpoint(const catalogue::Run &run) const
{
    return workflows::newestCheckpoint(m_session->catalogue().resolve(run.folder)).has_value();
}

QString TrainingPage::verdictOf(const catalogue::Run &run, bool *bad) const
{
    *bad = false;
    if (run.state == RunState::Failed && !run.errorJson.isEmpty()) {
        *bad = true;
        const Error error = errorFromJson(run.errorJson);
        if (error.code != ErrorCode::WorkerCrashed)
            return messageFor(error);
        return hasCheckpoint(run) ? tr("%1 Resume goes on from the newest checkpoint.").arg(warningFor(error))
                                  : tr("%1 There is no checkpoint yet: Resume begins the run again.").arg(warningFor(error));
    }
    if (run.state == RunState::Interrupted)
        return hasCheckpoint(run) ? tr("The program ended during this run. It can be resumed from its newest checkpoint.")
                                  : tr("The program ended during this run, before its first checkpoint. Resume begins it again.");
    const auto comparison = comparisonOf(m_session, run);
    if (!comparison)
        return {};
    *bad = comparison->trained.map5 < comparison->serving.map5;
    QString text = tr("MAP@5 %1, the model in use then %2, on the same %n validation photo(s)", nullptr, static_cast<int>(comparison->queries))
                       .arg(metricText(comparison->trained.map5), metricText(comparison->serving.map5));
    if (comparison->seenByServing > 0)
        text += tr("; that model had learned from %1 of them").arg(countText(static_cast<std::int64_t>(comparison->seenByServing)));
    return text;
}

void TrainingPage::fillProgress(RunStanding &standing) const
{
    if (const auto live = m_live.find(standing.run.id); live != m_live.end()) {
        standing.doing = live->second.progress.stage;
        standing.itemsPerSecond = live->second.itemsPerSecond;
    }
    if (const auto rate = m_curves.last(QStringLiteral("images_per_second")))
        standing.itemsPerSecond = *rate;
    const auto job = m_session->training().activeJob(standing.run.id);
    if (const auto status = job ? m_session->jobs().status(*job) : std::nullopt) {
        standing.progress = status->progress;
        standing.secondsLeft = status->secondsLeft;
        standing.isStopping = status->cancelRequested;
    }
}

void TrainingPage::refreshHeader()
{
    const auto run = m_runs->run(m_shown);
    const bool canWrite = m_session && !m_session->isReadOnly();
    std::optional<RunStanding> standing;
    if (run) {
        standing.emplace();
        standing->run = *run;
        standing->serving = run->id == m_runs->servingRun();
        fillProgress(*standing);
        standing->epoch = m_curves.lastEpoch();
        standing->epochs = epochsOf(*run);
        standing->minutes = configured(*run, "minutes");
        standing->step = m_curves.lastStep();
        standing->secondsInTraining = m_curves.seconds();
        standing->verdict = verdictOf(*run, &standing->verdictIsBad);
        standing->hasCheckpoint = !isActive(run->state) && hasCheckpoint(*run);
    }
    m_header->setStanding(standing, canWrite);
    const RunState state = run ? run->state : RunState::Finished;
    const bool active = run && isActive(state);
    m_startAction->setEnabled(canWrite);
    m_pauseAction->setEnabled(active && state == RunState::Running);
    m_cancelAction->setEnabled(active);
    m_resumeAction->setEnabled(canWrite && run && !(active && state != RunState::Paused) && state != RunState::Finished);
    m_promoteAction->setEnabled(canWrite && run && run->model.isValid() && !standing->serving);
    m_deleteAction->setEnabled(canWrite && run && workflows::TrainingController::isRemovable(*run));
}

void TrainingPage::refreshSummary()
{
    if (!m_session || !m_explanation.isEmpty()) {
        m_summary->setText(m_session ? m_explanation : QString());
        return;
    }
    catalogue::AnnotationFilter identified;
    identified.states = {catalogue::IdentityState::Identified};
    const auto photos = catalogue::AnnotationQuery(m_session->catalogue()).count(identified);
    catalogue::IndividualFilter withPhotos;
    withPhotos.onlyWithPhotos = true;
    const auto individuals = catalogue::IndividualStore(m_session->catalogue()).count(withPhotos);
    if (!photos || !individuals)
        return;
    const QString text = tr("Learns from %Ln confirmed photo(s)", nullptr, static_cast<int>(*photos)) + QLatin1Char(' ')
        + tr("of %Ln individual(s), and keeps some photos aside to measure itself.", nullptr, static_cast<int>(*individuals));
    const QString time = timeText(static_cast<double>(*photos));
    m_summary->setText(time.isEmpty() ? text : text + QLatin1Char(' ') + time);
}

QString TrainingPage::timeText(double photos) const
{
    constexpr double minute = 60;
    const double limit = minute * QString::fromStdString(m_form->value("minutes")).toDouble();
    const auto rate = m_curves.last(QStringLiteral("images_per_second"));
    const double epochs = QString::fromStdString(m_form->value("epochs")).toDouble();
    const double seconds = rate && *rate > 0 ? photos * epochs / *rate : 0;
    if (limit > 0 && (seconds <= 0 || seconds > limit))
        return tr("Ends after %1, then measures the new model.").arg(durationText(limit));
    if (seconds <= 0)
        return {};
    // An estimate knows no seconds.
    return tr("About %1 at the speed of the run on show.").arg(durationText(seconds > 2 * minute ? std::round(seconds / minute) * minute : seconds));
}

} // namespace flukeprint::ui
