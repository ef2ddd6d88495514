#pragma once

#include "core/base/result.h"
#include "core/workflows/training/labelled_annotations.h"

#include <QHash>
#include <QSet>
#include <QString>
#include <QStringList>

#include <filesystem>

namespace flukeprint::workflows {

/// Images of a table by name. One named with folders stands for photos whose path ends so; a mere file name for photos of
/// that file name anywhere.
class SplitTable
{
public:
    struct Entry
    {
        QString role;
        std::int64_t group = -1; ///< -1: the table does not say
    };

    /// Errors: FileNotFound, FileUnreadable, CsvInvalid (also "missing_column:role").
    static Result<SplitTable> read(const std::filesystem::path &path);

    /// Marks the row as used. Null: the table does not name the photo. Where it names the same bytes several times, the role that
    /// keeps more away from training counts: a test photo's twin is not trained on either.
    const Entry *find(const LabelledAnnotation &annotation);
    /// Images that no annotation asked for, at most `limit`.
    [[nodiscard]] QStringList unmatched(std::size_t limit) const;

private:
    struct Row
    {
        QString image;
        Entry entry;
        bool used = false;
    };
    const Entry *findPath(const QString &path);

    QHash<QString, std::vector<Row>> m_rows; ///< by file name
};

/// A text file with one image a line; blank lines are left out. An empty path is an empty list.
class CalibrationList
{
public:
    /// Errors: FileNotFound, FileUnreadable.
    static Result<CalibrationList> read(const std::filesystem::path &path);
    [[nodiscard]] bool contains(const LabelledAnnotation &annotation) const;

private:
    QSet<QString> m_names;
};

} // namespace flukeprint::workflows
