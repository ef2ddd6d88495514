#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

namespace flukeprint::catalogue {

class Catalogue;
class Database;

enum class IndividualSort { Code, Name, PhotoCount, LastSeen };

struct IndividualFilter
{
    QString text; ///< part of code, name or alias, without regard to case; empty: all
    bool includeRetired = false;
    bool onlyWithPhotos = false; ///< leaves out those that no photo is identified as
};

/// One line of the list of individuals.
struct IndividualRow
{
    IndividualId id;
    QString code;
    QString name;
    QString sex;
    int colourType = 0;
    int photoCount = 0; ///< identified photos
    QString firstSeen; ///< takenAt of the oldest and newest identified photo
    QString lastSeen;
    AnnotationId representative; ///< the chosen one, else the best graded and newest; invalid without photos
    QString thumbnailKey; ///< SHA-256 of the representative's photo
    bool retired = false;
};

/// Known animals. Thread-affine like its catalogue, which must outlive it. Errors everywhere: DatabaseFailed, DiskFull,
/// CatalogueReadOnly.
class IndividualStore
{
public:
    explicit IndividualStore(Catalogue &catalogue);
    explicit IndividualStore(Database &database); ///< for this room

    /// What a code must be: 1..64 characters on one line, no space at either end. Errors: InvalidArgument.
    [[nodiscard]] static Result<void> checkCode(const QString &code);

    /// Adds one that is known by name already (an imported list, say). An animal first seen in review is made by
    /// DecisionLog::newIndividual. Errors: AlreadyExists ("individual", code; also if it is another's alias),
    /// InvalidArgument.
    Result<IndividualId> add(const Individual &individual);
    /// The individual of that code or alias (without regard to case; merged ones lead to what they became), made if
    /// there is none.
    Result<IndividualId> findOrAdd(const QString &code);
    /// Errors: NotFound.
    Result<Individual> get(IndividualId id);
    /// By code, then alias, without regard to case; retired ones too.
    Result<std::optional<Individual>> find(const QString &codeOrAlias);
    /// Follows merges to the individual that decisions should name. Errors: NotFound; InvalidArgument (retired and not
    /// merged).
    Result<IndividualId> resolve(IndividualId id);

    /// Name, sex, colour type, notes and representative; code, aliases and retirement have functions of their own.
    /// Errors: NotFound, InvalidArgument (colour type, sex, a representative of another individual).
    Result<void> update(const Individual &individual);
    /// With `keepOldAsAlias` the old code still finds the animal. Errors: NotFound, AlreadyExists, InvalidArgument.
    Result<void> rename(IndividualId id, const QString &newCode, bool keepOldAsAlias = true);
    /// Errors: AlreadyExists (a code or alias of another), InvalidArgument.
    Result<void> addAlias(IndividualId id, const QString &alias);
    Result<void> removeAlias(IndividualId id, const QString &alias);
    Result<void> setRepresentative(IndividualId id, AnnotationId annotation);

    Result<std::int64_t> count(const IndividualFilter &filter = {});
    /// `limit` < 0: all.
    Result<std::vector<IndividualRow>> list(const IndividualFilter &filter = {},
                                            IndividualSort sort = IndividualSort::Code, bool descending = false,
                                            std::int64_t offset = 0, std::int64_t limit = -1);

    struct Completion
    {
        IndividualId id;
        QString code;
        QString name;
        QString matched; ///< the code, name or alias that begins with or contains the text
    };
    /// For typing: those that begin with the text first, then those that contain it; not retired.
    Result<std::vector<Completion>> complete(const QString &text, int limit = 20);

    /// The code that the next new individual gets: by the setting "individual.code_pattern" ("FP-%05d" style, one
    /// %0Nd), else by continuing the numbered prefix that most codes share ("CRC-04116" -> "CRC-04117"), else
    /// "FP-00001". Never one in use.
    Result<QString> nextCode();

private:
    Database &m_database;
};

inline constexpr const char *codePatternSetting = "individual.code_pattern";

} // namespace flukeprint::catalogue
