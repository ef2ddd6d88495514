#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <QString>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// One entry of the log of encounters that became one.
struct EncounterMerge
{
    std::int64_t id = 0;
    EncounterId from;
    EncounterId into;
    QString fromCode; ///< read only, as is intoCode
    QString intoCode;
    QString at; ///< UTC
    QString who;
    QString cause; ///< file name of the photo that lies between the two; empty: a person's wish
    std::int64_t photos = 0; ///< that changed their encounter
    QString undoneAt; ///< empty: it stands
};

/// Joins encounters and takes it back. A merged encounter keeps its row and its code but is listed no more; which photos it had is
/// logged, so that undoing gives them back whatever was merged or imported afterwards.
///
/// Thread-affine like its catalogue, which must outlive it. Every change is one transaction. Errors everywhere: DatabaseFailed,
/// DiskFull, CatalogueReadOnly.
class EncounterMerges
{
public:
    EncounterMerges(Catalogue &catalogue, QString who);

    /// All photos of `from` go to `into`, whose span widens to hold both; where `into` has no position it takes that of `from`. Returns the entry's
    /// id. Errors: NotFound, InvalidArgument (the same twice, or one that was merged before).
    Result<std::int64_t> merge(EncounterId from, EncounterId into, const QString &cause = {});
    /// `from` is an encounter again, with the photos it had that are still where they were put; an end of the other's
    /// span that came with it goes back to where it was before, further out only where what stays reaches further. Errors: NotFound,
    /// NothingToDo (undone already).
    Result<void> undo(std::int64_t merge);
    /// Merges anew what an undone merge had joined, or what has become of the two since. Returns the new entry's id. Errors: NotFound,
    /// NothingToDo (they are one already).
    Result<std::int64_t> joinAgain(std::int64_t merge);

    /// Newest first.
    Result<std::vector<EncounterMerge>> list();
    /// The newest that stands; nullopt: there is none.
    Result<std::optional<EncounterMerge>> newest();
    /// Pairs of encounters, the smaller id first, that hold what somebody parted: nothing may join them by itself. What was merged into
    /// another since counts as that other; what was joined again is no pair.
    Result<std::vector<std::pair<EncounterId, EncounterId>>> parted();

private:
    Result<std::optional<EncounterMerge>> find(std::int64_t merge);
    Result<void> checkMergeable(EncounterId from, EncounterId into);
    Result<void> movePhotos(std::int64_t merge, EncounterId from, EncounterId into);
    Result<void> widen(EncounterId into, EncounterId from);
    Result<EncounterId> whatBecameOf(EncounterId encounter);
    Result<void> giveBack(const EncounterMerge &merge);
    /// One end of a span: its column, and the function of SQL that finds the outermost of several.
    struct SpanEnd
    {
        QString column;
        QString outermost;
    };
    Result<void> shrinkAll(const EncounterMerge &merge);
    /// `through`: the merge that brought the span of `parted` to `holder`.
    Result<void> shrink(std::int64_t through, EncounterId holder, EncounterId parted, const SpanEnd &end);
    Result<void> forgetPosition(EncounterId encounter, EncounterId parted);

    Database &m_database;
    QString m_who;
};

} // namespace flukeprint::catalogue
