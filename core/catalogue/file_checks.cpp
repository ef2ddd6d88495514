// What the database says about files and embeddings, against what is there.
#include "core/catalogue/catalogue.h"
#include "core/catalogue/inspection.h"
#include "core/catalogue/model_store.h"

#include <QCryptographicHash>
#include <QFile>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <system_error>

namespace flukeprint::catalogue {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t tellEvery = 1000;
/// What a finished run leaves for whoever wants to look at it or do it again.
constexpr auto filesOfRun = {"config.json", "snapshot.json", "metrics.jsonl", "log.txt"};

bool isFile(const fs::path &path)
{
    std::error_code failed;
    return fs::is_regular_file(path, failed);
}

Result<PhotoFacts> inspectWithQt(const fs::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return Error(ErrorCode::FileUnreadable, {path.string(), file.errorString().toStdString()});
    return PhotoFacts{hash.result().toHex().toStdString(), file.size()};
}

std::string sizeText(std::int64_t bytes, int widthPx, int heightPx)
{
    return std::to_string(widthPx) + " x " + std::to_string(heightPx) + " px, " + std::to_string(bytes) + " bytes";
}

struct StoredPhoto
{
    std::string id;
    fs::path path;
    std::string fileName;
    PhotoFacts facts;
    bool missing = false;
};

void comparePhoto(Inspection &inspection, const StoredPhoto &photo)
{
    if (!isFile(photo.path)) {
        inspection.damage("photo_missing", {photo.id, photo.path.string()});
        return;
    }
    if (photo.missing)
        inspection.notice("photo_marked_missing", {photo.id, photo.path.string()});
    if (!inspection.options.hashPhotos)
        return;
    const Result<PhotoFacts> found =
        inspection.options.inspectPhoto ? inspection.options.inspectPhoto(photo.path) : inspectWithQt(photo.path);
    if (!found) {
        inspection.damage("photo_unreadable", {photo.id, photo.path.string(), found.error().debugText()}, found.error());
        return;
    }
    if (found->sha256 != photo.facts.sha256) {
        inspection.damage("photo_changed", {photo.id, photo.path.string(), photo.facts.sha256, found->sha256});
        return;
    }
    const bool looked = found->widthPx > 0;
    const int widthPx = looked ? found->widthPx : photo.facts.widthPx;
    const int heightPx = looked ? found->heightPx : photo.facts.heightPx;
    if (found->byteSize != photo.facts.byteSize || widthPx != photo.facts.widthPx || heightPx != photo.facts.heightPx)
        inspection.damage("photo_size", {photo.id, photo.path.string(),
                                         sizeText(photo.facts.byteSize, photo.facts.widthPx, photo.facts.heightPx),
                                         sizeText(found->byteSize, widthPx, heightPx)});
}

struct StoredEmbedding
{
    std::string model;
    std::string annotation;
    QByteArray bytes;
    std::int64_t dimension = 0;
    std::int64_t revision = 0;
    std::int64_t boxRevision = 0;
    std::string fileName;
};

void judgeEmbedding(Inspection &inspection, const StoredEmbedding &stored)
{
    const auto wanted = static_cast<std::size_t>(stored.dimension) * sizeof(float);
    if (static_cast<std::size_t>(stored.bytes.size()) != wanted) {
        inspection.damage("embedding_size", {stored.model, stored.annotation, std::to_string(stored.bytes.size()),
                                             std::to_string(wanted), stored.fileName});
        return;
    }
    if (stored.revision > stored.boxRevision)
        inspection.damage("embedding_revision", {stored.model, stored.annotation, std::to_string(stored.revision),
                                                 std::to_string(stored.boxRevision), stored.fileName});
    bool allZero = true;
    for (std::size_t offset = 0; offset < wanted; offset += sizeof(float)) {
        float value = 0;
        std::memcpy(&value, stored.bytes.constData() + offset, sizeof value);
        if (!std::isfinite(value)) {
            inspection.damage("embedding_not_finite", {stored.model, stored.annotation, stored.fileName});
            return;
        }
        allZero = allZero && value == 0;
    }
    if (allZero)
        inspection.damage("embedding_zero", {stored.model, stored.annotation, stored.fileName});
}

void checkActiveModel(Inspection &inspection, const std::vector<Model> &models)
{
    const auto active = std::ranges::count_if(models, [](const Model &model) { return model.active; });
    if (active == 0 && !models.empty())
        inspection.damage("no_active_model", {});
    if (active > 1)
        inspection.damage("several_active_models", {std::to_string(active)});
}

} // namespace

Result<void> checkModels(Inspection &inspection)
{
    inspection.tell("models");
    const auto models = ModelStore(inspection.catalogue).list();
    if (!models)
        return models.error();
    for (const Model &model : *models) {
        const fs::path file = inspection.catalogue.resolve(model.file);
        if (!isFile(file)) {
            inspection.damage("model_missing", {model.name.toStdString(), file.string()});
            continue;
        }
        const Result<void> sound =
            inspection.options.inspectModel ? inspection.options.inspectModel(model, file) : Result<void>();
        if (!sound)
            inspection.damage("model_damaged", {model.name.toStdString(), file.string(), sound.error().debugText()},
                              sound.error());
    }
    checkActiveModel(inspection, *models);
    return {};
}

Result<void> checkRuns(Inspection &inspection)
{
    return inspection.database.each(
        QStringLiteral("SELECT name, folder, state FROM run WHERE folder <> '' ORDER BY id"), {}, [&](const Row &row) {
            std::error_code failed;
            const fs::path folder = inspection.catalogue.resolve(row.text(1));
            if (!fs::is_directory(folder, failed)) {
                inspection.damage("run_folder_missing", {row.text(0).toStdString(), folder.string()});
                return true;
            }
            for (const char *name : filesOfRun) {
                if (row.text(2) == nameOf(RunState::Finished) && !isFile(folder / name))
                    inspection.damage("run_file_missing", {row.text(0).toStdString(), (folder / name).string()});
            }
            return true;
        });
}

Result<void> checkEmbeddings(Inspection &inspection)
{
    const auto total = inspection.database.integer(QStringLiteral("SELECT count(*) FROM embedding"));
    if (!total)
        return total.error();
    inspection.tell("embeddings", 0, *total);
    const Result<void> judged = inspection.database.each(
        QStringLiteral("SELECT m.name, e.annotation_id, e.vector, m.dimension, e.box_revision, a.box_revision, p.file_name "
                       "FROM embedding e JOIN model m ON m.id = e.model_id JOIN annotation a ON a.id = e.annotation_id "
                       "JOIN photo p ON p.id = a.photo_id ORDER BY e.id"),
        {}, [&](const Row &row) {
            judgeEmbedding(inspection, {row.text(0).toStdString(), row.text(1).toStdString(), row.bytes(2), row.integer(3),
                                        row.integer(4), row.integer(5), row.text(6).toStdString()});
            if (++inspection.report.embeddingsChecked % tellEvery == 0)
                inspection.tell("embeddings", inspection.report.embeddingsChecked, *total);
            return inspection.goOn();
        });
    if (!judged)
        return judged;
    return inspection.noticeOfRows(
        "embeddings_outdated",
        QStringLiteral("SELECT m.name, count(*) FROM embedding e JOIN model m ON m.id = e.model_id AND m.active = 1 "
                       "JOIN annotation a ON a.id = e.annotation_id AND a.box_revision > e.box_revision "
                       "WHERE a.state <> 'unusable' GROUP BY m.id ORDER BY m.id"));
}

Result<void> checkChips(Inspection &inspection)
{
    struct Pack
    {
        QString file;
        std::string chips;
    };
    const auto packs = inspection.database.all(
        QStringLiteral("SELECT pack_file, count(*) FROM chip GROUP BY pack_file ORDER BY pack_file"), {},
        [](const Row &row) { return Pack{row.text(0), row.text(1).toStdString()}; });
    if (!packs)
        return packs.error();
    for (const Pack &pack : *packs) {
        const fs::path path = inspection.catalogue.resolve(pack.file);
        if (!isFile(path)) {
            inspection.notice("chip_pack_missing", {path.string(), pack.chips});
            continue;
        }
        if (!inspection.options.inspectPack)
            continue;
        const auto ids = inspection.options.inspectPack(path);
        if (!ids) {
            inspection.damage("chip_pack_damaged", {path.string(), pack.chips, ids.error().debugText()}, ids.error());
            continue;
        }
        const Result<void> placed = inspection.database.each(
            QStringLiteral("SELECT annotation_id, pack_index FROM chip WHERE pack_file = ? ORDER BY annotation_id"),
            {pack.file}, [&](const Row &row) {
                const std::int64_t index = row.integer(1);
                const bool inside = index >= 0 && index < static_cast<std::int64_t>(ids->size());
                if (!inside || (*ids)[static_cast<std::size_t>(index)] != row.id<AnnotationId>(0))
                    inspection.damage("chip_place", {row.text(0).toStdString(), path.string(), std::to_string(index),
                                                     std::to_string(ids->size())});
                return inspection.goOn();
            });
        if (!placed)
            return placed;
    }
    return {};
}

Result<void> checkPhotos(Inspection &inspection)
{
    const auto total = inspection.database.integer(QStringLiteral("SELECT count(*) FROM photo"));
    if (!total)
        return total.error();
    std::int64_t withoutThumbnail = 0;
    std::string firstWithout;
    const Result<void> done = inspection.database.each(
        QStringLiteral("SELECT id, path, file_name, sha256, byte_size, width_px, height_px, missing FROM photo ORDER BY id"),
        {}, [&](const Row &row) {
            if (!inspection.goOn())
                return false;
            const StoredPhoto photo{row.text(0).toStdString(),
                                    inspection.catalogue.resolve(row.text(1)),
                                    row.text(2).toStdString(),
                                    {row.text(3).toStdString(), row.integer(4), row.number(5), row.number(6)},
                                    row.flag(7)};
            comparePhoto(inspection, photo);
            if (!isFile(inspection.catalogue.thumbnailPath(row.text(3))) && ++withoutThumbnail == 1)
                firstWithout = photo.fileName;
            inspection.tell("photos", ++inspection.report.photosChecked, *total, row.text(1).toStdString());
            return true;
        });
    if (withoutThumbnail > 0)
        inspection.notice("thumbnails_missing", {std::to_string(withoutThumbnail), firstWithout});
    return done;
}

} // namespace flukeprint::catalogue
