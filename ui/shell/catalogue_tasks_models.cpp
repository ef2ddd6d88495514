#include "ui/shell/catalogue_tasks.h"

#include "core/workflows/mine.h"
#include "core/workflows/models/model_registry.h"
#include "core/workflows/session.h"
#include "core/workflows/training/promote.h"
#include "ui/shell/task_outcome.h"
#include "ui/text/format.h"

#include <QFileInfo>
#include <QPointer>

#include <utility>

/// The jobs that are about models: taking one in, giving one away, changing the one that serves, and the hard triplets of the one that does.
namespace flukeprint::ui {

namespace {

using jobs::JobLane;
using jobs::JobTraits;
using jobs::WorkContext;

JobTraits traits(const char *code, const QString &argument, JobLane lane = JobLane::Free)
{
    return {.title = {code, {argument.toStdString()}}, .lane = lane};
}

/// Runs `work` in a background thread with a connection of its own.
template<typename T>
std::unique_ptr<jobs::ThreadJob> catalogueJob(JobTraits jobTraits, const catalogue::Catalogue &catalogue,
                                              std::function<Result<T>(catalogue::Catalogue &, const WorkContext &)> work,
                                              std::function<void(const Result<T> &)> ready)
{
    return jobs::makeThreadJob<T>(
        std::move(jobTraits),
        [&catalogue, work](const WorkContext &context) -> Result<T> {
            auto connection = catalogue.openConnection();
            if (!connection)
                return connection.error();
            return work(connection.value(), context);
        },
        std::move(ready));
}

/// The first few of many names.
QString shortList(const QStringList &names)
{
    constexpr qsizetype most = 4;
    const QString text = names.mid(0, most).join(QStringLiteral(", "));
    return names.size() > most ? text + QStringLiteral(", \u2026") : text;
}

} // namespace

void CatalogueTasks::importModel(const QString &file)
{
    const QPointer<CatalogueTasks> self(this);
    auto job = catalogueJob<workflows::ImportedModel>(
        traits("model", file), m_session.catalogue(),
        [file](catalogue::Catalogue &connection, const WorkContext &context) {
            return workflows::importModel(connection, toPath(file), {}, context.stop);
        },
        [self, file](const Result<workflows::ImportedModel> &outcome) {
            if (!self || !self->check(withoutValue(outcome), tr("Importing the model")))
                return;
            self->m_session.reloadModel();
            self->embedMissing();
            QString text = tr("Model %1 is in the catalogue. Choose it in the model menu to let it serve.").arg(QFileInfo(file).completeBaseName());
            if (!outcome->leftOver.isEmpty())
                text += QLatin1Char(' ') + tr("Left out of the file: %1.").arg(shortList(outcome->leftOver));
            Q_EMIT self->notice(text);
        });
    m_session.jobs().add(std::move(job));
}

void CatalogueTasks::exportModel(ModelId model, const QString &file)
{
    // The file chooser has already asked about an existing file.
    if (check(workflows::exportModel(m_session.catalogue(), model, toPath(file), true), tr("Exporting the model")))
        Q_EMIT notice(tr("Model written to %1").arg(pathText(file)));
}

void CatalogueTasks::promote(ModelId model)
{
    if (!check(workflows::requestActivation(m_session.catalogue(), model), tr("Switching to another model")))
        return;
    const auto pending = workflows::pendingActivation(m_session.catalogue());
    if (pending && pending.value()) {
        activatePending();
        return;
    }
    m_session.reloadModel();
    proposeMissing();
}

void CatalogueTasks::activatePending()
{
    const QPointer<CatalogueTasks> self(this);
    auto job = workflows::makeActivationJob(m_session.catalogue(), [self](const Result<workflows::EmbedSummary> &outcome) {
        if (!self || !self->check(withoutValue(outcome), tr("Switching to another model")))
            return;
        self->m_session.reloadModel();
        Q_EMIT self->notice(tr("The new model serves now."));
        self->proposeMissing();
    });
    if (job)
        m_session.jobs().add(std::move(job).value());
    else
        check(job.error(), tr("Switching to another model"));
}

void CatalogueTasks::mineTo(const QString &file)
{
    workflows::MineRequest request;
    request.output = toPath(file);
    const QPointer<CatalogueTasks> self(this);
    m_session.jobs().add(workflows::makeMineJob(m_session.catalogue(), request, [self, file](const Result<workflows::MineReport> &outcome) {
        if (self && self->check(withoutValue(outcome), tr("Looking for hard triplets")))
            Q_EMIT self->mined(file, outcome.value());
    }));
}

} // namespace flukeprint::ui
