#include "ui/text/decision_text.h"

#include "core/catalogue/repair.h"
#include "ui/text/format.h"

#include <QCoreApplication>

namespace flukeprint::ui {

namespace {

using catalogue::DecisionKind;
using catalogue::IdentityState;

class Words
{
    Q_DECLARE_TR_FUNCTIONS(Words)

public:
    static QString undoOne(const catalogue::UndoStep &step);
    static QString undoMany(const catalogue::UndoStep &step);
    static QString decision(const catalogue::Decision &decision);
    static QString evidence(const catalogue::Evidence &evidence);
    static QString state(IdentityState state);
    static QString boxSource(catalogue::BoxSource source);
    static QString sex(const QString &sex);
};

QString Words::undoOne(const catalogue::UndoStep &step)
{
    const QString &code = step.individualCode;
    switch (step.kind) {
    case DecisionKind::Confirm: return tr("confirm %1").arg(code);
    case DecisionKind::Relabel: return tr("relabel as %1").arg(code);
    case DecisionKind::NewIndividual: return tr("new individual %1").arg(code);
    case DecisionKind::Unusable: return tr("mark unusable");
    case DecisionKind::Unidentify: return tr("take identity away");
    case DecisionKind::Import: return tr("import label %1").arg(code);
    case DecisionKind::Reject: return tr("reject %1").arg(code);
    case DecisionKind::Skip: return tr("skip");
    case DecisionKind::Merge: return tr("merge into %1").arg(code);
    case DecisionKind::Undo: return tr("undo");
    case DecisionKind::Redo: return tr("redo");
    }
    return {};
}

QString Words::undoMany(const catalogue::UndoStep &step)
{
    switch (step.kind) {
    case DecisionKind::Relabel: return tr("relabel %n photo(s) as %1", nullptr, step.count).arg(step.individualCode);
    case DecisionKind::NewIndividual: return tr("new individual %1 on %n photo(s)", nullptr, step.count).arg(step.individualCode);
    case DecisionKind::Unusable: return tr("mark %n photo(s) unusable", nullptr, step.count);
    case DecisionKind::Unidentify: return tr("take the identity of %n photo(s) away", nullptr, step.count);
    case DecisionKind::Import: return tr("import %n label(s)", nullptr, step.count);
    default: return undoOne(step);
    }
}

QString Words::evidence(const catalogue::Evidence &evidence)
{
    QStringList parts;
    if (evidence.candidateRank > 0)
        parts << tr("candidate %1").arg(evidence.candidateRank);
    if (evidence.probability)
        parts << percentText(*evidence.probability);
    if (evidence.distance)
        parts << tr("distance %1").arg(distanceText(*evidence.distance));
    if (!evidence.note.isEmpty())
        parts << (evidence.note == catalogue::lostDecisionNote ? tr("kept by a repair: its decision was gone from the log") : evidence.note);
    return parts.join(QStringLiteral(", "));
}

QString Words::decision(const catalogue::Decision &decision)
{
    const QString &code = decision.individualCode;
    switch (decision.kind) {
    case DecisionKind::Confirm: return tr("confirmed as %1").arg(code);
    case DecisionKind::Relabel:
        return decision.previousCode.isEmpty() ? tr("labelled %1").arg(code) : tr("relabelled %1, was %2").arg(code, decision.previousCode);
    case DecisionKind::NewIndividual: return tr("new individual %1").arg(code);
    case DecisionKind::Unusable: return tr("marked unusable");
    case DecisionKind::Unidentify: return tr("identity taken away");
    case DecisionKind::Import: return code.isEmpty() ? tr("imported without a label") : tr("imported as %1").arg(code);
    case DecisionKind::Reject: return tr("not %1").arg(code);
    case DecisionKind::Skip: return tr("left for later");
    case DecisionKind::Merge: return tr("merged into %1").arg(code);
    case DecisionKind::Undo: return tr("undone");
    case DecisionKind::Redo: return tr("done again");
    }
    return {};
}

QString Words::state(IdentityState state)
{
    switch (state) {
    case IdentityState::Unidentified: return tr("unidentified");
    case IdentityState::Proposed: return tr("proposed");
    case IdentityState::Identified: return tr("identified");
    case IdentityState::Unusable: return tr("unusable");
    }
    return {};
}

QString Words::boxSource(catalogue::BoxSource source)
{
    switch (source) {
    case catalogue::BoxSource::Manual: return tr("drawn by hand");
    case catalogue::BoxSource::Table: return tr("from a table");
    case catalogue::BoxSource::Automatic: return tr("found automatically");
    case catalogue::BoxSource::Frame: return tr("whole photo");
    }
    return {};
}

QString Words::sex(const QString &sex)
{
    if (sex == QLatin1String("female"))
        return tr("female");
    return sex == QLatin1String("male") ? tr("male") : tr("not known");
}

} // namespace

QString undoStepText(const catalogue::UndoStep &step)
{
    return step.count > 1 ? Words::undoMany(step) : Words::undoOne(step);
}

QString decisionText(const catalogue::Decision &decision)
{
    const QString evidence = Words::evidence(decision.evidence);
    return evidence.isEmpty() ? Words::decision(decision) : QStringLiteral("%1 (%2)").arg(Words::decision(decision), evidence);
}

QString stateText(IdentityState state)
{
    return Words::state(state);
}

QString stateIcon(IdentityState state)
{
    switch (state) {
    case IdentityState::Unidentified: return QStringLiteral("question");
    case IdentityState::Proposed: return QStringLiteral("proposed");
    case IdentityState::Identified: return QStringLiteral("confirm");
    case IdentityState::Unusable: return QStringLiteral("unusable");
    }
    return {};
}

QString boxSourceText(catalogue::BoxSource source)
{
    return Words::boxSource(source);
}

QString sexText(const QString &sex)
{
    return Words::sex(sex);
}

} // namespace flukeprint::ui
