#include "core/workflows/models/register_model.h"

#include "core/base/atomic_file.h"
#include "core/base/partial_file.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/models/model_header.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUuid>

#include <system_error>

namespace flukeprint::workflows {

namespace {

constexpr qint64 copyBlockBytes = 1024 * 1024;

/// Removes a file that was not meant to stay.
class Scratch
{
public:
    explicit Scratch(std::filesystem::path path)
        : m_path(std::move(path))
    {
    }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;
    ~Scratch()
    {
        std::error_code ignored;
        std::filesystem::remove(m_path, ignored);
    }
    [[nodiscard]] const std::filesystem::path &path() const { return m_path; }
    void moveOn(std::filesystem::path path) { m_path = std::move(path); }
    void keep() { m_path.clear(); }

private:
    std::filesystem::path m_path;
};

/// A name as a file name: what file systems object to becomes '_'.
QString fileNameFor(QString name)
{
    for (QChar &character : name) {
        if (character.isNonCharacter() || !character.isPrint() || QStringLiteral("/\\:*?\"<>|").contains(character))
            character = u'_';
    }
    return name.startsWith(u'.') ? u'_' + name : name;
}

/// So that a later look at the catalogue can tell whether the weights are still those.
Result<void> noteFileHash(catalogue::Model &model, const std::filesystem::path &path)
{
    const auto hash = fileSha256(path);
    if (!hash)
        return hash.error();
    QJsonObject metadata = QJsonDocument::fromJson(model.metadataJson.toUtf8()).object();
    metadata.insert(fileHashKey, *hash);
    model.metadataJson = QString::fromUtf8(QJsonDocument(metadata).toJson(QJsonDocument::Compact));
    return {};
}

std::filesystem::path freePath(const std::filesystem::path &folder, const QString &name)
{
    const std::string base = fileNameFor(name).toStdString();
    std::filesystem::path path = folder / (base + ".safetensors");
    for (int number = 2; std::filesystem::exists(path); ++number)
        path = folder / (base + "-" + std::to_string(number) + ".safetensors");
    return path;
}

} // namespace

Result<void> copyFile(const std::filesystem::path &from, const std::filesystem::path &to)
{
    QFile source(QString::fromStdString(from.string()));
    if (!source.exists())
        return Error(ErrorCode::FileNotFound, {from.string()});
    if (!source.open(QIODevice::ReadOnly))
        return Error(ErrorCode::FileUnreadable, {from.string(), source.errorString().toStdString()});
    return writeFileAtomically(to, [&](const ByteSink &sink) -> Result<void> {
        while (!source.atEnd()) {
            const QByteArray block = source.read(copyBlockBytes);
            if (block.isEmpty())
                return Error(ErrorCode::FileUnreadable, {from.string(), source.errorString().toStdString()});
            if (!sink(block.constData(), static_cast<std::size_t>(block.size())))
                return Error(ErrorCode::DiskFull, {to.string()});
        }
        return {};
    });
}

Result<ModelId> registerModel(catalogue::Catalogue &catalogue, const QString &wantedName, RunId run,
                              const std::function<Result<void>(const std::filesystem::path &target)> &produce)
{
    const std::filesystem::path folder = catalogue.modelsFolder();
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed)
        return Error(ErrorCode::FileUnwritable, {folder.string(), failed.message()});
    const QString scratchName = QStringLiteral(".") + QUuid::createUuid().toString(QUuid::Id128);
    Scratch scratch(folder / (scratchName.toStdString() + std::string(partialSuffix)));
    if (const auto produced = produce(scratch.path()); !produced)
        return produced.error();
    const auto header = readModelHeader(scratch.path());
    if (!header)
        return header.error();
    auto model = modelRecord(*header, scratch.path());
    if (!model)
        return model.error();
    if (const auto noted = noteFileHash(*model, scratch.path()); !noted)
        return noted.error();
    catalogue::ModelStore store(catalogue);
    const auto name = store.freeName(wantedName);
    if (!name)
        return name.error();
    const std::filesystem::path path = freePath(folder, *name);
    std::filesystem::rename(scratch.path(), path, failed);
    if (failed)
        return Error(ErrorCode::FileUnwritable, {path.string(), failed.message()});
    scratch.moveOn(path);
    model->name = *name;
    model->file = catalogue.stored(path);
    model->run = run;
    const auto added = store.add(*model);
    if (added)
        scratch.keep();
    return added;
}

} // namespace flukeprint::workflows
