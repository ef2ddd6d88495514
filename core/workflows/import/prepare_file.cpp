#include "core/workflows/import/prepare_file.h"

#include "core/base/atomic_file.h"
#include "core/base/partial_file.h"
#include "core/catalogue/photo_store.h"
#include "core/imaging/chip.h"
#include "core/workflows/box_conversion.h"
#include "core/workflows/import/image_tables.h"
#include "core/workflows/import_photos.h"

#include <QCryptographicHash>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

namespace {

constexpr int thumbnailQuality = 85;
constexpr int camerasClockLength = 19; // "2019-07-14T10:22:31", the offset cut off

/// Without fsync, unlike writeFileAtomically: a thumbnail can be drawn again, and syncing each costs more than decoding it.
Result<void> writeQuickly(const fs::path &path, std::span<const std::uint8_t> bytes)
{
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    // Two threads may hold the same bytes under two names.
    const std::size_t thread = std::hash<std::thread::id> {}(std::this_thread::get_id());
    const fs::path partial = path.string() + '.' + std::to_string(thread) + std::string(partialSuffix);
    const int descriptor = openPartial(partial);
    std::FILE *file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "wb");
    // Closed last: an unmarked file would be taken for a killed program's by whoever looks for such.
    const bool good = file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && std::fflush(file) == 0
        && std::rename(partial.c_str(), path.c_str()) == 0;
    const int reason = good ? 0 : errno;
    if (!good && descriptor >= 0)
        fs::remove(partial, ignored);
    if (file != nullptr)
        std::fclose(file);
    else if (descriptor >= 0)
        ::close(descriptor);
    if (good)
        return {};
    if (reason == ENOSPC || reason == EDQUOT)
        return Error(ErrorCode::DiskFull, {path.string()});
    return Error(ErrorCode::FileUnwritable, {path.string(), std::generic_category().message(reason)});
}

/// The ending that a copy keeps. A name of another sort, as ".partial", would make others take it for what it is not.
std::string photoSuffixOf(const fs::path &original)
{
    return hasPhotoSuffix(original) ? original.extension().string() : std::string();
}

Result<fs::path> copyIntoCatalogue(const catalogue::Catalogue &reader, const QString &sha256, const fs::path &original,
                                   std::span<const std::uint8_t> bytes)
{
    const fs::path target = reader.photosFolder() / sha256.left(2).toStdString()
        / (sha256.toStdString() + photoSuffixOf(original));
    const std::string_view content(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    std::error_code ignored;
    if (fs::file_size(target, ignored) == bytes.size() && readFile(target).valueOr({}) == content)
        return target;
    fs::create_directories(target.parent_path(), ignored);
    const Result<void> written = writeFileAtomically(target, content);
    if (!written)
        return written.error();
    return target;
}

/// Whether the box shares any area with the photo.
bool touches(const imaging::Box &box, const imaging::PhotoHeader &header)
{
    const double reachX = (box.angleDeg == 0 ? box.width : std::hypot(box.width, box.height)) / 2;
    const double reachY = (box.angleDeg == 0 ? box.height : std::hypot(box.width, box.height)) / 2;
    return box.isValid() && box.centreX + reachX > 0 && box.centreY + reachY > 0
        && box.centreX - reachX < header.widthPx && box.centreY - reachY < header.heightPx;
}

catalogue::BoxSource sourceOf(imaging::BoxOrigin origin)
{
    switch (origin) {
    case imaging::BoxOrigin::Given:
        return catalogue::BoxSource::Table;
    case imaging::BoxOrigin::Automatic:
        return catalogue::BoxSource::Automatic;
    case imaging::BoxOrigin::WholeFrame:
        break;
    }
    return catalogue::BoxSource::Frame;
}

PreparedAnnotation annotationOf(imaging::PreparedPhoto &prepared)
{
    PreparedAnnotation annotation;
    annotation.record.box = catalogueBox(prepared.box);
    annotation.record.boxSource = sourceOf(prepared.boxOrigin);
    // Catalogues of flukes grade from 1 (best) to 5, imaging from 5 (best) to 1.
    annotation.record.quality = 6 - std::clamp(prepared.quality.grade, 1, 5);
    annotation.chip = std::move(prepared.chip);
    return annotation;
}

void describePhoto(const catalogue::Catalogue &reader, PreparedFile &file, const imaging::PreparedPhoto &prepared,
                   const fs::path &storedAt, bool copied)
{
    catalogue::Photo &photo = file.photo;
    photo.path = reader.stored(storedAt);
    photo.fileName = fileNameOf(file.task.item.path);
    photo.copied = copied;
    photo.widthPx = prepared.header.widthPx;
    photo.heightPx = prepared.header.heightPx;
    photo.takenAt = QString::fromStdString(prepared.metadata.takenAt).left(camerasClockLength);
    photo.latitude = prepared.metadata.latitudeDeg;
    photo.longitude = prepared.metadata.longitudeDeg;
    photo.camera = QString::fromStdString(prepared.metadata.camera);
    photo.orientation = prepared.header.orientation;
    photo.perceptualHash = prepared.hash;
}

/// Leaves out, with a warning, the boxes of a table that lie outside the photo.
void dropForeignBoxes(PreparedFile &file, const imaging::PhotoHeader &header)
{
    std::erase_if(file.task.boxes, [&](const imaging::Box &box) {
        if (touches(box, header))
            return false;
        file.warnings.emplace_back(ErrorCode::InvalidArgument,
                                   std::vector<std::string> {"box", file.photo.fileName.toStdString(), "inside the photo"});
        return true;
    });
}

/// Cuts the further animals of a photo.
Result<void> addFurtherBoxes(PreparedFile &file, std::span<const std::uint8_t> bytes, const std::string &name,
                             const PrepareSettings &settings)
{
    for (std::size_t i = 1; i < file.task.boxes.size(); ++i) {
        imaging::PrepareOptions options;
        options.chipShape = settings.chipShape;
        options.box = file.task.boxes[i];
        auto prepared = imaging::prepare(bytes, name, options);
        if (!prepared)
            return prepared.error();
        file.annotations.push_back(annotationOf(*prepared));
    }
    return {};
}

Result<void> keepForLocator(PreparedFile &file, imaging::PreparedPhoto &prepared)
{
    auto squashed = squashedForLocator(prepared.overview);
    if (!squashed)
        return squashed.error();
    file.unplaced = UnplacedPhoto{std::move(prepared.overview), prepared.overviewScale, std::move(*squashed)};
    return {};
}

Result<void> readPhoto(const catalogue::Catalogue &reader, PreparedFile &file, std::span<const std::uint8_t> bytes,
                       const PrepareSettings &settings)
{
    const fs::path path = file.task.item.path.toStdString();
    file.photo.fileName = fileNameOf(file.task.item.path);
    if (!file.task.boxes.empty()) {
        const auto header = imaging::probe(bytes, path.string());
        if (!header)
            return header.error();
        dropForeignBoxes(file, *header);
    }
    imaging::PrepareOptions options;
    options.overviewSidePx = thumbnailSidePx;
    options.chipShape = settings.chipShape;
    if (!file.task.boxes.empty())
        options.box = file.task.boxes.front();
    auto prepared = imaging::prepare(bytes, path.string(), options);
    if (!prepared)
        return prepared.error();
    file.annotations.push_back(annotationOf(*prepared));
    const Result<void> further = addFurtherBoxes(file, bytes, path.string(), settings);
    if (!further)
        return further;

    fs::path storedAt = path;
    if (settings.copy) {
        const auto copied = copyIntoCatalogue(reader, file.photo.sha256, path, bytes);
        if (!copied) {
            file.fatal = copied.error();
            return {};
        }
        storedAt = *copied;
    }
    const Result<void> thumbnail = writeThumbnail(reader, file.photo.sha256, prepared->overview);
    if (!thumbnail)
        file.fatal = thumbnail.error();
    describePhoto(reader, file, *prepared, storedAt, settings.copy);
    return settings.locate && file.task.boxes.empty() ? keepForLocator(file, *prepared) : Result<void>();
}

} // namespace

QString sha256Of(std::span<const std::uint8_t> bytes)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())));
    return QString::fromLatin1(hash.result().toHex());
}

Result<void> writeThumbnail(const catalogue::Catalogue &reader, const QString &sha256, const imaging::Image &overview)
{
    const auto jpeg = imaging::encodeJpeg(overview, thumbnailQuality);
    if (!jpeg)
        return jpeg.error();
    return writeQuickly(reader.thumbnailPath(sha256), *jpeg);
}

PreparedFile prepareFile(catalogue::Catalogue &reader, ImportTask task, const PrepareSettings &settings)
{
    PreparedFile file;
    file.task = std::move(task);
    const auto bytes = imaging::readPhotoFile(file.task.item.path.toStdString());
    if (!bytes) {
        file.error = bytes.error();
        return file;
    }
    file.photo.sha256 = sha256Of(*bytes);
    file.photo.byteSize = static_cast<std::int64_t>(bytes->size());
    const auto existing = catalogue::PhotoStore(reader).findBySha256(file.photo.sha256);
    if (!existing) {
        file.fatal = existing.error();
        return file;
    }
    file.known = existing->has_value();
    if (file.known)
        return file;
    const Result<void> read = readPhoto(reader, file, *bytes, settings);
    if (!read)
        file.error = read.error();
    return file;
}

} // namespace flukeprint::workflows
