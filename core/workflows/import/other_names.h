#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <QHash>
#include <QString>
#include <QStringList>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Whether the file at `path` is where the catalogue knows the photo to be (or was when it was copied in), rather than a twin of
/// the same bytes.
[[nodiscard]] bool isSameFile(const catalogue::Catalogue &catalogue, const catalogue::Photo &photo, const QString &path);

/// Paths of files that imports met with the bytes of a photo under another name: tables may name the photo so too. By photo id.
/// Errors: those of the stores.
Result<QHash<std::int64_t, QStringList>> otherNames(catalogue::Catalogue &catalogue);

} // namespace flukeprint::workflows
