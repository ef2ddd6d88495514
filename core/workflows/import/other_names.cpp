#include "core/workflows/import/other_names.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/import_log.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/import/image_tables.h"

namespace flukeprint::workflows {

bool isSameFile(const catalogue::Catalogue &catalogue, const catalogue::Photo &photo, const QString &path)
{
    if (photo.copied)
        return fileNameOf(path) == photo.fileName;
    return path.toStdString() == catalogue.resolve(photo.path).string();
}

Result<QHash<std::int64_t, QStringList>> otherNames(catalogue::Catalogue &catalogue)
{
    const auto duplicates = catalogue::ImportLog(catalogue).duplicates();
    if (!duplicates)
        return duplicates.error();
    QHash<std::int64_t, QStringList> names;
    catalogue::PhotoStore photos(catalogue);
    for (const catalogue::ImportItem &item : *duplicates) {
        const auto photo = photos.get(item.photo);
        if (!photo)
            return photo.error();
        QStringList &ofPhoto = names[item.photo.value];
        if (!isSameFile(catalogue, *photo, item.path) && !ofPhoto.contains(item.path))
            ofPhoto.append(item.path);
    }
    return names;
}

} // namespace flukeprint::workflows
