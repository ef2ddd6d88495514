#include "core/catalogue/individual_store.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/individual_codes.h"

namespace flukeprint::catalogue {

namespace {

// A chosen picture that was relabelled since is nobody's choice any more.
const QString individualColumns =
    QStringLiteral("id, code, name, sex, colour_type, notes, created_at, (SELECT c.id FROM annotation c WHERE c.id = "
                   "individual.representative_id AND c.individual_id = individual.id), retired, merged_into");

Individual individualFrom(const Row &row)
{
    Individual individual;
    individual.id = row.id<IndividualId>(0);
    individual.code = row.text(1);
    individual.name = row.text(2);
    individual.sex = row.text(3);
    individual.colourType = row.number(4);
    individual.notes = row.text(5);
    individual.createdAt = row.text(6);
    individual.representative = row.id<AnnotationId>(7);
    individual.retired = row.flag(8);
    individual.mergedInto = row.id<IndividualId>(9);
    return individual;
}

Error noSuchIndividual(IndividualId id)
{
    return Error(ErrorCode::NotFound, {"individual", std::to_string(id.value)});
}

Result<void> checkFields(const Individual &individual)
{
    if (individual.colourType < 0 || individual.colourType > 5)
        return Error(ErrorCode::InvalidArgument, {"colour_type", std::to_string(individual.colourType), "0..5"});
    if (!individual.sex.isEmpty() && individual.sex != QLatin1String("female")
        && individual.sex != QLatin1String("male"))
        return Error(ErrorCode::InvalidArgument, {"sex", individual.sex.toStdString(), "female, male or nothing"});
    return {};
}

/// The individual that owns a code or alias; an invalid id if nobody does.
Result<IndividualId> ownerOf(Database &database, const QString &codeOrAlias)
{
    const auto found = database.integer(
        QStringLiteral(
            "SELECT id FROM (SELECT id, 0 AS place FROM individual WHERE lower(code) = lower(?) "
            "UNION ALL SELECT individual_id, 1 FROM alias WHERE lower(name) = lower(?)) ORDER BY place LIMIT 1"),
        {codeOrAlias, codeOrAlias});
    if (!found)
        return found.error();
    return IndividualId(*found);
}

Result<void> checkFree(Database &database, const QString &code, IndividualId except = {})
{
    if (const Result<void> sound = checkCode(code); !sound)
        return sound;
    const Result<IndividualId> owner = ownerOf(database, code);
    if (!owner)
        return owner.error();
    if (owner->isValid() && *owner != except)
        return Error(ErrorCode::AlreadyExists, {"individual", code.toStdString()});
    return {};
}

Result<void> insertAlias(Database &database, IndividualId id, const QString &alias)
{
    return withoutCount(
        database.run(QStringLiteral("INSERT INTO alias (individual_id, name) VALUES (?, ?)"), {idValue(id), alias}));
}

} // namespace

IndividualStore::IndividualStore(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

IndividualStore::IndividualStore(Database &database)
    : m_database(database)
{
}

Result<void> IndividualStore::checkCode(const QString &code) { return catalogue::checkCode(code); }

Result<IndividualId> IndividualStore::add(const Individual &individual)
{
    if (const Result<void> sound = checkFields(individual); !sound)
        return sound.error();
    return inTransaction(m_database, [&]() -> Result<IndividualId> {
        if (const Result<void> free = checkFree(m_database, individual.code); !free)
            return free.error();
        const auto added = m_database.run(
            QStringLiteral(
                "INSERT INTO individual (code, name, sex, colour_type, notes, created_at) VALUES (?, ?, ?, ?, ?, ?)"),
            {individual.code, individual.name, individual.sex, individual.colourType, individual.notes,
             individual.createdAt.isEmpty() ? utcNow() : individual.createdAt});
        if (!added)
            return added.error();
        const IndividualId id(added->lastId);
        for (const QString &alias : individual.aliases) {
            if (const Result<void> done = addAlias(id, alias); !done)
                return done.error();
        }
        return id;
    });
}

Result<IndividualId> IndividualStore::findOrAdd(const QString &code)
{
    return inTransaction(m_database, [&]() -> Result<IndividualId> {
        const Result<IndividualId> owner = ownerOf(m_database, code);
        if (!owner)
            return owner.error();
        if (owner->isValid()) {
            const Result<IndividualId> final = resolve(*owner);
            // one whose creation was undone is known again by being named
            return !final && final.error().code == ErrorCode::InvalidArgument ? owner : final;
        }
        Individual individual;
        individual.code = code;
        return add(individual);
    });
}

Result<Individual> IndividualStore::get(IndividualId id)
{
    static const QString sql = QStringLiteral("SELECT %1 FROM individual WHERE id = ?").arg(individualColumns);
    auto found = m_database.first(sql, {idValue(id)}, individualFrom);
    if (!found)
        return found.error();
    if (!found->has_value())
        return noSuchIndividual(id);
    Individual individual = **found;
    const auto aliases = m_database.all(QStringLiteral("SELECT name FROM alias WHERE individual_id = ? ORDER BY id"),
                                        {idValue(id)}, [](const Row &row) { return row.text(0); });
    if (!aliases)
        return aliases.error();
    individual.aliases = QStringList(aliases->begin(), aliases->end());
    return individual;
}

Result<std::optional<Individual>> IndividualStore::find(const QString &codeOrAlias)
{
    const Result<IndividualId> owner = ownerOf(m_database, codeOrAlias);
    if (!owner)
        return owner.error();
    if (!owner->isValid())
        return std::optional<Individual>();
    const Result<Individual> individual = get(*owner);
    if (!individual)
        return individual.error();
    return std::optional(*individual);
}

Result<IndividualId> IndividualStore::resolve(IndividualId id)
{
    struct Step
    {
        bool retired = false;
        IndividualId next;
    };
    for (IndividualId current = id;;) {
        const auto step = m_database.first(QStringLiteral("SELECT retired, merged_into FROM individual WHERE id = ?"),
                                           {idValue(current)}, [](const Row &row) {
                                               return Step{row.flag(0), row.id<IndividualId>(1)};
                                           });
        if (!step)
            return step.error();
        if (!step->has_value())
            return noSuchIndividual(current);
        if (!(*step)->retired)
            return current;
        if (!(*step)->next.isValid() || (*step)->next == id)
            return Error(ErrorCode::InvalidArgument, {"individual", std::to_string(id.value), "not retired"});
        current = (*step)->next;
    }
}

Result<void> IndividualStore::update(const Individual &individual)
{
    if (const Result<void> sound = checkFields(individual); !sound)
        return sound;
    return inTransaction(m_database, [&]() -> Result<void> {
        const auto changed = m_database.run(
            QStringLiteral("UPDATE individual SET name = ?, sex = ?, colour_type = ?, notes = ? WHERE id = ?"),
            {individual.name, individual.sex, individual.colourType, individual.notes, idValue(individual.id)});
        if (!changed)
            return changed.error();
        if (changed->rows == 0)
            return noSuchIndividual(individual.id);
        return setRepresentative(individual.id, individual.representative);
    });
}

Result<void> IndividualStore::rename(IndividualId id, const QString &newCode, bool keepOldAsAlias)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        const Result<Individual> before = get(id);
        if (!before)
            return before.error();
        if (const Result<void> free = checkFree(m_database, newCode, id); !free)
            return free;
        if (const Result<void> done = removeAlias(id, newCode); !done)
            return done;
        const auto renamed =
            m_database.run(QStringLiteral("UPDATE individual SET code = ? WHERE id = ?"), {newCode, idValue(id)});
        if (!renamed)
            return renamed.error();
        const bool onlyCase = before->code.compare(newCode, Qt::CaseInsensitive) == 0;
        if (!keepOldAsAlias || onlyCase)
            return {};
        return insertAlias(m_database, id, before->code);
    });
}

Result<void> IndividualStore::addAlias(IndividualId id, const QString &alias)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        if (const Result<void> free = checkFree(m_database, alias); !free)
            return free;
        const Result<bool> known =
            m_database.exists(QStringLiteral("SELECT 1 FROM individual WHERE id = ?"), {idValue(id)});
        if (!known)
            return known.error();
        if (!*known)
            return noSuchIndividual(id);
        return insertAlias(m_database, id, alias);
    });
}

Result<void> IndividualStore::removeAlias(IndividualId id, const QString &alias)
{
    return withoutCount(m_database.run(
        QStringLiteral("DELETE FROM alias WHERE individual_id = ? AND lower(name) = lower(?)"), {idValue(id), alias}));
}

Result<void> IndividualStore::setRepresentative(IndividualId id, AnnotationId annotation)
{
    return inTransaction(m_database, [&]() -> Result<void> {
        if (annotation.isValid()) {
            const Result<bool> ours =
                m_database.exists(QStringLiteral("SELECT 1 FROM annotation WHERE id = ? AND individual_id = ?"),
                                  {idValue(annotation), idValue(id)});
            if (!ours)
                return ours.error();
            if (!*ours)
                return Error(ErrorCode::InvalidArgument,
                             {"representative", std::to_string(annotation.value), "an annotation of this individual"});
        }
        const auto changed = m_database.run(QStringLiteral("UPDATE individual SET representative_id = ? WHERE id = ?"),
                                            {idValue(annotation), idValue(id)});
        if (!changed)
            return changed.error();
        if (changed->rows == 0)
            return noSuchIndividual(id);
        return {};
    });
}

Result<QString> IndividualStore::nextCode()
{
    const Result<QString> pattern = m_database.text(QStringLiteral("SELECT value FROM setting WHERE key = ?"),
                                                    {QString::fromLatin1(codePatternSetting)});
    if (!pattern)
        return pattern.error();
    // One whose creation was undone gives its number back: the next new animal brings that very code to life again.
    auto codes = m_database.all(QStringLiteral("SELECT code FROM individual WHERE retired = 0 OR merged_into IS NOT "
                                               "NULL UNION ALL SELECT name FROM alias"),
                                {}, [](const Row &row) { return row.text(0); });
    if (!codes)
        return codes.error();
    const NumberedCode family = familyToContinue(*codes, *pattern);
    for (std::int64_t number = family.number + 1;; ++number) {
        const QString code = numbered(family.prefix, family.digits, number);
        const Result<bool> taken = m_database.exists(
            QStringLiteral(
                "SELECT 1 FROM individual WHERE lower(code) = lower(?) AND (retired = 0 OR merged_into IS NOT NULL) "
                "UNION ALL SELECT 1 FROM alias WHERE lower(name) = lower(?)"),
            {code, code});
        if (!taken)
            return taken.error();
        if (!*taken)
            return code;
    }
}

} // namespace flukeprint::catalogue
