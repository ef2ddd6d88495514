#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QHash>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QString>
#include <QVariant>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace flukeprint::catalogue {

/// The current row of a statement, columns counted from 0. Valid inside the visitor that got it.
class Row
{
public:
    explicit Row(const QSqlQuery &query)
        : m_query(query)
    {
    }
    [[nodiscard]] int columns() const { return m_query.record().count(); }
    [[nodiscard]] bool isNull(int column) const { return m_query.isNull(column); }
    [[nodiscard]] std::int64_t integer(int column) const { return m_query.value(column).toLongLong(); }
    [[nodiscard]] int number(int column) const { return m_query.value(column).toInt(); }
    [[nodiscard]] double real(int column) const { return m_query.value(column).toDouble(); }
    [[nodiscard]] bool flag(int column) const { return integer(column) != 0; }
    [[nodiscard]] QString text(int column) const { return m_query.value(column).toString(); }
    [[nodiscard]] QVariant value(int column) const { return m_query.value(column); }
    [[nodiscard]] QByteArray bytes(int column) const { return m_query.value(column).toByteArray(); }
    [[nodiscard]] std::optional<double> maybeReal(int column) const
    {
        return isNull(column) ? std::nullopt : std::optional(real(column));
    }
    template <typename Id> [[nodiscard]] Id id(int column) const { return Id(integer(column)); }

private:
    const QSqlQuery &m_query;
};

/// An id as a value to bind: NULL for "none".
template <typename Tag> [[nodiscard]] QVariant idValue(StrongId<Tag> id)
{
    return id.isValid() ? QVariant(static_cast<qlonglong>(id.value)) : QVariant();
}
[[nodiscard]] inline QVariant integerValue(std::int64_t value)
{
    return QVariant(static_cast<qlonglong>(value));
}
[[nodiscard]] inline QVariant realValue(std::optional<double> value)
{
    return value ? QVariant(*value) : QVariant();
}

/// Of a write: rows it touched and the id of the last row it inserted.
struct Changed
{
    std::int64_t rows = 0;
    std::int64_t lastId = 0;
};

/// One connection of one thread, with its prepared statements. Private to the room: QSqlError ends here, as
/// DatabaseFailed or a more telling code. Needs a QCoreApplication (Qt finds its drivers through it).
class Database
{
public:
    enum class Mode {
        Create, ///< read and write, made if absent
        ReadWrite,
        ReadOnly,
        Immutable, ///< read only, on a medium where nobody can write: needs no shared-memory file
    };
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path &file, Mode mode);
    ~Database();
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

    [[nodiscard]] bool readOnly() const { return m_readOnly; }
    /// Makes this connection refuse writes from now on.
    Result<void> forbidWriting();
    /// A consistent image of the whole database in a new file, also while other connections write and on a connection that refuses
    /// writes (https://www.sqlite.org/lang_vacuum.html#vacuuminto). Errors: those of `run`; a full disk names `file`.
    Result<void> copyInto(const std::filesystem::path &file);

    /// A statement that returns nothing. Null strings are bound as empty ones. Errors: CatalogueReadOnly, DiskFull,
    /// DataDamaged, DatabaseFailed.
    Result<Changed> run(const QString &sql, const QVariantList &values = {});
    /// Every row until `visit` returns false; the visitor may use the database.
    Result<void> each(const QString &sql, const QVariantList &values, const std::function<bool(const Row &)> &visit);
    /// First column of the first row; 0 for none and for NULL.
    Result<std::int64_t> integer(const QString &sql, const QVariantList &values = {});
    Result<QString> text(const QString &sql, const QVariantList &values = {});
    Result<bool> exists(const QString &sql, const QVariantList &values = {});

    /// `map(const Row &)` of the first row; nullopt if there is none.
    template <typename Map>
    auto first(const QString &sql, const QVariantList &values, Map map)
        -> Result<std::optional<decltype(map(std::declval<const Row &>()))>>
    {
        std::optional<decltype(map(std::declval<const Row &>()))> found;
        const Result<void> done = each(sql, values, [&](const Row &row) {
            found = map(row);
            return false;
        });
        if (!done)
            return done.error();
        return found;
    }
    /// `map(const Row &)` of all rows.
    template <typename Map>
    auto all(const QString &sql, const QVariantList &values, Map map)
        -> Result<std::vector<decltype(map(std::declval<const Row &>()))>>
    {
        std::vector<decltype(map(std::declval<const Row &>()))> rows;
        const Result<void> done = each(sql, values, [&](const Row &row) {
            rows.push_back(map(row));
            return true;
        });
        if (!done)
            return done.error();
        return rows;
    }

    /// Transactions nest; use Transaction. `enter` returns the depth to leave with.
    Result<int> enter();
    Result<void> leave(int depth);
    void abandon(int depth);

private:
    struct Statement;
    struct Lease;
    Database(QString connection, QSqlDatabase database, std::filesystem::path file, bool readOnly);
    Result<std::shared_ptr<Statement>> prepare(const QString &sql);
    Result<std::shared_ptr<Statement>> execute(const QString &sql, const QVariantList &values);
    [[nodiscard]] Error failure(const QSqlError &error, const QString &step) const;

    QString m_connection;
    QSqlDatabase m_database;
    std::filesystem::path m_file;
    bool m_readOnly;
    int m_depth = 0;
    QHash<QString, std::shared_ptr<Statement>> m_statements;
};

/// All reads until its end see one moment of the catalogue, whatever others write meanwhile. Inside a Transaction it
/// does nothing.
class ReadMoment
{
public:
    explicit ReadMoment(Database &database);
    ~ReadMoment();
    ReadMoment(const ReadMoment &) = delete;
    ReadMoment &operator=(const ReadMoment &) = delete;

private:
    Database &m_database;
    bool m_began;
};

} // namespace flukeprint::catalogue
