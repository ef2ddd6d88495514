#include "core/base/random.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/exchange/tables.h"
#include "core/workflows/evaluation/evaluation_support.h"
#include "core/workflows/photo_lookup.h"
#include "core/workflows/serving_model.h"

#include <QFile>
#include <QSet>

#include <map>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

using catalogue::exchange::SplitRow;

constexpr std::size_t calibrationPhotos = 100;
constexpr const char *calibrationFileName = "calibration_new.txt";

Result<QSet<QString>> readNames(const fs::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    if (!file.exists())
        return Error(ErrorCode::FileNotFound, {path.string()});
    if (!file.open(QIODevice::ReadOnly))
        return Error(ErrorCode::FileUnreadable, {path.string(), file.errorString().toStdString()});
    QSet<QString> names;
    while (!file.atEnd()) {
        const QString name = QString::fromUtf8(file.readLine()).trimmed();
        if (!name.isEmpty())
            names.insert(name);
    }
    return names;
}

/// Unidentified train photos, chosen by the seed.
QSet<QString> drawNames(const std::vector<SplitRow> &rows, std::uint64_t seed)
{
    std::vector<QString> names;
    for (const SplitRow &row : rows) {
        if (row.role == QLatin1String("train") && row.id.isEmpty())
            names.push_back(row.image);
    }
    Random random(seed, "calibration_new");
    random.shuffle(std::span(names));
    names.resize(std::min(names.size(), calibrationPhotos));
    return {names.begin(), names.end()};
}

class SplitRun
{
public:
    SplitRun(catalogue::Catalogue &catalogue, const SplitRequest &request, const jobs::WorkContext &context)
        : m_catalogue(catalogue)
        , m_request(request)
        , m_context(context)
    {
    }

    Result<SplitReport> run();

private:
    Result<QSet<QString>> calibrationNames(const std::vector<SplitRow> &rows) const;
    Result<void> collect(const std::vector<SplitRow> &rows, const catalogue::Model &model);
    Result<void> addRow(const SplitRow &row, const QSet<QString> &calibration, std::span<const float> vector,
                        AnnotationId annotation);
    Result<void> judge(const catalogue::Model &model);

    catalogue::Catalogue &m_catalogue;
    const SplitRequest &m_request;
    const jobs::WorkContext &m_context;
    CodeNumbers m_codes;
    LabelledVectors m_photos;
    std::vector<evaluation::Role> m_roles;
    SplitReport m_report;
};

Result<SplitReport> SplitRun::run()
{
    const auto rows = catalogue::exchange::readSplit(m_request.split);
    if (!rows)
        return rows.error();
    const auto model = chooseModel(m_catalogue, m_request.options.model);
    if (!model)
        return model.error();
    const Result<void> embedded = embedMissing(m_catalogue, *model, m_request.options, m_context);
    if (!embedded)
        return embedded.error();
    const Result<void> collected = collect(*rows, *model);
    if (!collected)
        return collected.error();
    const Result<void> judged = judge(*model);
    if (!judged)
        return judged.error();
    m_report.report.context = reportContext(*model, m_request.options, m_request.split);
    return std::move(m_report);
}

Result<QSet<QString>> SplitRun::calibrationNames(const std::vector<SplitRow> &rows) const
{
    if (!m_request.calibrationNew.empty())
        return readNames(m_request.calibrationNew);
    const fs::path beside = m_request.split.parent_path() / calibrationFileName;
    std::error_code ignored;
    return fs::exists(beside, ignored) ? readNames(beside) : drawNames(rows, m_request.options.seed);
}

Result<void> SplitRun::collect(const std::vector<SplitRow> &rows, const catalogue::Model &model)
{
    const auto calibration = calibrationNames(rows);
    if (!calibration)
        return calibration.error();
    const auto lookup = PhotoLookup::load(m_catalogue);
    if (!lookup)
        return lookup.error();
    const auto set = catalogue::EmbeddingStore(m_catalogue).load(model.id, catalogue::EmbeddingScope::All, m_context.stop);
    if (!set)
        return set.error();
    std::map<AnnotationId, std::size_t> places;
    for (std::size_t i = 0; i < set->count(); ++i)
        places.emplace(set->annotations[i], i);
    m_photos.dimension = static_cast<std::size_t>(set->dimension);
    for (const SplitRow &row : rows) {
        const std::vector<PhotoId> photos = lookup->photos(row.image);
        const AnnotationId annotation = photos.empty() ? AnnotationId() : lookup->mainAnnotation(photos.front());
        const auto place = places.find(annotation);
        if (place == places.end()) {
            m_report.missing.push_back(row.image);
            continue;
        }
        const Result<void> added = addRow(row, *calibration, set->row(place->second), annotation);
        if (!added)
            return added;
    }
    m_report.photos = m_photos.labels.size();
    return m_photos.labels.empty() ? Result<void>(Error(ErrorCode::NothingToDo, {"photos"})) : Result<void>();
}

Result<void> SplitRun::addRow(const SplitRow &row, const QSet<QString> &calibration, std::span<const float> vector,
                              AnnotationId annotation)
{
    auto role = evaluation::roleFromName(row.role.toStdString());
    if (!role)
        return Error(ErrorCode::CsvInvalid,
                     {m_request.split.string(), std::to_string(row.line), "unknown_role:" + row.role.toStdString()});
    if (*role == evaluation::Role::Train && row.id.isEmpty() && calibration.contains(row.image))
        role = evaluation::Role::CalibrationNew;
    // The page's groups count from 0, where 0 means "none" to the evaluation.
    const std::int64_t group = row.nearDuplicateGroup >= 0 ? row.nearDuplicateGroup + 1 : evaluation::noGroup;
    m_photos.add(vector, {annotation.value, m_codes.of(row.id), group});
    m_roles.push_back(*role);
    return {};
}

Result<void> SplitRun::judge(const catalogue::Model &model)
{
    if (m_context.progress)
        m_context.progress({"evaluating", 0, static_cast<std::int64_t>(m_photos.labels.size()), {}});
    evaluation::ProtocolOptions options;
    options.ranking = rankingOptionsFor(model, m_request.options);
    options.bootstrap.seed = m_request.options.seed;
    options.bootstrap.resamples = m_request.options.resamples;
    const evaluation::ScoreCalibration own = calibrationOf(model);
    if (own.isCalibrated())
        options.calibration = own;
    auto figures = evaluation::runProtocols({m_photos.photoSet(), m_roles}, options, m_context.stop);
    if (!figures)
        return figures.error();
    if (own.isCalibrated())
        m_report.calibration = CalibrationSource::Model;
    else if (figures->calibration.isCalibrated())
        m_report.calibration = CalibrationSource::Fitted;
    m_report.report.figures = std::move(*figures);
    return {};
}

} // namespace

Result<SplitReport> evaluateSplit(catalogue::Catalogue &catalogue, const SplitRequest &request,
                                  const jobs::WorkContext &context)
{
    return SplitRun(catalogue, request, context).run();
}

} // namespace flukeprint::workflows
