#include "core/catalogue/settings_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"

namespace flukeprint::catalogue {

SettingsStore::SettingsStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<std::optional<QString>> SettingsStore::value(const QString &key)
{
    return m_database.first(QStringLiteral("SELECT value FROM setting WHERE key = ?"), {key},
                            [](const Row &row) { return row.text(0); });
}

Result<void> SettingsStore::set(const QString &key, const QString &value)
{
    return withoutCount(m_database.run(
        QStringLiteral(
            "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
        {key, value}));
}

Result<void> SettingsStore::remove(const QString &key)
{
    return withoutCount(m_database.run(QStringLiteral("DELETE FROM setting WHERE key = ?"), {key}));
}

} // namespace flukeprint::catalogue
