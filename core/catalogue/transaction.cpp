#include "core/catalogue/transaction.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/database.h"

#include <utility>

namespace flukeprint::catalogue {

Result<Transaction> Transaction::begin(Catalogue &catalogue)
{
    return begin(catalogue.database());
}

Result<Transaction> Transaction::begin(Database &database)
{
    const Result<int> depth = database.enter();
    if (!depth)
        return depth.error();
    return Transaction(database, *depth);
}

Transaction::Transaction(Database &database, int depth)
    : m_database(&database)
    , m_depth(depth)
{
}

Transaction::Transaction(Transaction &&other) noexcept
    : m_database(std::exchange(other.m_database, nullptr))
    , m_depth(other.m_depth)
{
}

Transaction::~Transaction()
{
    rollback();
}

Result<void> Transaction::commit()
{
    if (m_database == nullptr)
        return Error(ErrorCode::Internal, {"commit after the transaction ended"});
    return std::exchange(m_database, nullptr)->leave(m_depth);
}

void Transaction::rollback()
{
    if (m_database != nullptr)
        std::exchange(m_database, nullptr)->abandon(m_depth);
}

} // namespace flukeprint::catalogue
