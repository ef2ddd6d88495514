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

#include <QHash>

#include <map>

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
    [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(m_numbers.size()); }

private:
    std::map<IndividualId, int> m_numbers;
};

Result<void> writeLabels(const std::filesystem::path &path, const catalogue::EmbeddingSet &set, std::int64_t &individuals)
{
    IndividualNumbers numbers;
    const auto header = QStringList {QStringLiteral("annotation"), QStringLiteral("individual"), QStringLiteral("group")};
    const auto written = catalogue::exchange::writeCsv(path, header, [&](const CsvRowSink &sink) -> Result<void> {
        for (std::size_t i = 0; i < set.count(); ++i) {
            const std::int64_t group = photoGroup(set.duplicateGroups[i], set.encounters[i]);
            sink({QString::number(set.annotations[i].value), QString::number(numbers.of(set.individuals[i])),
                  QString::number(group)});
        }
        return {};
    });
    individuals = numbers.count();
    return written;
}

/// Adds the file names to what the worker found.
Result<std::int64_t> writeWithNames(catalogue::Catalogue &catalogue, const catalogue::EmbeddingSet &set,
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
    return static_cast<std::int64_t>(table->records.size());
}

} // namespace

Result<MineReport> mineTriplets(catalogue::Catalogue &catalogue, const MineRequest &request, const jobs::WorkContext &context)
{
    const auto model = catalogue::ModelStore(catalogue).active();
    if (!model)
        return model.error();
    const auto scope = catalogue::EmbeddingScope::Identified;
    const auto set = catalogue::EmbeddingStore(catalogue).load(model->id, scope, context.stop);
    if (!set)
        return set.error();
    const ScratchFolder folder;
    if (!folder.isValid())
        return Error(ErrorCode::FileUnwritable, {folder.path().toStdString(), folder.errorString().toStdString()});
    protocol::MineJob job;
    job.embeddingsPath = folder.filePath(QStringLiteral("embeddings.fpe")).toStdString();
    job.labelsPath = folder.filePath(QStringLiteral("labels.csv")).toStdString();
    job.outputPath = folder.filePath(QStringLiteral("triplets.csv")).toStdString();
    job.count = request.count;
    job.seed = request.seed;
    std::int64_t individuals = 0;
    const Result<void> labels = writeLabels(job.labelsPath, *set, individuals);
    if (!labels)
        return labels.error();
    if (individuals < fewestIndividuals)
        return Error(ErrorCode::TooFewIndividuals, {std::to_string(individuals), std::to_string(fewestIndividuals)});
    const chips::EmbeddingTable table {static_cast<std::uint32_t>(set->dimension), set->annotations, set->vectors};
    const Result<void> stored = chips::writeEmbeddings(job.embeddingsPath, table);
    if (!stored)
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
    const auto triplets = writeWithNames(catalogue, *set, job.outputPath, request.output);
    if (!triplets)
        return triplets.error();
    return MineReport {*triplets, static_cast<std::int64_t>(set->count())};
}

} // namespace flukeprint::workflows
