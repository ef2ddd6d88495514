#pragma once

#include "core/base/result.h"

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// Everything between `begin` and `commit` happens or nothing does: destroyed without `commit`, it rolls back.
/// Takes the write lock at once (BEGIN IMMEDIATE), so a later statement cannot fail because another connection wrote
/// first. May be nested: an inner one is a savepoint, and its commit becomes durable with the outermost commit. Not
/// thread-safe; must not outlive the catalogue handle. Stores that need a transaction open their own, so calls to
/// stores may be wrapped freely.
class Transaction
{
public:
    /// Errors: CatalogueReadOnly, DatabaseFailed (another connection held the write lock for over 5 s).
    static Result<Transaction> begin(Catalogue &catalogue);
    static Result<Transaction> begin(Database &database);

    Transaction(Transaction &&other) noexcept;
    Transaction &operator=(Transaction &&) = delete;
    ~Transaction();

    /// After an error the transaction is rolled back. Errors: DiskFull, DatabaseFailed.
    Result<void> commit();
    /// Rolls back now; harmless after commit.
    void rollback();

private:
    Transaction(Database &database, int depth);
    Database *m_database;
    int m_depth;
};

} // namespace flukeprint::catalogue
