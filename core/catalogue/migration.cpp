#include "core/catalogue/migration.h"

#include "core/catalogue/database.h"
#include "core/catalogue/transaction.h"

namespace flukeprint::catalogue {

namespace {

Result<void> runStep(Database &database, const MigrationStep &step)
{
    for (const char *statement : step.statements) {
        const Result<Changed> done = database.run(QString::fromUtf8(statement));
        if (!done)
            return done.error();
    }
    return {};
}

Result<void> checkReferences(Database &database)
{
    const auto broken =
        database.first(QStringLiteral("PRAGMA foreign_key_check"), {}, [](const Row &row) { return row.text(0); });
    if (!broken)
        return broken.error();
    if (broken->has_value())
        return Error(ErrorCode::DataDamaged,
                     {"catalogue.sqlite", "a row of " + (**broken).toStdString() + " refers to nothing"});
    return {};
}

} // namespace

Result<void> migrate(Database &database, std::span<const MigrationStep> steps)
{
    Result<Transaction> transaction = Transaction::begin(database);
    if (!transaction)
        return transaction.error();
    // read inside the transaction: another program may have migrated between the look and the lock
    const Result<std::int64_t> version = database.integer(QStringLiteral("PRAGMA user_version"));
    if (!version)
        return version.error();
    for (const MigrationStep &step : steps) {
        if (step.version <= *version)
            continue;
        if (const Result<void> done = runStep(database, step); !done)
            return done;
        if (const auto set = database.run(QStringLiteral("PRAGMA user_version = %1").arg(step.version)); !set)
            return set.error();
    }
    if (const auto set = database.run(QStringLiteral("PRAGMA application_id = %1").arg(catalogueApplicationId)); !set)
        return set.error();
    if (const Result<void> sound = checkReferences(database); !sound)
        return sound;
    return transaction->commit();
}

} // namespace flukeprint::catalogue
