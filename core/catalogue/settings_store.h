#pragma once

#include "core/base/result.h"

#include <QString>

#include <optional>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// Settings that belong to the catalogue and travel with it (code pattern, encounter gap); a person's own live
/// elsewhere. Thread-affine like its catalogue, which must outlive it. Errors: DatabaseFailed, DiskFull,
/// CatalogueReadOnly.
class SettingsStore
{
public:
    explicit SettingsStore(Catalogue &catalogue);

    Result<std::optional<QString>> value(const QString &key);
    Result<void> set(const QString &key, const QString &value);
    Result<void> remove(const QString &key);

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
