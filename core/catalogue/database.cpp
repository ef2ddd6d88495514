#include "core/catalogue/database.h"

#include <QSqlError>
#include <QUrl>

#include <atomic>

namespace flukeprint::catalogue {

namespace {

// SQLite's result codes, https://www.sqlite.org/rescode.html; the low byte is the primary code
enum SqliteCode { sqliteReadOnly = 8, sqliteCorrupt = 11, sqliteFull = 13, sqliteNotADatabase = 26 };

QString connectionName()
{
    static std::atomic<std::uint64_t> next = 1;
    return QStringLiteral("flukeprint-catalogue-%1").arg(next++);
}

QString connectOptions(Database::Mode mode)
{
    QString options = QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000");
    if (mode == Database::Mode::ReadOnly || mode == Database::Mode::Immutable)
        options += QStringLiteral(";QSQLITE_OPEN_READONLY");
    if (mode == Database::Mode::Immutable)
        options += QStringLiteral(";QSQLITE_OPEN_URI");
    return options;
}

QString databaseName(const std::filesystem::path &file, Database::Mode mode)
{
    const QString path = QString::fromStdString(file.string());
    if (mode != Database::Mode::Immutable)
        return path;
    return QString::fromUtf8(QUrl::fromLocalFile(path).toEncoded()) + QStringLiteral("?immutable=1");
}

constexpr int mostCachedStatements = 200;

} // namespace

struct Database::Statement
{
    explicit Statement(const QSqlDatabase &database)
        : query(database)
    {
        query.setForwardOnly(true);
    }
    QSqlQuery query;
    bool busy = false;
};

/// Gives a statement back when the visitor is done or has thrown.
struct Database::Lease
{
    explicit Lease(Statement &leased)
        : statement(leased)
    {
    }
    ~Lease()
    {
        statement.query.finish();
        statement.busy = false;
    }
    Lease(const Lease &) = delete;
    Lease &operator=(const Lease &) = delete;
    Statement &statement;
};

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path &file, Mode mode)
{
    const QString name = connectionName();
    QSqlDatabase connection = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
    connection.setConnectOptions(connectOptions(mode));
    connection.setDatabaseName(databaseName(file, mode));
    const bool readOnly = mode == Mode::ReadOnly || mode == Mode::Immutable;
    const bool opened = connection.open();
    const QSqlError openError = connection.lastError();
    // the constructor is private, and the object owns the connection from here on, also when opening failed
    std::unique_ptr<Database> database(new Database(name, connection, file, readOnly));
    connection = QSqlDatabase();
    if (!opened)
        return database->failure(openError, QStringLiteral("open"));
    for (const char *pragma :
         {"PRAGMA foreign_keys = ON", "PRAGMA recursive_triggers = ON", "PRAGMA synchronous = FULL",
          "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -32768"}) {
        const Result<void> set = database->each(pragma, {}, [](const Row &) { return true; });
        if (!set)
            return set.error();
    }
    return database;
}

Database::Database(QString connection, QSqlDatabase database, std::filesystem::path file, bool readOnly)
    : m_connection(std::move(connection))
    , m_database(std::move(database))
    , m_file(std::move(file))
    , m_readOnly(readOnly)
{
}

Database::~Database()
{
    m_statements.clear();
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(m_connection);
}

Error Database::failure(const QSqlError &error, const QString &step) const
{
    const std::string message = error.text().toStdString();
    switch (error.nativeErrorCode().toInt() & 0xff) {
    case sqliteFull:
        return Error(ErrorCode::DiskFull, {m_file.string()}, message);
    case sqliteReadOnly:
        return Error(ErrorCode::CatalogueReadOnly, {m_file.parent_path().string()}, message);
    case sqliteCorrupt:
    case sqliteNotADatabase:
        return Error(ErrorCode::DataDamaged, {m_file.string(), error.databaseText().toStdString()}, message);
    default:
        return Error(ErrorCode::DatabaseFailed, {step.simplified().toStdString(), message});
    }
}

Result<void> Database::forbidWriting()
{
    m_readOnly = true;
    return each(QStringLiteral("PRAGMA query_only = ON"), {}, [](const Row &) { return true; });
}

Result<void> Database::copyInto(const std::filesystem::path &file)
{
    const auto ask = [this](const QString &sql, const QVariantList &values = {}) {
        return each(sql, values, [](const Row &) { return true; });
    };
    // SQLite counts VACUUM INTO among the writes that query_only forbids, though it leaves this database alone.
    const bool forbidden = m_readOnly;
    if (forbidden) {
        if (const Result<void> allowed = ask(QStringLiteral("PRAGMA query_only = OFF")); !allowed)
            return allowed;
    }
    const Result<void> copied = ask(QStringLiteral("VACUUM INTO ?"), {QString::fromStdString(file.string())});
    if (forbidden) {
        if (const Result<void> again = forbidWriting(); !again)
            return again;
    }
    // The database names itself, but it is the other disk that is full.
    if (!copied && copied.error().code == ErrorCode::DiskFull)
        return Error(ErrorCode::DiskFull, {file.string()}, copied.error().detail);
    return copied;
}

Result<std::shared_ptr<Database::Statement>> Database::prepare(const QString &sql)
{
    const auto cached = m_statements.constFind(sql);
    if (cached != m_statements.constEnd() && !(*cached)->busy)
        return *cached;
    // a statement that is being walked through cannot be used a second time: the inner use gets its own
    const bool keep = cached == m_statements.constEnd();
    auto statement = std::make_shared<Statement>(m_database);
    if (!statement->query.prepare(sql))
        return failure(statement->query.lastError(), sql);
    if (keep) {
        if (m_statements.size() >= mostCachedStatements)
            m_statements.removeIf([](const auto &entry) { return !entry.value()->busy; });
        m_statements.insert(sql, statement);
    }
    return statement;
}

Result<std::shared_ptr<Database::Statement>> Database::execute(const QString &sql, const QVariantList &values)
{
    Result<std::shared_ptr<Statement>> prepared = prepare(sql);
    if (!prepared)
        return prepared.error();
    QSqlQuery &query = (*prepared)->query;
    for (int i = 0; i < values.size(); ++i) {
        const QVariant &value = values[i];
        const bool nullText = value.userType() == QMetaType::QString && value.toString().isNull();
        query.bindValue(i, nullText ? QVariant(QStringLiteral("")) : value);
    }
    if (!query.exec()) {
        Error error = failure(query.lastError(), sql);
        query.finish();
        return error;
    }
    (*prepared)->busy = true;
    return prepared;
}

Result<Changed> Database::run(const QString &sql, const QVariantList &values)
{
    if (m_readOnly)
        return Error(ErrorCode::CatalogueReadOnly, {m_file.parent_path().string()});
    const Result<std::shared_ptr<Statement>> executed = execute(sql, values);
    if (!executed)
        return executed.error();
    const Lease lease(**executed);
    const QSqlQuery &query = lease.statement.query;
    return Changed{query.numRowsAffected(), query.lastInsertId().toLongLong()};
}

Result<void> Database::each(const QString &sql, const QVariantList &values,
                            const std::function<bool(const Row &)> &visit)
{
    const Result<std::shared_ptr<Statement>> executed = execute(sql, values);
    if (!executed)
        return executed.error();
    const Lease lease(**executed);
    QSqlQuery &query = lease.statement.query;
    while (query.next()) {
        if (!visit(Row(query)))
            return {};
    }
    if (query.lastError().isValid())
        return failure(query.lastError(), sql);
    return {};
}

Result<std::int64_t> Database::integer(const QString &sql, const QVariantList &values)
{
    auto found = first(sql, values, [](const Row &row) { return row.integer(0); });
    if (!found)
        return found.error();
    return found->value_or(0);
}

Result<QString> Database::text(const QString &sql, const QVariantList &values)
{
    auto found = first(sql, values, [](const Row &row) { return row.text(0); });
    if (!found)
        return found.error();
    return found->value_or(QString());
}

Result<bool> Database::exists(const QString &sql, const QVariantList &values)
{
    auto found = first(sql, values, [](const Row &) { return true; });
    if (!found)
        return found.error();
    return found->has_value();
}

Result<int> Database::enter()
{
    const QString sql =
        m_depth == 0 ? QStringLiteral("BEGIN IMMEDIATE") : QStringLiteral("SAVEPOINT level_%1").arg(m_depth);
    const Result<Changed> begun = run(sql);
    if (!begun)
        return begun.error();
    return ++m_depth;
}

Result<void> Database::leave(int depth)
{
    if (depth != m_depth)
        return Error(ErrorCode::Internal, {"transactions must end in the reverse order of their beginning"});
    const QString sql = depth == 1 ? QStringLiteral("COMMIT") : QStringLiteral("RELEASE level_%1").arg(depth - 1);
    const Result<Changed> done = run(sql);
    if (!done) {
        abandon(depth);
        return done.error();
    }
    --m_depth;
    return {};
}

void Database::abandon(int depth)
{
    if (depth > m_depth)
        return; // SQLite rolled everything back already, or an outer one was abandoned first
    if (depth == 1) {
        // fails harmlessly if a full disk made SQLite roll back by itself
        (void)run(QStringLiteral("ROLLBACK"));
    } else {
        (void)run(QStringLiteral("ROLLBACK TO level_%1").arg(depth - 1));
        (void)run(QStringLiteral("RELEASE level_%1").arg(depth - 1));
    }
    m_depth = depth - 1;
}

ReadMoment::ReadMoment(Database &database)
    : m_database(database)
    , m_began(database.each(QStringLiteral("BEGIN"), {}, [](const Row &) { return true; }).ok())
{
}

ReadMoment::~ReadMoment()
{
    if (m_began)
        (void)m_database.each(QStringLiteral("COMMIT"), {}, [](const Row &) { return true; });
}

} // namespace flukeprint::catalogue
