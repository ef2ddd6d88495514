#pragma once

#include "core/base/result.h"
#include "core/imaging/box.h"

#include <QHash>
#include <QString>

#include <filesystem>
#include <vector>

namespace flukeprint::workflows {

/// The label and box tables of an import, asked by file. An image that is named with folders must match the end of the path;
/// one that is a mere file name matches that file in any folder.
class ImageTables
{
public:
    /// Empty paths: no such table. Errors: those of catalogue::exchange::readLabels and readBoxes.
    static Result<ImageTables> read(const std::filesystem::path &labels, const std::filesystem::path &boxes);

    /// Marks the label as used. Null: the table says nothing about the file; empty: it says "unidentified".
    const QString *label(const QString &path);
    /// Largest first. Px of the upright photo.
    [[nodiscard]] std::vector<imaging::Box> boxes(const QString &path) const;

    struct Unmatched
    {
        std::vector<QString> images; ///< at most 1,000
        std::int64_t count = 0;
    };
    /// Labels that no file asked for.
    [[nodiscard]] Unmatched unmatched() const;

private:
    struct LabelEntry
    {
        QString image;
        QString id;
        bool used = false;
    };
    struct BoxEntry
    {
        QString image;
        imaging::Box box;
    };
    QHash<QString, std::vector<LabelEntry>> m_labels; ///< by file name
    QHash<QString, std::vector<BoxEntry>> m_boxes;
};

/// The last part of a path, also of one written on another system.
[[nodiscard]] QString fileNameOf(const QString &image);
/// True if `image`, folders included, is the end of `path`.
[[nodiscard]] bool pathEndsWith(const QString &path, const QString &image);

} // namespace flukeprint::workflows
