#include "core/workflows/import/chip_shelf.h"

#include "core/catalogue/catalogue.h"

#include <QUuid>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t chipsPerPack = 4096;

}

ChipShelf::ChipShelf(catalogue::Catalogue &catalogue, chips::ChipShape shape)
    : m_catalogue(catalogue)
    , m_shape(shape)
{
}

Result<void> ChipShelf::openPack()
{
    const QString unique = QUuid::createUuid().toString(QUuid::Id128).left(12);
    const QString name = QStringLiteral("%1x%2-%3.fpc").arg(m_shape.widthPx).arg(m_shape.heightPx).arg(unique);
    const std::filesystem::path path = m_catalogue.chipsFolder() / name.toStdString();
    std::error_code ignored;
    std::filesystem::create_directories(path.parent_path(), ignored);
    auto writer = chips::ChipPackWriter::create(path, m_shape);
    if (!writer)
        return writer.error();
    m_writer.emplace(std::move(*writer));
    m_packFile = m_catalogue.stored(path);
    return {};
}

Result<void> ChipShelf::append(AnnotationId annotation, std::span<const std::uint8_t> chip)
{
    if (!m_writer) {
        const Result<void> opened = openPack();
        if (!opened)
            return opened;
    }
    const auto position = static_cast<std::int64_t>(m_writer->count());
    const Result<void> written = m_writer->append(annotation, chip);
    if (!written)
        return written;
    m_places.push_back({annotation, 1, m_packFile, position});
    return m_places.size() < chipsPerPack ? Result<void>() : finish();
}

Result<void> ChipShelf::finish()
{
    if (!m_writer)
        return {};
    const Result<void> finished = m_writer->finish();
    m_writer.reset();
    const std::vector<catalogue::ChipPlace> places = std::exchange(m_places, {});
    if (!finished)
        return finished;
    const int width = static_cast<int>(m_shape.widthPx);
    const int height = static_cast<int>(m_shape.heightPx);
    return catalogue::ChipCache(m_catalogue, width, height).put(places);
}

} // namespace flukeprint::workflows
