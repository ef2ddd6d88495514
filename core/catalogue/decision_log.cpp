#include "core/catalogue/decision_log.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/decision_writer.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/individual_codes.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/merged_notes.h"
#include "core/catalogue/projection.h"

namespace flukeprint::catalogue {

namespace {

/// Makes the individual, or brings the one of that code back whose creation was undone.
Result<IndividualId> createOrRevive(Database &database, const QString &code)
{
    IndividualStore individuals(database);
    const Result<std::optional<Individual>> known = individuals.find(code);
    if (!known)
        return known.error();
    if (!known->has_value()) {
        Individual fresh;
        fresh.code = code;
        return individuals.add(fresh);
    }
    const Individual &individual = **known;
    const bool revivable = individual.retired && !individual.mergedInto.isValid();
    if (!revivable)
        return Error(ErrorCode::AlreadyExists, {"individual", code.toStdString()});
    const auto revived = database.run(QStringLiteral("UPDATE individual SET retired = 0, code = ? WHERE id = ?"),
                                      {code, idValue(individual.id)});
    if (!revived)
        return revived.error();
    return individual.id;
}

} // namespace

DecisionLog::DecisionLog(Catalogue &catalogue, QString who, DecisionSource source)
    : m_database(catalogue.database())
    , m_who(std::move(who))
    , m_source(source)
{
}

Result<DecisionId> DecisionLog::confirm(AnnotationId annotation, IndividualId individual, const Evidence &evidence)
{
    return inTransaction(m_database, [&]() -> Result<DecisionId> {
        const Result<IndividualId> current = IndividualStore(m_database).resolve(individual);
        if (!current)
            return current.error();
        return DecisionWriter(m_database, m_who, m_source)
            .decide(annotation, DecisionKind::Confirm, *current, evidence);
    });
}

Result<DecisionId> DecisionLog::relabel(AnnotationId annotation, IndividualId individual, const Evidence &evidence)
{
    return inTransaction(m_database, [&]() -> Result<DecisionId> {
        const Result<IndividualId> current = IndividualStore(m_database).resolve(individual);
        if (!current)
            return current.error();
        return DecisionWriter(m_database, m_who, m_source)
            .decide(annotation, DecisionKind::Relabel, *current, evidence);
    });
}

Result<DecisionLog::Created> DecisionLog::newIndividual(AnnotationId annotation, const QString &code,
                                                        const Evidence &evidence)
{
    return newIndividual(std::span(&annotation, 1), code, evidence);
}

Result<DecisionLog::Created> DecisionLog::newIndividual(std::span<const AnnotationId> annotations, const QString &code,
                                                        const Evidence &evidence)
{
    if (annotations.empty())
        return Error(ErrorCode::NothingToDo, {"annotations"});
    return inTransaction(m_database, [&]() -> Result<Created> {
        Created created;
        created.code = code;
        if (code.isEmpty()) {
            const Result<QString> next = IndividualStore(m_database).nextCode();
            if (!next)
                return next.error();
            created.code = *next;
        }
        const Result<IndividualId> individual = createOrRevive(m_database, created.code);
        if (!individual)
            return individual.error();
        created.individual = *individual;
        DecisionWriter writer(m_database, m_who, m_source);
        const Result<DecisionId> founded =
            writer.decide(annotations.front(), DecisionKind::NewIndividual, *individual, evidence);
        if (!founded)
            return founded.error();
        created.decision = *founded;
        for (const AnnotationId annotation : annotations.subspan(1)) {
            const Result<DecisionId> joined = writer.decide(annotation, DecisionKind::Relabel, *individual, evidence);
            if (!joined)
                return joined.error();
        }
        return created;
    });
}

Result<DecisionId> DecisionLog::markUnusable(AnnotationId annotation, const Evidence &evidence)
{
    return inTransaction(m_database, [&] {
        return DecisionWriter(m_database, m_who, m_source).decide(annotation, DecisionKind::Unusable, {}, evidence);
    });
}

Result<DecisionId> DecisionLog::unidentify(AnnotationId annotation, const Evidence &evidence)
{
    return inTransaction(m_database, [&] {
        return DecisionWriter(m_database, m_who, m_source).decide(annotation, DecisionKind::Unidentify, {}, evidence);
    });
}

Result<DecisionId> DecisionLog::reject(AnnotationId annotation, IndividualId individual, const Evidence &evidence)
{
    return inTransaction(m_database, [&]() -> Result<DecisionId> {
        const Result<Individual> known = IndividualStore(m_database).get(individual);
        if (!known)
            return known.error();
        return DecisionWriter(m_database, m_who, m_source)
            .remember(annotation, DecisionKind::Reject, individual, evidence);
    });
}

Result<DecisionId> DecisionLog::skip(AnnotationId annotation, const Evidence &evidence)
{
    return inTransaction(m_database, [&] {
        return DecisionWriter(m_database, m_who, m_source).remember(annotation, DecisionKind::Skip, {}, evidence);
    });
}

Result<std::int64_t> DecisionLog::decideMany(std::span<const AnnotationId> annotations, DecisionKind kind,
                                             IndividualId individual)
{
    const bool names = kind == DecisionKind::Relabel || kind == DecisionKind::Confirm;
    if (!names && kind != DecisionKind::Unusable && kind != DecisionKind::Unidentify)
        return Error(ErrorCode::InvalidArgument,
                     {"kind", nameOf(kind).toStdString(), "relabel, confirm, unusable, unidentify"});
    if (annotations.empty())
        return Error(ErrorCode::NothingToDo, {"annotations"});
    return inTransaction(m_database, [&]() -> Result<std::int64_t> {
        IndividualId target;
        if (names) {
            const Result<IndividualId> current = IndividualStore(m_database).resolve(individual);
            if (!current)
                return current.error();
            target = *current;
        }
        DecisionWriter writer(m_database, m_who, m_source);
        for (const AnnotationId annotation : annotations) {
            const Result<DecisionId> decided = writer.decide(annotation, kind, target, {});
            if (!decided)
                return decided.error();
        }
        return writer.batch();
    });
}

Result<std::int64_t> DecisionLog::merge(IndividualId from, IndividualId into)
{
    return inTransaction(m_database, [&]() -> Result<std::int64_t> {
        IndividualStore individuals(m_database);
        const Result<IndividualId> source = individuals.resolve(from);
        if (!source)
            return source.error();
        const Result<IndividualId> target = individuals.resolve(into);
        if (!target)
            return target.error();
        if (*source == *target)
            return Error(ErrorCode::InvalidArgument, {"individual", std::to_string(into.value), "another individual"});
        const auto annotations =
            m_database.all(QStringLiteral("SELECT id FROM annotation WHERE individual_id = ? ORDER BY id"),
                           {idValue(*source)}, [](const Row &row) { return row.id<AnnotationId>(0); });
        if (!annotations)
            return annotations.error();
        DecisionWriter writer(m_database, m_who, m_source);
        const Result<DecisionId> joined = writer.join(*source, *target);
        if (!joined)
            return joined.error();
        if (const Result<void> carried = carryNotes(m_database, *source, *target); !carried)
            return carried.error();
        for (const AnnotationId annotation : *annotations) {
            const Result<DecisionId> decided = writer.decide(annotation, DecisionKind::Merge, *target, {});
            if (!decided)
                return decided.error();
        }
        return writer.batch();
    });
}

} // namespace flukeprint::catalogue
