#include "core/catalogue/catalogue_files.h"

#include <QFileInfo>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <system_error>

namespace flukeprint::catalogue {

namespace fs = std::filesystem;

namespace {

constexpr auto subfolders = {thumbnailsFolderName, chipsFolderName, modelsFolderName, runsFolderName,
                             backupsFolderName};

bool isLeftover(const fs::path &entry)
{
    const std::string name = entry.filename().string();
    if (name == lockFileName || name.starts_with(std::string(databaseFileName) + ".partial"))
        return true;
    const bool known =
        std::any_of(subfolders.begin(), subfolders.end(), [&](const char *folder) { return name == folder; });
    std::error_code failed;
    return known && fs::is_empty(entry, failed);
}

bool isWritable(const fs::path &path)
{
    return QFileInfo(QString::fromStdString(path.string())).isWritable();
}

std::uint64_t bigEndian(const unsigned char *bytes, int count)
{
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i)
        value = value << 8 | bytes[i];
    return value;
}

/// Pages the header promises times their size; 0 where the header does not say.
std::uint64_t promisedBytes(const std::array<unsigned char, 100> &header)
{
    const bool pageCountValid = bigEndian(&header[24], 4) == bigEndian(&header[92], 4);
    if (!pageCountValid)
        return 0;
    const std::uint64_t pageSize = bigEndian(&header[16], 2);
    return bigEndian(&header[28], 4) * (pageSize == 1 ? 65536 : pageSize);
}

} // namespace

Result<void> prepareNewFolder(const fs::path &folder)
{
    std::error_code failed;
    if (fs::exists(folder, failed)) {
        if (!fs::is_directory(folder, failed))
            return Error(ErrorCode::AlreadyExists, {"catalogue", folder.string()});
        for (const fs::directory_entry &entry : fs::directory_iterator(folder, failed)) {
            if (!isLeftover(entry.path()))
                return Error(ErrorCode::AlreadyExists, {"catalogue", folder.string()});
        }
    }
    for (const char *name : subfolders) {
        fs::create_directories(folder / name, failed);
        if (failed)
            return Error(ErrorCode::FileUnwritable, {(folder / name).string(), failed.message()});
    }
    for (const char *suffix : {".partial", ".partial-wal", ".partial-shm", ".partial-journal"})
        fs::remove(folder / (std::string(databaseFileName) + suffix), failed);
    return {};
}

Result<void> checkFolder(const fs::path &folder, bool forWriting)
{
    const fs::path file = folder / databaseFileName;
    std::error_code failed;
    if (!fs::is_regular_file(file, failed))
        return Error(ErrorCode::FileNotFound, {fs::is_directory(folder, failed) ? file.string() : folder.string()});
    if (forWriting && !(isWritable(folder) && isWritable(file)))
        return Error(ErrorCode::CatalogueReadOnly, {folder.string()});
    return {};
}

bool hasWriteAheadLog(const fs::path &file)
{
    std::error_code failed;
    const auto size = fs::file_size(file.string() + "-wal", failed);
    return !failed && size > 0;
}

Result<void> checkDatabaseFile(const fs::path &file)
{
    std::array<unsigned char, 100> header{};
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return Error(ErrorCode::FileUnreadable, {file.string(), "cannot be opened"});
    stream.read(reinterpret_cast<char *>(header.data()), header.size());
    constexpr std::string_view magic("SQLite format 3\0", 16);
    const std::string_view start(reinterpret_cast<const char *>(header.data()), magic.size());
    if (stream.gcount() < static_cast<std::streamsize>(header.size()) || start != magic)
        return Error(ErrorCode::DataDamaged, {file.string(), "not an SQLite database"});
    std::error_code failed;
    const std::uint64_t size = fs::file_size(file, failed);
    if (!failed && !hasWriteAheadLog(file) && promisedBytes(header) > size)
        return Error(ErrorCode::DataDamaged, {file.string(), "the file is cut off"});
    return {};
}

} // namespace flukeprint::catalogue
