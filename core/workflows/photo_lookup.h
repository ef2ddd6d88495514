#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <QHash>
#include <QString>

#include <optional>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Finds photos and annotations by what tables call them. Holds names only (some 100 bytes a photo), as they were at `load`.
class PhotoLookup
{
public:
    /// Errors: those of the stores.
    static Result<PhotoLookup> load(catalogue::Catalogue &catalogue);

    /// All photos of that file name, those first; then photos of which an import met a twin (the same bytes) of that name. With
    /// folders in `image`, only those whose path ends so.
    [[nodiscard]] std::vector<PhotoId> photos(const QString &image) const;
    [[nodiscard]] QString fileName(PhotoId photo) const;
    /// The photo's annotation; the largest of several, the older of equals. Invalid: it has none.
    [[nodiscard]] AnnotationId mainAnnotation(PhotoId photo) const;

private:
    struct Entry
    {
        PhotoId id;
        QString path;
    };
    QHash<QString, std::vector<Entry>> m_byName;
    QHash<std::int64_t, QString> m_names;
    QHash<std::int64_t, AnnotationId> m_mainAnnotations;
};

} // namespace flukeprint::workflows
