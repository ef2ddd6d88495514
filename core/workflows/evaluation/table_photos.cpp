#include "core/workflows/evaluation/table_photos.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/individual_store.h"
#include "core/imaging/decode.h"
#include "core/workflows/import/prepare_file.h"
#include "core/workflows/photo_groups.h"

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

// Numbers of photos and groups that cannot meet those of the catalogue.
constexpr std::int64_t firstExternalPhoto = std::int64_t {1} << 50;
constexpr std::int64_t firstTableGroup = std::int64_t {1} << 50;

} // namespace

TablePhotos::TablePhotos(catalogue::Catalogue &catalogue, const catalogue::Model &model)
    : m_catalogue(catalogue)
    , m_model(model)
    , m_photos(catalogue)
{
}

Result<void> TablePhotos::load(const std::stop_token &stop)
{
    auto lookup = PhotoLookup::load(m_catalogue);
    if (!lookup)
        return lookup.error();
    m_lookup = std::move(*lookup);
    auto set = catalogue::EmbeddingStore(m_catalogue).load(m_model.id, catalogue::EmbeddingScope::All, stop);
    if (!set)
        return set.error();
    m_set = std::move(*set);
    for (std::size_t i = 0; i < m_set.count(); ++i)
        m_places.emplace(m_set.annotations[i], i);
    return {};
}

Result<std::optional<PhotoId>> TablePhotos::catalogued(const fs::path &file, std::optional<std::size_t> &external)
{
    const auto bytes = imaging::readPhotoFile(file);
    const QString sha256 = bytes ? sha256Of(*bytes) : QString::fromStdString(file.string());
    if (bytes) {
        const auto known = m_photos.findBySha256(sha256);
        if (!known)
            return known.error();
        if (known->has_value())
            return std::optional<PhotoId>((*known)->id);
    }
    const auto seen = m_externalBySha256.constFind(sha256);
    if (seen != m_externalBySha256.constEnd()) {
        external = *seen;
        return std::optional<PhotoId>();
    }
    external = m_external.size();
    m_externalBySha256.insert(sha256, m_external.size());
    m_external.push_back({file, {}, {}, {}});
    if (!bytes)
        m_external.back().error = bytes.error();
    return std::optional<PhotoId>();
}

Result<QString> TablePhotos::canonicalCode(const QString &id)
{
    if (id.isEmpty())
        return id;
    const auto known = m_codes.constFind(id);
    if (known != m_codes.constEnd())
        return *known;
    catalogue::IndividualStore individuals(m_catalogue);
    QString code = id;
    const auto found = individuals.find(id);
    if (!found)
        return found.error();
    if (found->has_value()) {
        const auto current = individuals.resolve((*found)->id);
        const auto record = current ? individuals.get(*current) : Result<catalogue::Individual>(**found);
        if (!record)
            return record.error();
        code = record->code;
    }
    m_codes.insert(id, code);
    return code;
}

Result<std::vector<TablePhotos::Found>> TablePhotos::find(std::span<const catalogue::exchange::SplitRow> rows,
                                                          const fs::path &folder)
{
    std::vector<Found> found;
    for (const catalogue::exchange::SplitRow &row : rows) {
        Found entry {row.image, {}, row.nearDuplicateGroup, {}, {}};
        const auto code = canonicalCode(row.id);
        if (!code)
            return code.error();
        entry.id = *code;
        PhotoId photo;
        const fs::path file = folder / row.image.toStdString();
        std::error_code ignored;
        if (fs::is_regular_file(file, ignored)) {
            const auto known = catalogued(file, entry.external);
            if (!known)
                return known.error();
            photo = known->value_or(PhotoId());
        } else {
            const std::vector<PhotoId> named = m_lookup.photos(row.image);
            photo = named.empty() ? PhotoId() : named.front();
        }
        if (photo.isValid()) {
            const auto place = m_places.find(m_lookup.mainAnnotation(photo));
            if (place != m_places.end())
                entry.place = place->second;
        }
        found.push_back(std::move(entry));
    }
    return found;
}

Result<void> TablePhotos::embed(const EvaluateOptions &options, const jobs::WorkContext &context)
{
    jobs::WorkerProcess worker(options.worker);
    ExternalOptions external;
    external.device = options.device;
    external.threads = options.threads;
    return embedPhotoFiles(m_catalogue, m_model, m_external, worker, context, external);
}

std::int64_t TablePhotos::groupOf(const Found &row) const
{
    if (row.tableGroup >= 0)
        return firstTableGroup + row.tableGroup;
    if (row.place)
        return photoGroup(m_set.duplicateGroups[*row.place], m_set.encounters[*row.place]);
    return evaluation::noGroup;
}

LabelledVectors TablePhotos::labelled(const std::vector<Found> &rows, CodeNumbers &codes, std::vector<QString> &missing) const
{
    LabelledVectors photos;
    photos.dimension = static_cast<std::size_t>(m_model.dimension);
    for (const Found &row : rows) {
        const bool usable = row.place || (row.external && !m_external[*row.external].vector.empty());
        if (!usable) {
            missing.push_back(row.image);
            continue;
        }
        const std::int64_t photo = row.place ? m_set.annotations[*row.place].value
                                             : firstExternalPhoto + static_cast<std::int64_t>(*row.external);
        const std::span<const float> vector = row.place ? m_set.row(*row.place) : std::span(m_external[*row.external].vector);
        photos.add(vector, {photo, codes.of(row.id), groupOf(row)});
    }
    return photos;
}

Result<LabelledVectors> TablePhotos::confirmed(CodeNumbers &codes)
{
    const auto individuals = catalogue::IndividualStore(m_catalogue).list();
    if (!individuals)
        return individuals.error();
    std::map<IndividualId, QString> codeOf;
    for (const catalogue::IndividualRow &row : *individuals)
        codeOf.emplace(row.id, row.code);
    LabelledVectors photos;
    photos.dimension = static_cast<std::size_t>(m_model.dimension);
    for (std::size_t i = 0; i < m_set.count(); ++i) {
        if (m_set.states[i] != catalogue::IdentityState::Identified)
            continue;
        const std::int64_t group = photoGroup(m_set.duplicateGroups[i], m_set.encounters[i]);
        photos.add(m_set.row(i), {m_set.annotations[i].value, codes.of(codeOf[m_set.individuals[i]]), group});
    }
    return photos;
}

} // namespace flukeprint::workflows
