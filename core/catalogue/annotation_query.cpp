#include "core/catalogue/annotation_query.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/database.h"
#include "core/catalogue/like_pattern.h"

#include <QDate>

namespace flukeprint::catalogue {

namespace {

/// FROM ... WHERE ... of a filter, with the values to bind.
struct Conditions
{
    QStringList terms;
    QVariantList values;

    void add(const QString &term, const QVariantList &bound = {})
    {
        terms << term;
        values << bound;
    }
    [[nodiscard]] QString where() const
    {
        return terms.isEmpty() ? QStringLiteral("1 = 1") : terms.join(QLatin1String(" AND "));
    }
};

Result<void> checkDate(const QString &text)
{
    if (!QDate::fromString(text.left(10), Qt::ISODate).isValid())
        return Error(ErrorCode::InvalidArgument, {"date", text.toStdString(), "YYYY-MM-DD"});
    return {};
}

Result<void> addDates(Conditions &conditions, const AnnotationFilter &filter)
{
    if (!filter.takenFrom.isEmpty()) {
        if (const Result<void> sound = checkDate(filter.takenFrom); !sound)
            return sound;
        conditions.add(QStringLiteral("p.taken_at >= ?"), {filter.takenFrom});
    }
    if (!filter.takenTo.isEmpty()) {
        if (const Result<void> sound = checkDate(filter.takenTo); !sound)
            return sound;
        // "~" sorts after every character of a time: a day includes all of its moments
        conditions.add(QStringLiteral("p.taken_at <> '' AND p.taken_at <= ?"), {QString(filter.takenTo + u'~')});
    }
    return {};
}

void addText(Conditions &conditions, const QString &text)
{
    const QString pattern = containsPattern(text);
    conditions.add(QStringLiteral("(p.file_name LIKE ? ESCAPE '\\' OR a.individual_id IN ("
                                  "SELECT id FROM individual WHERE code LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\' "
                                  "UNION SELECT individual_id FROM alias WHERE name LIKE ? ESCAPE '\\') "
                                  "OR p.encounter_id IN (SELECT id FROM encounter WHERE code LIKE ? ESCAPE '\\' "
                                  "OR place LIKE ? ESCAPE '\\'))"),
                   {pattern, pattern, pattern, pattern, pattern, pattern});
}

Result<Conditions> conditionsOf(const AnnotationFilter &filter)
{
    Conditions conditions;
    if (filter.individual.isValid())
        conditions.add(QStringLiteral("a.individual_id = ?"), {idValue(filter.individual)});
    if (!filter.states.empty()) {
        QStringList names;
        for (const IdentityState state : filter.states)
            names << u'\'' + nameOf(state) + u'\'';
        conditions.add(QStringLiteral("a.state IN (%1)").arg(names.join(u',')));
    }
    if (const Result<void> added = addDates(conditions, filter); !added)
        return added.error();
    if (filter.encounter.isValid())
        conditions.add(QStringLiteral("p.encounter_id = ?"), {idValue(filter.encounter)});
    if (filter.importSession.isValid())
        conditions.add(QStringLiteral("p.import_session_id = ?"), {idValue(filter.importSession)});
    if (filter.worstQuality > 0)
        conditions.add(QStringLiteral("a.quality BETWEEN 1 AND ?"), {filter.worstQuality});
    if (filter.missingFiles)
        conditions.add(QStringLiteral("p.missing = 1"));
    if (!filter.text.isEmpty())
        addText(conditions, filter.text);
    return conditions;
}

const QString fromBoth = QStringLiteral("FROM annotation a JOIN photo p ON p.id = a.photo_id ");

/// True where a filter leaves so little, or must look at so much of every row, that sorting what it finds beats walking
/// through all photos in their order.
bool sortsWhatItFinds(const AnnotationFilter &filter)
{
    return filter.individual.isValid() || !filter.states.empty() || filter.encounter.isValid()
        || filter.importSession.isValid() || filter.missingFiles || !filter.text.isEmpty();
}

/// SQLite's planner does not know which of the two is cheaper, so the statement says it: CROSS JOIN fixes who comes
/// first, and an expression in place of a column keeps an index from being walked for its order.
QString photosColumn(const char *column, bool sorts)
{
    return QStringLiteral("p.%1%2").arg(QLatin1String(column), sorts ? QLatin1String(" || ''") : QLatin1String(""));
}

QString orderBy(AnnotationOrder order, bool sorts)
{
    const QString direction = order.descending ? QStringLiteral(" DESC") : QString();
    switch (order.sort) {
    case AnnotationSort::TakenAt:
        return QStringLiteral("%1%2, p.id%2, a.id%2").arg(photosColumn("taken_at", sorts), direction);
    case AnnotationSort::FileName:
        return QStringLiteral("%1%2, p.id%2, a.id%2").arg(photosColumn("file_name", sorts), direction);
    case AnnotationSort::Quality:
        return QStringLiteral("a.quality%1, a.id%1").arg(direction);
    case AnnotationSort::Individual:
        // those without an individual come last either way
        return QStringLiteral("(a.individual_id IS NULL), "
                              "(SELECT lower(i.code) FROM individual i WHERE i.id = a.individual_id)%1, a.id%1")
            .arg(direction);
    case AnnotationSort::Id:
        break;
    }
    return QStringLiteral("a.id%1").arg(direction);
}

QString fromInOrder(AnnotationSort sort, bool sorts)
{
    const bool photosOrder = sort == AnnotationSort::TakenAt || sort == AnnotationSort::FileName;
    return photosOrder && !sorts ? QStringLiteral("FROM photo p CROSS JOIN annotation a ON a.photo_id = p.id ")
                                 : fromBoth;
}

QString idsSql(const AnnotationFilter &filter, const Conditions &conditions, AnnotationOrder order)
{
    const bool sorts = sortsWhatItFinds(filter);
    return QStringLiteral("SELECT a.id %1 WHERE %2 ORDER BY %3")
        .arg(fromInOrder(order.sort, sorts), conditions.where(), orderBy(order, sorts));
}

AnnotationRow rowFrom(const Row &row)
{
    AnnotationRow result;
    result.id = row.id<AnnotationId>(0);
    result.photo = row.id<PhotoId>(1);
    result.fileName = row.text(2);
    result.thumbnailKey = row.text(3);
    result.state = identityStateFromName(row.text(4)).value_or(IdentityState::Unidentified);
    result.individual = row.id<IndividualId>(5);
    result.individualCode = row.text(6);
    result.takenAt = row.text(7);
    result.quality = row.number(8);
    result.missing = row.flag(9);
    return result;
}

AnnotationId idFrom(const Row &row)
{
    return row.id<AnnotationId>(0);
}

} // namespace

AnnotationQuery::AnnotationQuery(Catalogue &catalogue)
    : m_database(catalogue.database())
{
}

Result<std::int64_t> AnnotationQuery::count(const AnnotationFilter &filter)
{
    const Result<Conditions> conditions = conditionsOf(filter);
    if (!conditions)
        return conditions.error();
    return m_database.integer(QStringLiteral("SELECT count(*) %1 WHERE %2").arg(fromBoth, conditions->where()),
                              conditions->values);
}

Result<std::vector<AnnotationId>> AnnotationQuery::ids(const AnnotationFilter &filter, AnnotationOrder order)
{
    const Result<Conditions> conditions = conditionsOf(filter);
    if (!conditions)
        return conditions.error();
    return m_database.all(idsSql(filter, *conditions, order), conditions->values, idFrom);
}

Result<std::vector<AnnotationRow>> AnnotationQuery::rows(std::span<const AnnotationId> ids)
{
    static const QString sql = QStringLiteral("SELECT a.id, a.photo_id, p.file_name, p.sha256, a.state, "
                                              "a.individual_id, i.code, p.taken_at, a.quality, p.missing "
                                              "%1 LEFT JOIN individual i ON i.id = a.individual_id WHERE a.id = ?")
                                   .arg(fromBoth);
    std::vector<AnnotationRow> rows;
    rows.reserve(ids.size());
    for (const AnnotationId id : ids) {
        auto row = m_database.first(sql, {idValue(id)}, rowFrom);
        if (!row)
            return row.error();
        if (row->has_value())
            rows.push_back(std::move(**row));
    }
    return rows;
}

Result<std::vector<AnnotationRow>> AnnotationQuery::page(const AnnotationFilter &filter, AnnotationOrder order,
                                                         std::int64_t offset, int limit)
{
    const Result<Conditions> conditions = conditionsOf(filter);
    if (!conditions)
        return conditions.error();
    QVariantList values = conditions->values;
    values << limit << integerValue(offset);
    const auto ids =
        m_database.all(idsSql(filter, *conditions, order) + QStringLiteral(" LIMIT ? OFFSET ?"), values, idFrom);
    if (!ids)
        return ids.error();
    return rows(*ids);
}

Result<TakenRange> AnnotationQuery::takenRange()
{
    // Apart, since SQLite takes min and max from an index only where each stands alone.
    const auto range = m_database.first(
        QStringLiteral("SELECT coalesce((SELECT min(taken_at) FROM photo WHERE taken_at <> ''), ''), "
                       "coalesce((SELECT max(taken_at) FROM photo), '')"),
        {}, [](const Row &row) { return TakenRange {row.text(0).left(10), row.text(1).left(10)}; });
    if (!range)
        return range.error();
    return range->value_or(TakenRange());
}

Result<std::vector<AnnotationId>> AnnotationQuery::reviewQueue(ReviewOrder order, const AnnotationFilter &filter)
{
    AnnotationFilter open = filter;
    if (open.states.empty())
        open.states = {IdentityState::Unidentified, IdentityState::Proposed};
    if (order == ReviewOrder::Newest)
        return ids(open, {AnnotationSort::TakenAt, true});
    if (order == ReviewOrder::FileName)
        return ids(open, {AnnotationSort::FileName, false});
    const Result<Conditions> conditions = conditionsOf(open);
    if (!conditions)
        return conditions.error();
    return m_database.all(QStringLiteral("SELECT a.id %1 LEFT JOIN (SELECT annotation_id, max(probability) AS likeliest, "
                                         // "new individual" has no distance of its own
                                         "min(CASE WHEN individual_id IS NOT NULL THEN distance END) AS nearest FROM proposal GROUP BY "
                                         "annotation_id) c ON c.annotation_id = a.id WHERE %2 "
                                         "ORDER BY (c.likeliest IS NULL), c.likeliest, (c.nearest IS NULL), c.nearest DESC, a.id")
                              .arg(fromBoth, conditions->where()),
                          conditions->values, idFrom);
}

} // namespace flukeprint::catalogue
