#include "ui/text/decision_text.h"

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
    static QString finding(const catalogue::Finding &finding);
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
        parts << evidence.note;
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

QString Words::finding(const catalogue::Finding &finding)
{
    const auto arg = [&finding](std::size_t index) {
        return index < finding.args.size() ? QString::fromStdString(finding.args[index]) : QString();
    };
    const std::string &code = finding.code;
    if (code == "database")
        return tr("The database is damaged: %1.").arg(arg(0));
    if (code == "reference")
        return tr("A row of %1 (%2) points to something missing in %3.").arg(arg(0), arg(1), arg(2));
    if (code == "projection_annotation")
        return tr("Photo entry %1 says %2 %3, but the decisions say %4 %5.").arg(arg(0), arg(1), arg(2), arg(3), arg(4));
    if (code == "projection_individual")
        return tr("Whether %1 is in use differs from the decisions.").arg(arg(0));
    if (code == "photo_missing")
        return tr("Photo not found: %1").arg(pathText(arg(1)));
    if (code == "photo_changed")
        return tr("Photo was changed since it was imported: %1").arg(pathText(arg(1)));
    if (code == "photo_unreadable")
        return tr("Photo cannot be read: %1").arg(pathText(arg(1)));
    if (code == "no_active_model")
        return tr("No model is active.");
    if (code == "several_active_models")
        return tr("%1 models are active, there may be one.").arg(arg(0));
    if (code == "model_missing")
        return tr("The file of model %1 is missing: %2").arg(arg(0), pathText(arg(1)));
    if (code == "embedding_size")
        return tr("A fingerprint of model %1 has the wrong size (photo entry %2).").arg(arg(0), arg(1));
    if (code == "run_folder_missing")
        return tr("The folder of run %1 is missing: %2").arg(arg(0), pathText(arg(1)));
    if (code == "merged_without_target")
        return tr("%1 was merged into nobody.").arg(arg(0));
    return QString::fromStdString(code);
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

QString findingText(const catalogue::Finding &finding)
{
    return Words::finding(finding);
}

} // namespace flukeprint::ui
