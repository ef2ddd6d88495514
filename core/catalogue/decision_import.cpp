#include "core/catalogue/decision_log.h"
#include "core/catalogue/decision_writer.h"
#include "core/catalogue/in_transaction.h"
#include "core/catalogue/individual_codes.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/projection.h"

#include <QHash>

namespace flukeprint::catalogue {

namespace {

constexpr std::int64_t reportEvery = 500;

/// One table of labels on its way into the log.
class LabelImport
{
public:
    LabelImport(Database &database, const QString &who, DecisionSource source, ConflictPolicy policy, std::int64_t batch)
        : m_database(database)
        , m_individuals(database)
        , m_writer(database, who, source, batch)
        , m_policy(policy)
    {
    }

    Result<void> apply(const Label &label)
    {
        const Result<Identity> before = storedIdentity(m_database, label.annotation);
        if (!before)
            return before.error();
        if (label.code.isEmpty()) {
            ++m_report.unidentified;
            return {};
        }
        const Result<IndividualId> individual = individualOf(label.code);
        if (!individual)
            return individual.error();
        if (before->individual == *individual) {
            ++m_report.unchanged;
            return {};
        }
        // "unusable" was somebody's word too: a table does not silently take it back
        const bool decided = before->individual.isValid() || before->state == IdentityState::Unusable;
        if (decided) {
            if (const Result<void> noted = noteConflict(label, before->individual); !noted)
                return noted;
            if (m_policy == ConflictPolicy::KeepExisting)
                return {};
        }
        const Result<DecisionId> decision = m_writer.decide(label.annotation, DecisionKind::Import, *individual, {});
        if (!decision)
            return decision.error();
        ++m_report.applied;
        return refreshRetirement(m_database, *individual);
    }

    [[nodiscard]] LabelReport report() const
    {
        LabelReport report = m_report;
        report.batch = m_writer.batch();
        return report;
    }

private:
    Result<IndividualId> individualOf(const QString &code)
    {
        const auto known = m_byCode.constFind(code);
        if (known != m_byCode.constEnd())
            return *known;
        if (const Result<void> sound = checkCode(code); !sound)
            return sound.error();
        const Result<std::optional<Individual>> existing = m_individuals.find(code);
        if (!existing)
            return existing.error();
        const Result<IndividualId> individual = m_individuals.findOrAdd(code);
        if (!individual)
            return individual.error();
        if (!existing->has_value())
            ++m_report.newIndividuals;
        m_byCode.insert(code, *individual);
        return individual;
    }

    Result<void> noteConflict(const Label &label, IndividualId existing)
    {
        const auto code =
            m_database.text(QStringLiteral("SELECT code FROM individual WHERE id = ?"), {idValue(existing)});
        if (!code)
            return code.error();
        m_report.conflicts.push_back({label.annotation, *code, label.code});
        return {};
    }

    Database &m_database;
    IndividualStore m_individuals;
    DecisionWriter m_writer;
    ConflictPolicy m_policy;
    QHash<QString, IndividualId> m_byCode;
    LabelReport m_report;
};

} // namespace

Result<LabelReport> DecisionLog::importLabels(std::span<const Label> labels, ConflictPolicy policy,
                                              const ProgressFn &progress, std::stop_token stop, std::int64_t batch)
{
    return inTransaction(m_database, [&]() -> Result<LabelReport> {
        LabelImport import(m_database, m_who, m_source, policy, batch);
        std::int64_t done = 0;
        for (const Label &label : labels) {
            if (stop.stop_requested())
                return Error(ErrorCode::Cancelled);
            if (const Result<void> applied = import.apply(label); !applied)
                return applied.error();
            if (++done % reportEvery == 0 && progress)
                progress({"labelling", done, static_cast<std::int64_t>(labels.size()), {}});
        }
        return import.report();
    });
}

} // namespace flukeprint::catalogue
