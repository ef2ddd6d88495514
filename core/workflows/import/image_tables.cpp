#include "core/workflows/import/image_tables.h"

#include "core/catalogue/exchange/tables.h"
#include "core/workflows/box_conversion.h"

#include <algorithm>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t maxListedImages = 1000;

QString withSlashes(QString image) { return image.replace(u'\\', u'/'); }

} // namespace

QString fileNameOf(const QString &image)
{
    const QString path = withSlashes(image);
    return path.mid(path.lastIndexOf(u'/') + 1);
}

bool pathEndsWith(const QString &path, const QString &image)
{
    QString tail = withSlashes(image);
    while (tail.startsWith(QStringLiteral("./")))
        tail.remove(0, 2);
    return path == tail || path.endsWith(u'/' + tail);
}

Result<ImageTables> ImageTables::read(const std::filesystem::path &labels, const std::filesystem::path &boxes)
{
    ImageTables tables;
    if (!labels.empty()) {
        auto rows = catalogue::exchange::readLabels(labels);
        if (!rows)
            return rows.error();
        for (const catalogue::exchange::LabelRow &row : *rows)
            tables.m_labels[fileNameOf(row.image)].push_back({row.image, row.id});
    }
    if (!boxes.empty()) {
        auto rows = catalogue::exchange::readBoxes(boxes);
        if (!rows)
            return rows.error();
        for (const catalogue::exchange::BoxRow &row : *rows)
            tables.m_boxes[fileNameOf(row.image)].push_back({row.image, imagingBox(row.box)});
    }
    return tables;
}

const QString *ImageTables::label(const QString &path)
{
    const auto found = m_labels.find(fileNameOf(path));
    if (found == m_labels.end())
        return nullptr;
    for (LabelEntry &entry : *found) {
        if (pathEndsWith(path, entry.image)) {
            entry.used = true;
            return &entry.id;
        }
    }
    return nullptr;
}

std::vector<imaging::Box> ImageTables::boxes(const QString &path) const
{
    std::vector<imaging::Box> boxes;
    const auto found = m_boxes.constFind(fileNameOf(path));
    if (found != m_boxes.constEnd()) {
        for (const BoxEntry &entry : *found) {
            if (pathEndsWith(path, entry.image))
                boxes.push_back(entry.box);
        }
    }
    std::stable_sort(boxes.begin(), boxes.end(), [](const imaging::Box &a, const imaging::Box &b) {
        return a.width * a.height > b.width * b.height;
    });
    return boxes;
}

ImageTables::Unmatched ImageTables::unmatched() const
{
    Unmatched unmatched;
    for (const std::vector<LabelEntry> &entries : m_labels) {
        for (const LabelEntry &entry : entries) {
            if (entry.used)
                continue;
            ++unmatched.count;
            unmatched.images.push_back(entry.image);
        }
    }
    std::sort(unmatched.images.begin(), unmatched.images.end());
    if (unmatched.images.size() > maxListedImages)
        unmatched.images.resize(maxListedImages);
    return unmatched;
}

} // namespace flukeprint::workflows
