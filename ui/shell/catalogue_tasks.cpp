#include "ui/shell/catalogue_tasks.h"

#include "core/catalogue/decision_log.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/proposal_store.h"
#include "core/workflows/demo.h"
#include "core/workflows/identify.h"
#include "core/workflows/maintenance.h"
#include "core/workflows/models/model_registry.h"
#include "core/workflows/session.h"
#include "core/workflows/training/embed_catalogue.h"
#include "core/workflows/training/promote.h"
#include "ui/shell/task_outcome.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"

#include <QPointer>

#include <utility>

namespace flukeprint::ui {

namespace {

/// Setting of the catalogue: id of the newest decision that was known when candidates were last found for all.
const QString candidatesSetting = QStringLiteral("candidates.newest_decision");

} // namespace

CatalogueTasks::CatalogueTasks(workflows::CatalogueSession &session, QObject *parent)
    : QObject(parent)
    , m_session(session)
{
    constexpr int arrivalsMs = 2000;
    m_arrivals.setSingleShot(true);
    m_arrivals.setInterval(arrivalsMs);
    connect(&m_arrivals, &QTimer::timeout, &session, &workflows::CatalogueSession::notePhotosArriving);
    connect(&session.jobs(), &jobs::JobQueue::jobChanged, this, [this](jobs::JobKey changed) {
        const auto status = m_arrivals.isActive() ? std::nullopt : m_session.jobs().status(changed);
        if (status && status->state == jobs::JobState::Running && status->progress.stage == "importing")
            m_arrivals.start();
    });
    m_embedSoon.setSingleShot(true);
    m_embedSoon.setInterval(1500);
    connect(&m_embedSoon, &QTimer::timeout, this, &CatalogueTasks::embedMissing);
    connect(&session, &workflows::CatalogueSession::annotationChanged, &m_embedSoon, qOverload<>(&QTimer::start));
    connect(&session, &workflows::CatalogueSession::decisionsChanged, this, [this] { m_candidatesAged = true; });
    const auto known = session.settings().value(candidatesSetting);
    m_candidatesAged = newestDecision() > known.valueOr({}).value_or(QString()).toLongLong();
}

std::int64_t CatalogueTasks::newestDecision()
{
    const auto newest = catalogue::DecisionLog(m_session.catalogue(), {}, catalogue::DecisionSource::Review).newest(1);
    return newest && !newest->empty() ? newest->front().id.value : 0;
}

bool CatalogueTasks::check(const Result<void> &outcome, const QString &title)
{
    if (!outcome && outcome.error().code != ErrorCode::Cancelled)
        Q_EMIT failed(title, outcome.error());
    return outcome.ok();
}

void CatalogueTasks::catchUp()
{
    if (m_session.isReadOnly())
        return;
    const auto adopted = workflows::adoptShippedModels(m_session.catalogue());
    check(withoutValue(adopted), tr("Adding the model that came with the program"));
    if (adopted && !adopted.value().empty())
        m_session.reloadModel();
    const auto pending = workflows::pendingActivation(m_session.catalogue());
    if (pending && pending.value())
        activatePending();
    else
        embedMissing();
}

void CatalogueTasks::embedMissing()
{
    const auto active = catalogue::ModelStore(m_session.catalogue()).active();
    if (m_embedding || m_session.isReadOnly() || !active)
        return;
    catalogue::EmbeddingStore embeddings(m_session.catalogue());
    const auto coverage = embeddings.coverage(active.value().id);
    if (coverage && coverage.value().embedded >= coverage.value().usable) {
        proposeMissing();
        return;
    }
    const QPointer<CatalogueTasks> self(this);
    auto job = workflows::makeEmbedJob(m_session.catalogue(), active.value().id, [self](const Result<workflows::EmbedSummary> &outcome) {
        if (self)
            self->embedEnded(outcome);
    });
    m_embedding = job.ok();
    if (job)
        m_session.jobs().add(std::move(job).value());
    else
        check(job.error(), tr("Reading the flukes"));
}

void CatalogueTasks::embedEnded(const Result<workflows::EmbedSummary> &outcome)
{
    m_embedding = false;
    // A cancelled or failed job keeps what it has done, so the gallery is read anew in any case.
    m_session.reloadModel();
    if (!outcome) {
        // Nobody asked for this just now, so it must not stand in the way; the jobs area keeps the reason.
        if (outcome.error().code != ErrorCode::Cancelled)
            Q_EMIT notice(messageFor(outcome.error()));
    } else if (outcome.value().embedded > 0) {
        embedMissing(); // what was edited meanwhile; where that is nothing, it goes on to the candidates
    } else {
        proposeMissing(); // photos that cannot be read would be tried for ever
    }
}

void CatalogueTasks::proposeMissing()
{
    const auto active = catalogue::ModelStore(m_session.catalogue()).active();
    if (m_session.isReadOnly() || !active)
        return;
    const auto missing = catalogue::ProposalStore(m_session.catalogue()).anyMissing(active.value().id);
    if (missing && missing.value())
        propose(false);
}

void CatalogueTasks::refreshCandidates()
{
    const workflows::GalleryState gallery = m_session.galleryState();
    const bool hasModel = gallery == workflows::GalleryState::Ready || gallery == workflows::GalleryState::Loading;
    if (!m_candidatesAged)
        proposeMissing();
    else if (!m_session.isReadOnly() && hasModel)
        propose(true);
}

void CatalogueTasks::propose(bool all)
{
    if (m_proposing) {
        m_proposeAgain = true;
        m_proposeAllAgain = m_proposeAllAgain || all;
        return;
    }
    m_proposing = true;
    m_proposingAll = all;
    m_proposingSince = all ? newestDecision() : 0;
    m_proposeAgain = m_proposeAllAgain = false;
    m_candidatesAged = m_candidatesAged && !all;
    const QPointer<CatalogueTasks> self(this);
    m_session.jobs().add(workflows::makeProposeJob(m_session.catalogue(), all, [self](const Result<workflows::ProposeReport> &outcome) {
        if (self)
            self->proposeEnded(outcome);
    }));
}

void CatalogueTasks::proposeEnded(const Result<workflows::ProposeReport> &outcome)
{
    m_proposing = false;
    if (m_proposingAll && !outcome)
        m_candidatesAged = true; // what is stored now is partly older
    else if (m_proposingAll)
        check(m_session.settings().set(candidatesSetting, QString::number(m_proposingSince)), tr("Finding candidates"));
    // Batches that were stored before it was cancelled count too.
    if (!outcome || outcome.value().proposed > 0)
        m_session.noteCandidatesStored();
    const bool again = std::exchange(m_proposeAgain, false);
    const bool allAgain = std::exchange(m_proposeAllAgain, false);
    if (outcome && allAgain)
        refreshCandidates();
    else if (outcome && again)
        proposeMissing();
}

void CatalogueTasks::import(workflows::ImportRequest request)
{
    if (request.who.isEmpty())
        request.who = m_session.who();
    const QPointer<CatalogueTasks> self(this);
    auto job = workflows::makeImportJob(m_session.catalogue(), std::move(request), [self](const Result<workflows::ImportReport> &outcome) {
        if (self)
            self->importEnded(outcome);
    });
    if (job)
        m_session.jobs().add(std::move(job).value());
    else
        check(job.error(), tr("Importing photos"));
}

void CatalogueTasks::importEnded(const Result<workflows::ImportReport> &outcome)
{
    m_arrivals.stop();
    m_session.notePhotosChanged();
    m_session.noteIndividualsChanged();
    m_session.noteDecisionsChangedElsewhere();
    if (check(withoutValue(outcome), tr("Importing photos")))
        Q_EMIT imported(outcome.value());
    embedMissing();
}

bool CatalogueTasks::hasInterruptedImport() const
{
    const auto request = workflows::interruptedImport(m_session.catalogue());
    return request && request.value().has_value();
}

void CatalogueTasks::continueImport()
{
    const auto request = workflows::interruptedImport(m_session.catalogue());
    if (!check(withoutValue(request), tr("Continuing the import")))
        return;
    if (request.value())
        import(*request.value());
}

void CatalogueTasks::makeDemo()
{
    workflows::DemoRequest request;
    request.embed = false; // importEnded has the flukes read, by a job of its own that can be paused
    const QPointer<CatalogueTasks> self(this);
    m_session.jobs().add(workflows::makeDemoJob(m_session.catalogue(), request, [self](const Result<workflows::DemoReport> &outcome) {
        if (self)
            self->importEnded(outcome ? Result<workflows::ImportReport>(outcome.value().imported) : Result<workflows::ImportReport>(outcome.error()));
    }));
}

void CatalogueTasks::exportTo(const QString &format, const QString &file)
{
    const QPointer<CatalogueTasks> self(this);
    m_session.jobs().add(workflows::makeExportJob(m_session.catalogue(), format, toPath(file), [self, file](const Result<std::int64_t> &outcome) {
        if (self && self->check(withoutValue(outcome), tr("Exporting")))
            Q_EMIT self->notice(tr("%1 rows written to %2").arg(countText(outcome.value()), pathText(file)));
    }));
}

void CatalogueTasks::backUpTo(const QString &folder)
{
    const QPointer<CatalogueTasks> self(this);
    m_session.jobs().add(workflows::makeBackupJob(m_session.catalogue(), toPath(folder), {}, [self](const Result<catalogue::BackupReport> &outcome) {
        if (!self || !self->check(withoutValue(outcome), tr("Backing up")))
            return;
        const catalogue::BackupReport &report = outcome.value();
        Q_EMIT self->notice(tr("Backup of %1 files (%2) written to %3")
                                .arg(countText(report.files), sizeText(report.bytes), pathText(QString::fromStdString(report.folder.string()))));
    }));
}

void CatalogueTasks::verify()
{
    const QPointer<CatalogueTasks> self(this);
    m_session.jobs().add(workflows::makeVerifyJob(m_session.catalogue(), [self](const Result<catalogue::IntegrityReport> &outcome) {
        if (self && self->check(withoutValue(outcome), tr("Verifying")))
            Q_EMIT self->verified(outcome.value());
    }));
}

} // namespace flukeprint::ui
