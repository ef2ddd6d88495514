#include "core/catalogue/records.h"

#include "core/catalogue/decision_log.h"
#include "core/catalogue/names.h"

#include <QDateTime>

#include <array>

namespace flukeprint::catalogue {

namespace {

constexpr auto boxSources = std::to_array<Named<BoxSource>>({
    {BoxSource::Manual, "manual"},
    {BoxSource::Table, "table"},
    {BoxSource::Automatic, "automatic"},
    {BoxSource::Frame, "frame"},
});
constexpr auto identityStates = std::to_array<Named<IdentityState>>({
    {IdentityState::Unidentified, "unidentified"},
    {IdentityState::Proposed, "proposed"},
    {IdentityState::Identified, "identified"},
    {IdentityState::Unusable, "unusable"},
});
constexpr auto runStates = std::to_array<Named<RunState>>({
    {RunState::Queued, "queued"},
    {RunState::Running, "running"},
    {RunState::Paused, "paused"},
    {RunState::Finished, "finished"},
    {RunState::Cancelled, "cancelled"},
    {RunState::Failed, "failed"},
    {RunState::Interrupted, "interrupted"},
});
constexpr auto decisionKinds = std::to_array<Named<DecisionKind>>({
    {DecisionKind::Confirm, "confirm"},
    {DecisionKind::Relabel, "relabel"},
    {DecisionKind::NewIndividual, "new_individual"},
    {DecisionKind::Unusable, "unusable"},
    {DecisionKind::Unidentify, "unidentify"},
    {DecisionKind::Import, "import"},
    {DecisionKind::Reject, "reject"},
    {DecisionKind::Skip, "skip"},
    {DecisionKind::Merge, "merge"},
    {DecisionKind::Undo, "undo"},
    {DecisionKind::Redo, "redo"},
});
constexpr auto decisionSources = std::to_array<Named<DecisionSource>>({
    {DecisionSource::Review, "review"},
    {DecisionSource::Import, "import"},
    {DecisionSource::Cli, "cli"},
    {DecisionSource::Catalogue, "catalogue"},
});

} // namespace

QString nameOf(BoxSource source)
{
    return nameIn(boxSources, source);
}
QString nameOf(IdentityState state)
{
    return nameIn(identityStates, state);
}
QString nameOf(RunState state)
{
    return nameIn(runStates, state);
}
QString nameOf(DecisionKind kind)
{
    return nameIn(decisionKinds, kind);
}
QString nameOf(DecisionSource source)
{
    return nameIn(decisionSources, source);
}

std::optional<BoxSource> boxSourceFromName(const QString &name)
{
    return valueIn(boxSources, name);
}
std::optional<IdentityState> identityStateFromName(const QString &name)
{
    return valueIn(identityStates, name);
}
std::optional<RunState> runStateFromName(const QString &name)
{
    return valueIn(runStates, name);
}
std::optional<DecisionKind> decisionKindFromName(const QString &name)
{
    return valueIn(decisionKinds, name);
}
std::optional<DecisionSource> decisionSourceFromName(const QString &name)
{
    return valueIn(decisionSources, name);
}

QString utcNow()
{
    return QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs);
}

} // namespace flukeprint::catalogue
