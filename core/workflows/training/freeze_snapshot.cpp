#include "core/workflows/training/freeze_snapshot.h"

#include "core/catalogue/catalogue.h"
#include "core/workflows/photo_lookup.h"
#include "core/workflows/training/labelled_annotations.h"
#include "core/workflows/training/split_table.h"

#include <QCryptographicHash>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace flukeprint::workflows {

namespace {

using protocol::SampleRole;
using protocol::SnapshotItem;

const char *roleName(SampleRole role)
{
    switch (role) {
    case SampleRole::Train:
        return "train";
    case SampleRole::Negative:
        return "negative";
    case SampleRole::Validation:
        return "validation";
    case SampleRole::NewCalibration:
        return "new_calibration";
    }
    return "";
}

SampleRole sampleRole(evaluation::SplitRole role)
{
    switch (role) {
    case evaluation::SplitRole::Train:
        return SampleRole::Train;
    case evaluation::SplitRole::Negative:
        return SampleRole::Negative;
    case evaluation::SplitRole::Validation:
        return SampleRole::Validation;
    case evaluation::SplitRole::NewCalibration:
        break;
    }
    return SampleRole::NewCalibration;
}

std::string snapshotHash(const FrozenData &data)
{
    std::vector<std::string> lines;
    lines.reserve(data.snapshot.items.size());
    for (std::size_t i = 0; i < data.snapshot.items.size(); ++i) {
        const SnapshotItem &item = data.snapshot.items[i];
        const std::string code =
            item.individual < 0 ? std::string() : data.snapshot.individuals[static_cast<std::size_t>(item.individual)];
        lines.push_back(data.photoHashes[i] + '\t' + roleName(item.role) + '\t' + code + '\n');
    }
    std::ranges::sort(lines);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (const std::string &line : lines)
        hash.addData(QByteArrayView(line.data(), static_cast<qsizetype>(line.size())));
    return hash.result().toHex().toStdString();
}

/// Individuals that an item bears, renumbered without gaps.
void compactIndividuals(protocol::Snapshot &snapshot)
{
    std::vector<std::int32_t> number(snapshot.individuals.size(), -1);
    std::vector<std::string> kept;
    for (SnapshotItem &item : snapshot.items) {
        if (item.individual < 0)
            continue;
        std::int32_t &mapped = number[static_cast<std::size_t>(item.individual)];
        if (mapped < 0) {
            mapped = static_cast<std::int32_t>(kept.size());
            kept.push_back(snapshot.individuals[static_cast<std::size_t>(item.individual)]);
        }
        item.individual = mapped;
    }
    snapshot.individuals = std::move(kept);
}

/// A validation query needs its individual in the gallery; without a training photo of it, it is no query.
void dropUnanswerableQueries(FrozenData &data)
{
    std::set<std::int32_t> trained;
    for (const SnapshotItem &item : data.snapshot.items) {
        if (item.role == SampleRole::Train)
            trained.insert(item.individual);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < data.snapshot.items.size(); ++i) {
        const SnapshotItem item = data.snapshot.items[i];
        if (item.role == SampleRole::Validation && !trained.contains(item.individual))
            continue;
        data.snapshot.items[kept] = item;
        data.photoHashes[kept] = std::move(data.photoHashes[i]);
        ++kept;
    }
    data.snapshot.items.resize(kept);
    data.photoHashes.resize(kept);
}

Result<void> checkEnough(const FrozenData &data)
{
    const auto text = [](std::size_t number) { return std::to_string(number); };
    if (data.trainIndividuals < fewestIndividuals)
        return Error(ErrorCode::TooFewIndividuals, {text(data.trainIndividuals), text(fewestIndividuals)});
    if (data.trainPhotos < fewestTrainPhotos)
        return Error(ErrorCode::TooFewPhotos, {text(data.trainPhotos), text(fewestTrainPhotos)});
    if (data.trainPhotos == data.trainIndividuals)
        return Error(ErrorCode::TooFewPhotos, {text(data.trainPhotos), text(data.trainIndividuals + 1)},
                     "no individual has two photos to train on");
    if (data.validationPhotos == 0)
        return Error(ErrorCode::TooFewPhotos, {"0", "1", "validation"});
    return {};
}

/// Counts, hash and checks of what is in `items` now.
Result<void> seal(FrozenData &data)
{
    dropUnanswerableQueries(data);
    compactIndividuals(data.snapshot);
    std::set<std::int32_t> trained;
    const auto count = [&](SampleRole role) {
        return static_cast<std::size_t>(std::ranges::count(data.snapshot.items, role, &SnapshotItem::role));
    };
    for (const SnapshotItem &item : data.snapshot.items) {
        if (item.role == SampleRole::Train)
            trained.insert(item.individual);
    }
    data.trainIndividuals = trained.size();
    data.trainPhotos = count(SampleRole::Train);
    data.validationPhotos = count(SampleRole::Validation);
    data.negativePhotos = count(SampleRole::Negative);
    data.calibrationPhotos = count(SampleRole::NewCalibration);
    data.snapshot.hash = snapshotHash(data);
    return checkEnough(data);
}

/// Numbers the id codes in the order in which they appear.
class CodeNumbers
{
public:
    explicit CodeNumbers(std::vector<std::string> &codes)
        : m_codes(codes)
    {
    }
    std::int32_t of(const LabelledAnnotation &annotation)
    {
        if (!annotation.individual.isValid())
            return -1;
        const auto [entry, isNew] = m_numbers.emplace(annotation.individual, static_cast<std::int32_t>(m_codes.size()));
        if (isNew)
            m_codes.push_back(annotation.code);
        return entry->second;
    }

private:
    std::vector<std::string> &m_codes;
    std::map<IndividualId, std::int32_t> m_numbers;
};

evaluation::Split splitOf(const std::vector<LabelledAnnotation> &annotations, const evaluation::SplitOptions &options)
{
    std::vector<evaluation::SplitItem> items;
    items.reserve(annotations.size());
    for (const LabelledAnnotation &annotation : annotations) {
        items.push_back({static_cast<std::int32_t>(annotation.individual.isValid() ? annotation.individual.value
                                                                                   : evaluation::noIndividual),
                         annotation.group, annotation.encounter.value});
    }
    return evaluation::splitForTraining(items, options);
}

/// What a table says of one annotation; nothing: it stays out.
std::optional<SampleRole> roleFromTable(const SplitTable::Entry &entry, bool identified, bool heldForCalibration)
{
    if (entry.role == QStringLiteral("validation"))
        return identified ? std::optional(SampleRole::Validation) : std::nullopt;
    if (entry.role != QStringLiteral("train"))
        return std::nullopt;
    // The same bytes may stand under two names, one of them with an identity: what is held for calibration is learnt from under neither.
    if (identified)
        return heldForCalibration ? std::nullopt : std::optional(SampleRole::Train);
    return heldForCalibration ? SampleRole::NewCalibration : SampleRole::Negative;
}

class Freezer
{
public:
    Freezer(const FreezeOptions &options, const std::set<PhotoId> &calibration)
        : m_options(options)
        , m_calibration(calibration)
        , m_codes(m_data.snapshot.individuals)
    {
        m_data.snapshot.seed = options.split.seed;
    }

    void byEncounter(const std::vector<LabelledAnnotation> &annotations)
    {
        m_data.snapshot.splitName = "by-encounter";
        const evaluation::Split split = splitOf(annotations, m_options.split);
        for (std::size_t i = 0; i < annotations.size(); ++i) {
            SampleRole role = sampleRole(split.roles[i]);
            if (m_calibration.contains(annotations[i].photo)) {
                if (annotations[i].individual.isValid())
                    continue; // neither new nor to be learnt from
                role = SampleRole::NewCalibration;
            }
            add(annotations[i], role, split.groups[i]);
        }
    }

    void byTable(const std::vector<LabelledAnnotation> &annotations, const SplitTable &table)
    {
        m_data.snapshot.splitName = m_options.splitFile.filename().string();
        // Where the table says nothing of near-duplicates, the catalogue's own knowledge stands in.
        const evaluation::Split own = splitOf(annotations, m_options.split);
        const auto ownGroups = own.groups.empty() ? 0 : *std::ranges::max_element(own.groups);
        for (std::size_t i = 0; i < annotations.size(); ++i) {
            const SplitTable::Entry *entry = table.find(annotations[i].photo);
            if (!entry)
                continue;
            const auto role = roleFromTable(*entry, annotations[i].individual.isValid(),
                                            m_calibration.contains(annotations[i].photo));
            if (role)
                add(annotations[i], *role, entry->group >= 0 ? ownGroups + 1 + entry->group : own.groups[i]);
        }
        for (const QString &image : table.unmatched())
            m_data.warnings.push_back(Error(ErrorCode::NotFound, {"photo", image.toStdString()}));
    }

    FrozenData take() { return std::move(m_data); }

private:
    void add(const LabelledAnnotation &annotation, SampleRole role, std::int64_t group)
    {
        if (role == SampleRole::Negative && !m_options.useUnidentified)
            return; // on the calibration list, but the table has other plans with it
        m_data.snapshot.items.push_back({annotation.id, m_codes.of(annotation), role, group});
        m_data.photoHashes.push_back(annotation.photoHash);
    }

    const FreezeOptions &m_options;
    const std::set<PhotoId> &m_calibration;
    FrozenData m_data;
    CodeNumbers m_codes;
};

} // namespace

FreezeOptions freezeOptions(const TrainingRequest &request)
{
    FreezeOptions options;
    options.splitFile = request.splitFile;
    options.calibrationFile = request.calibrationFile;
    options.useUnidentified = request.unidentifiedAreNew.value_or(!request.splitFile.empty());
    return options;
}

Result<FrozenData> freezeSnapshot(catalogue::Catalogue &catalogue, const FreezeOptions &options)
{
    const auto photos = PhotoLookup::load(catalogue);
    if (!photos)
        return photos.error();
    const auto calibration = readPhotoList(options.calibrationFile, *photos);
    if (!calibration)
        return calibration.error();
    auto annotations = labelledAnnotations(catalogue);
    if (!annotations)
        return annotations.error();
    if (!options.useUnidentified) {
        std::erase_if(*annotations, [&](const LabelledAnnotation &annotation) {
            return !annotation.individual.isValid() && !calibration->contains(annotation.photo);
        });
    }
    Freezer freezer(options, *calibration);
    if (options.splitFile.empty()) {
        freezer.byEncounter(*annotations);
    } else {
        const auto table = SplitTable::read(options.splitFile, *photos);
        if (!table)
            return table.error();
        freezer.byTable(*annotations, *table);
    }
    FrozenData data = freezer.take();
    if (const auto sealed = seal(data); !sealed)
        return sealed.error();
    return data;
}

Result<void> leaveOut(FrozenData &data, const std::vector<AnnotationId> &annotations)
{
    const std::set<AnnotationId> gone(annotations.begin(), annotations.end());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < data.snapshot.items.size(); ++i) {
        if (gone.contains(data.snapshot.items[i].annotation))
            continue;
        data.snapshot.items[kept] = data.snapshot.items[i];
        data.photoHashes[kept] = std::move(data.photoHashes[i]);
        ++kept;
    }
    data.snapshot.items.resize(kept);
    data.photoHashes.resize(kept);
    return seal(data);
}

} // namespace flukeprint::workflows
