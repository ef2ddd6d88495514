#include "core/workflows/care/verify_catalogue.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/photo_store.h"
#include "core/catalogue/repair.h"
#include "core/chips/chip_pack.h"
#include "core/imaging/chip.h"
#include "core/imaging/decode.h"
#include "core/workflows/import/near_duplicates.h"
#include "core/workflows/import/prepare_file.h"
#include "core/workflows/models/model_header.h"
#include "core/workflows/pausing.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <system_error>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

Result<catalogue::PhotoFacts> inspectPhoto(const fs::path &path)
{
    const auto bytes = imaging::readPhotoFile(path);
    if (!bytes)
        return bytes.error();
    catalogue::PhotoFacts facts{sha256Of(*bytes).toStdString(), static_cast<std::int64_t>(bytes->size())};
    if (const auto header = imaging::probe(*bytes, path.string())) {
        facts.widthPx = header->widthPx;
        facts.heightPx = header->heightPx;
    }
    return facts;
}

Result<void> inspectModel(const catalogue::Model &model, const fs::path &path)
{
    if (const Result<void> whole = checkModelFile(path); !whole)
        return whole;
    const auto header = readModelHeader(path);
    if (!header)
        return header.error();
    const auto described = modelRecord(*header, path);
    if (!described)
        return described.error();
    if (described->dimension != model.dimension || described->inputWidthPx != model.inputWidthPx
        || described->inputHeightPx != model.inputHeightPx)
        return Error(ErrorCode::DataDamaged, {path.string(), "another model than was registered"});
    const QString registered = QJsonDocument::fromJson(model.metadataJson.toUtf8()).object().value(fileHashKey).toString();
    if (registered.isEmpty())
        return {};
    const auto found = fileSha256(path);
    if (!found)
        return found.error();
    if (*found != registered)
        return Error(ErrorCode::DataDamaged, {path.string(), "other bytes than when it was registered"});
    return {};
}

Result<std::vector<AnnotationId>> inspectPack(const fs::path &path)
{
    const auto pack = chips::ChipPackReader::open(path);
    if (!pack)
        return pack.error();
    std::vector<AnnotationId> ids;
    ids.reserve(pack->count());
    for (std::size_t i = 0; i < pack->count(); ++i)
        ids.push_back(pack->id(i));
    return ids;
}

catalogue::IntegrityOptions inspection(bool hashPhotos)
{
    catalogue::IntegrityOptions options;
    options.hashPhotos = hashPhotos;
    options.inspectPhoto = inspectPhoto;
    options.inspectModel = inspectModel;
    options.inspectPack = inspectPack;
    return options;
}

bool mentions(const std::vector<catalogue::Finding> &findings, std::string_view code)
{
    return std::ranges::any_of(findings, [code](const catalogue::Finding &finding) { return finding.code == code; });
}

Result<void> drawThumbnail(const catalogue::Catalogue &catalogue, const catalogue::Photo &photo)
{
    const fs::path path = catalogue.resolve(photo.path);
    const auto bytes = imaging::readPhotoFile(path);
    if (!bytes)
        return bytes.error();
    const auto header = imaging::probe(*bytes, path.string());
    if (!header)
        return header.error();
    const auto decoded = imaging::decode(*bytes, path.string(), {imaging::scaleForLongSide(*header, thumbnailSidePx)});
    if (!decoded)
        return decoded.error();
    const auto overview = imaging::makeThumbnail(decoded->image, thumbnailSidePx);
    if (!overview)
        return overview.error();
    return writeThumbnail(catalogue, photo.sha256, *overview);
}

/// A photo that cannot be read is a finding of its own; the disk's refusal ends it.
Result<void> drawThumbnails(catalogue::Catalogue &catalogue, const jobs::WorkContext &context)
{
    Result<void> outcome;
    const Result<void> visited = catalogue::PhotoStore(catalogue).forEach([&](const catalogue::Photo &photo) {
        if (context.pause != nullptr)
            context.pause->waitWhilePaused(context.stop);
        if (context.stop.stop_requested())
            outcome = Error(ErrorCode::Cancelled);
        std::error_code failed;
        if (!outcome || fs::is_regular_file(catalogue.thumbnailPath(photo.sha256), failed))
            return outcome.ok();
        const Result<void> drawn = drawThumbnail(catalogue, photo);
        if (!drawn && (drawn.error().code == ErrorCode::DiskFull || drawn.error().code == ErrorCode::FileUnwritable))
            outcome = drawn;
        return outcome.ok();
    });
    return visited ? outcome : visited;
}

} // namespace

Result<catalogue::IntegrityReport> verifyCatalogue(catalogue::Catalogue &catalogue, bool hashPhotos,
                                                   const jobs::WorkContext &context)
{
    return catalogue::verify(catalogue, inspection(hashPhotos), pausingProgress(context), context.stop);
}

Result<RepairOutcome> repairCatalogue(catalogue::Catalogue &catalogue, bool hashPhotos, const jobs::WorkContext &context)
{
    auto before = verifyCatalogue(catalogue, hashPhotos, context);
    if (!before)
        return before.error();
    if (before->findings.empty() && before->notices.empty())
        return RepairOutcome{{}, {}, std::move(*before)};
    const auto backup = catalogue::repair(catalogue, *before, inspection(hashPhotos), pausingProgress(context), context.stop);
    if (!backup)
        return backup.error();
    if (mentions(before->findings, "duplicate_group")) {
        if (const auto grouped = groupNearDuplicates(catalogue, context.progress, context.stop); !grouped)
            return grouped.error();
    }
    if (mentions(before->notices, "thumbnails_missing")) {
        if (const Result<void> drawn = drawThumbnails(catalogue, context); !drawn)
            return drawn.error();
    }
    auto left = verifyCatalogue(catalogue, hashPhotos, context);
    if (!left)
        return left.error();
    auto repaired = catalogue::repairedFindings(*before, *left);
    return RepairOutcome{*backup, std::move(repaired), std::move(*left)};
}

} // namespace flukeprint::workflows
