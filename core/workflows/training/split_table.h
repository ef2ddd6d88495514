#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <QString>
#include <QStringList>

#include <filesystem>
#include <map>
#include <set>

namespace flukeprint::workflows {

class PhotoLookup;

/// A split table by photo. Where several rows lead to one photo (the same bytes under two names), the strictest counts: held out
/// before validation before training.
class SplitTable
{
public:
    struct Entry
    {
        QString role;
        std::int64_t group = -1; ///< -1: the table does not say
    };

    /// Errors: FileNotFound, FileUnreadable, CsvInvalid (also "missing_column:role").
    static Result<SplitTable> read(const std::filesystem::path &path, const PhotoLookup &photos);

    /// Null: the table does not name the photo.
    [[nodiscard]] const Entry *find(PhotoId photo) const;
    /// Images that are no photo of the catalogue, at most 100.
    [[nodiscard]] const QStringList &unmatched() const { return m_unmatched; }

private:
    std::map<PhotoId, Entry> m_entries;
    QStringList m_unmatched;
};

/// Photos that a text file names, one a line; blank lines are left out. An empty path is an empty list.
/// Errors: FileNotFound, FileUnreadable.
Result<std::set<PhotoId>> readPhotoList(const std::filesystem::path &path, const PhotoLookup &photos);

} // namespace flukeprint::workflows
