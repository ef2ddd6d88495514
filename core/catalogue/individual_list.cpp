#include "core/catalogue/database.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/like_pattern.h"

#include <unordered_set>

namespace flukeprint::catalogue {

namespace {

QString orderBy(IndividualSort sort, bool descending)
{
    const QString direction = descending ? QStringLiteral(" DESC") : QString();
    switch (sort) {
    case IndividualSort::Name:
        // those without a name come last either way
        return QStringLiteral("(i.name = ''), lower(i.name)%1, lower(i.code)").arg(direction);
    case IndividualSort::PhotoCount:
        return QStringLiteral("photo_count%1, lower(i.code)").arg(direction);
    case IndividualSort::LastSeen:
        return QStringLiteral("last_seen%1, lower(i.code)").arg(direction);
    case IndividualSort::Code:
        break;
    }
    return QStringLiteral("lower(i.code)%1").arg(direction);
}

QString condition(const IndividualFilter &filter, QVariantList &values)
{
    QStringList terms;
    if (!filter.includeRetired)
        terms << QStringLiteral("i.retired = 0");
    if (filter.onlyWithPhotos)
        terms << QStringLiteral("EXISTS (SELECT 1 FROM annotation o WHERE o.individual_id = i.id)");
    if (!filter.text.isEmpty()) {
        const QString pattern = containsPattern(filter.text);
        terms << QStringLiteral("(i.code LIKE ? ESCAPE '\\' OR i.name LIKE ? ESCAPE '\\' OR EXISTS "
                                "(SELECT 1 FROM alias l WHERE l.individual_id = i.id AND l.name LIKE ? ESCAPE '\\'))");
        values << pattern << pattern << pattern;
    }
    return terms.isEmpty() ? QStringLiteral("1 = 1") : terms.join(QLatin1String(" AND "));
}

IndividualRow individualRowFrom(const Row &row)
{
    IndividualRow result;
    result.id = row.id<IndividualId>(0);
    result.code = row.text(1);
    result.name = row.text(2);
    result.sex = row.text(3);
    result.colourType = row.number(4);
    result.retired = row.flag(5);
    result.photoCount = row.number(6);
    result.firstSeen = row.text(7);
    result.lastSeen = row.text(8);
    result.representative = row.id<AnnotationId>(9);
    result.thumbnailKey = row.text(10);
    return result;
}

// The representative: the chosen one while it is still this animal's, else the best graded (0 = not graded comes after
// 5), newest.
const QString listSql = QStringLiteral(
    "SELECT i.id, i.code, i.name, i.sex, i.colour_type, i.retired, coalesce(s.photo_count, 0) AS photo_count, "
    "s.first_seen, "
    "coalesce(s.last_seen, '') AS last_seen, r.id, rp.sha256 "
    "FROM individual i LEFT JOIN (SELECT a.individual_id AS individual_id, count(*) AS photo_count, "
    "min(nullif(p.taken_at, '')) AS first_seen, max(p.taken_at) AS last_seen FROM annotation a JOIN photo p ON p.id = "
    "a.photo_id "
    "WHERE a.individual_id IS NOT NULL GROUP BY a.individual_id) s ON s.individual_id = i.id "
    "LEFT JOIN annotation r ON r.id = coalesce("
    "(SELECT c.id FROM annotation c WHERE c.id = i.representative_id AND c.individual_id = i.id), "
    "(SELECT b.id FROM annotation b JOIN photo bp ON bp.id = b.photo_id WHERE b.individual_id = i.id "
    "ORDER BY (CASE WHEN b.quality = 0 THEN 6 ELSE b.quality END), bp.taken_at DESC, b.id DESC LIMIT 1)) "
    "LEFT JOIN photo rp ON rp.id = r.photo_id WHERE %1 ORDER BY %2 LIMIT ? OFFSET ?");

} // namespace

Result<std::int64_t> IndividualStore::count(const IndividualFilter &filter)
{
    QVariantList values;
    const QString where = condition(filter, values);
    return m_database.integer(QStringLiteral("SELECT count(*) FROM individual i WHERE %1").arg(where), values);
}

Result<std::vector<IndividualRow>> IndividualStore::list(const IndividualFilter &filter, IndividualSort sort,
                                                         bool descending, std::int64_t offset, std::int64_t limit)
{
    QVariantList values;
    const QString where = condition(filter, values);
    values << integerValue(limit) << integerValue(offset);
    return m_database.all(listSql.arg(where, orderBy(sort, descending)), values, individualRowFrom);
}

Result<std::vector<IndividualStore::Completion>> IndividualStore::complete(const QString &text, int limit)
{
    // code before name before alias; an animal found by several of them is shown once, by the first
    const auto found = m_database.all(
        QStringLiteral(
            "SELECT id, code, name, matched FROM ("
            "SELECT id, code, name, code AS matched, 0 AS place FROM individual WHERE retired = 0 "
            "UNION ALL SELECT id, code, name, name, 1 FROM individual WHERE retired = 0 AND name <> '' "
            "UNION ALL SELECT i.id, i.code, i.name, l.name, 2 FROM alias l JOIN individual i ON i.id = l.individual_id "
            "WHERE i.retired = 0) WHERE matched LIKE ? ESCAPE '\\' "
            "ORDER BY (matched NOT LIKE ? ESCAPE '\\'), place, lower(code) LIMIT ?"),
        {containsPattern(text), beginsPattern(text), 3 * limit}, [](const Row &row) {
            return Completion{row.id<IndividualId>(0), row.text(1), row.text(2), row.text(3)};
        });
    if (!found)
        return found.error();
    std::vector<Completion> completions;
    std::unordered_set<IndividualId> seen;
    for (const Completion &completion : *found) {
        if (static_cast<int>(completions.size()) < limit && seen.insert(completion.id).second)
            completions.push_back(completion);
    }
    return completions;
}

} // namespace flukeprint::catalogue
