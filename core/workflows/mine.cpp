#include "core/workflows/mine.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/model_store.h"
#include "core/chips/embedding_file.h"
#include "core/jobs/worker_call.h"
#include "core/workflows/photo_groups.h"
#include "core/workflows/photo_lookup.h"
#include "core/workflows/scratch_folder.h"
#include "core/workflows/training/rejections.h"

#include <QHash>

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace flukeprint::workflows {

namespace {

using catalogue::exchange::CsvRowSink;

constexpr std::int64_t fewestIndividuals = 2;

/// Dense numbers from 0 for individuals; -1 for none.
class IndividualNumbers
{
public:
    int of(IndividualId individual)
    {
        if (!individual.isValid())
            return -1;
        return m_numbers.emplace(individual, static_cast<int>(m_numbers.size())).first->second;
    }
    [[nodiscard]] std::optional<int> find(IndividualId individual) const
    {
        const auto known = m_numbers.find(individual);
        return known == m_numbers.end() ? std::nullopt : std::optional(known->second);
    }
    [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(m_numbers.size()); }

private:
    std::map<IndividualId, int> m_numbers;
};

Result<void> writeLabels(const std::filesystem::path &path, const catalogue::EmbeddingSet &set, IndividualNumbers &numbers)
{
    const auto header = QStringList {QStringLiteral("annotation"), QStringLiteral("individual"), QStringLiteral("group")};
    return catalogue::exchange::writeCsv(path, header, [&](const CsvRowSink &sink) -> Result<void> {
        for (std::size_t i = 0; i < set.count(); ++i) {
            const std::int64_t group = photoGroup(set.duplicateGroups[i], set.encounters[i]);
            sink({QString::number(set.annotations[i].value), QString::number(numbers.of(set.individuals[i])),
                  QString::number(group)});
        }
        return {};
    });
}

/// Those of individuals and annotations that are searched. Returns how many.
Result<std::int64_t> writeRejections(catalogue::Catalogue &catalogue, const std::filesystem::path &path,
                                     const catalogue::EmbeddingSet &set, const IndividualNumbers &numbers)
{
    const auto all = rejections(catalogue);
    if (!all)
        return all.error();
    const std::set<AnnotationId> searched(set.annotations.begin(), set.annotations.end());
    std::int64_t count = 0;
    const auto header = QStringList {QStringLiteral("annotation"), QStringLiteral("individual")};
    const auto written = catalogue::exchange::writeCsv(path, header, [&](const CsvRowSink &sink) -> Result<void> {
        for (const Rejection &rejection : *all) {
            const auto number = numbers.find(rejection.individual);
            if (!number || !searched.contains(rejection.annotation))
                continue;
            sink({QString::number(rejection.annotation.value), QString::number(*number)});
            ++count;
        }
        return {};
    });
    return written ? Result<std::int64_t>(count) : Result<std::int64_t>(written.error());
}

/// The first different anchors of a table.
std::vector<AnnotationId> firstAnchors(const catalogue::exchange::CsvTable &table)
{
    std::vector<AnnotationId> found;
    std::set<AnnotationId> seen;
    const auto column = table.column(QStringLiteral("anchor"));
    for (const catalogue::exchange::CsvRecord &record : table.records) {
        const AnnotationId anchor(record.fields.value(column).toLongLong());
        if (found.size() < mostHardest && seen.insert(anchor).second)
            found.push_back(anchor);
    }
    return found;
}

/// Adds the file names to what the worker found.
Result<MineReport> writeWithNames(catalogue::Catalogue &catalogue, const catalogue::EmbeddingSet &set,
                                    const std::filesystem::path &mined, const std::filesystem::path &output)
{
    const auto lookup = PhotoLookup::load(catalogue);
    if (!lookup)
        return lookup.error();
    QHash<QString, QString> names;
    for (std::size_t i = 0; i < set.count(); ++i)
        names.insert(QString::number(set.annotations[i].value), lookup->fileName(set.photos[i]));
    const QStringList ids {QStringLiteral("anchor"), QStringLiteral("positive"), QStringLiteral("negative")};
    const auto table = catalogue::exchange::readCsv(mined, ids);
    if (!table)
        return table.error();
    QStringList header = table->header;
    for (const QString &id : ids)
        header.append(id + QStringLiteral("_image"));
    const auto written = catalogue::exchange::writeCsv(output, header, [&](const CsvRowSink &sink) -> Result<void> {
        for (const catalogue::exchange::CsvRecord &record : table->records) {
            QStringList fields = record.fields;
            for (const QString &id : ids)
                fields.append(names.value(record.fields.value(table->column(id))));
            sink(fields);
        }
        return {};
    });
    if (!written)
        return written.error();
    MineReport report;
    report.triplets = static_cast<std::int64_t>(table->records.size());
    report.photos = static_cast<std::int64_t>(set.count());
    report.hardest = firstAnchors(*table);
    return report;
}

/// Writes the embeddings for the worker, which holds them from then on: the set keeps its other columns.
Result<void> handOver(catalogue::EmbeddingSet &set, const std::filesystem::path &path)
{
    const chips::EmbeddingTable table {static_cast<std::uint32_t>(set.dimension), set.annotations, std::exchange(set.vectors, {})};
    return chips::writeEmbeddings(path, table);
}

} // namespace

Result<MineReport> mineTriplets(catalogue::Catalogue &catalogue, const MineRequest &request, const jobs::WorkContext &context)
{
    const auto model = catalogue::ModelStore(catalogue).active();
    if (!model)
        return model.error();
    const auto scope = catalogue::EmbeddingScope::Identified;
    auto set = catalogue::EmbeddingStore(catalogue).load(model->id, scope, context.stop);
    if (!set)
        return set.error();
    const ScratchFolder folder;
    if (!folder.isValid())
        return Error(ErrorCode::FileUnwritable, {folder.path().toStdString(), folder.errorString().toStdString()});
    protocol::MineJob job;
    job.embeddingsPath = folder.filePath(QStringLiteral("embeddings.fpe")).toStdString();
    job.labelsPath = folder.filePath(QStringLiteral("labels.csv")).toStdString();
    job.outputPath = folder.filePath(QStringLiteral("triplets.csv")).toStdString();
    job.rejectedPath = folder.filePath(QStringLiteral("rejected.csv")).toStdString();
    job.count = request.count;
    job.seed = request.seed;
    job.miner = request.miner;
    IndividualNumbers numbers;
    if (const Result<void> labels = writeLabels(job.labelsPath, *set, numbers); !labels)
        return labels.error();
    if (numbers.count() < fewestIndividuals)
        return Error(ErrorCode::TooFewIndividuals, {std::to_string(numbers.count()), std::to_string(fewestIndividuals)});
    const Result<std::int64_t> rejected = writeRejections(catalogue, job.rejectedPath, *set, numbers);
    if (!rejected)
        return rejected.error();
    if (const Result<void> stored = handOver(*set, job.embeddingsPath); !stored)
        return stored.error();

    jobs::WorkerProcess worker(request.worker);
    jobs::WorkerListener listener;
    listener.onWarning = context.warn;
    listener.onProgress = [&context](const protocol::ProgressMessage &message) {
        if (context.progress)
            context.progress({"mining", message.done, message.total, {}});
    };
    const auto answer = jobs::callWorker(worker, job, context.stop, listener, context.pause);
    if (!answer)
        return answer.error();
    auto report = writeWithNames(catalogue, *set, job.outputPath, request.output);
    if (report)
        report->rejections = *rejected;
    return report;
}

std::unique_ptr<jobs::ThreadJob> makeMineJob(const catalogue::Catalogue &catalogue, const MineRequest &request,
                                             std::function<void(const Result<MineReport> &)> ready)
{
    jobs::JobTraits traits;
    traits.title = {"mine", {}};
    traits.lane = jobs::JobLane::Worker;
    traits.canPause = true;
    traits.canRestart = true;
    const auto work = [&catalogue, request](const jobs::WorkContext &context) -> Result<MineReport> {
        auto connection = catalogue.openReader();
        if (!connection)
            return connection.error();
        return mineTriplets(*connection, request, context);
    };
    return jobs::makeThreadJob<MineReport>(std::move(traits), work, std::move(ready));
}

} // namespace flukeprint::workflows
