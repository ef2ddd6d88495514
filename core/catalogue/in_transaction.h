#pragma once

#include "core/catalogue/database.h"
#include "core/catalogue/transaction.h"

namespace flukeprint::catalogue {

/// Runs `work` in a transaction of its own, or as part of the one that is open: commits if it succeeds, rolls back if
/// it returns an error. Private to the room.
template <typename Work> auto inTransaction(Database &database, Work work) -> decltype(work())
{
    Result<Transaction> transaction = Transaction::begin(database);
    if (!transaction)
        return transaction.error();
    auto result = work();
    if (!result)
        return result;
    if (const Result<void> committed = transaction->commit(); !committed)
        return committed.error();
    return result;
}

/// Of a write whose row count does not matter.
[[nodiscard]] inline Result<void> withoutCount(const Result<Changed> &changed)
{
    if (!changed)
        return changed.error();
    return {};
}

} // namespace flukeprint::catalogue
