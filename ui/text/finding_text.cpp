#include "core/catalogue/integrity.h"
#include "ui/text/decision_text.h"
#include "ui/text/format.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <array>
#include <string_view>

namespace flukeprint::ui {

namespace {

struct FindingSentence
{
    std::string_view code;
    const char *text;
};

// clang-format off
constexpr auto sentences = std::to_array<FindingSentence>({
    {"database", QT_TRANSLATE_NOOP("Findings", "The database is damaged: %1.")},
    {"schema_missing", QT_TRANSLATE_NOOP("Findings", "The database lacks its %1 \u201c%2\u201d.")},
    {"schema_changed", QT_TRANSLATE_NOOP("Findings", "The %1 \u201c%2\u201d of the database is not as it should be.")},
    {"trigger_unknown", QT_TRANSLATE_NOOP("Findings", "The database has a trigger \u201c%1\u201d that is not Flukeprint's; it may change what is written.")},
    {"constraint", QT_TRANSLATE_NOOP("Findings", "Row %2 of %1 breaks a rule: %3. Enter that value anew.")},
    {"reference", QT_TRANSLATE_NOOP("Findings", "A row of %1 (%2) points to something missing in %3.")},
    {"projection_annotation", QT_TRANSLATE_NOOP("Findings", "%6 (photo entry %1) says %2 %3, but the decisions say %4 %5.")},
    {"projection_individual", QT_TRANSLATE_NOOP("Findings", "Whether %1 is in use differs from the decisions.")},
    {"merged_without_target", QT_TRANSLATE_NOOP("Findings", "%1 was merged into nobody.")},
    {"merge_circle", QT_TRANSLATE_NOOP("Findings", "The %1 %2 was merged in a circle.")},
    {"decision_missing", QT_TRANSLATE_NOOP("Findings", "Decisions %1 to %2 are gone from the log. A repair keeps the identities that rest on them, not their history: compare with a backup.")},
    {"undo_without_decision", QT_TRANSLATE_NOOP("Findings", "Decision %1 takes back decision %2, which does not exist. Compare with a backup.")},
    {"photo_missing", QT_TRANSLATE_NOOP("Findings", "Photo not found: %2. Import the folder where it lies now.")},
    {"photo_changed", QT_TRANSLATE_NOOP("Findings", "Photo was changed since it was imported: %2. Put the original back.")},
    {"photo_unreadable", QT_TRANSLATE_NOOP("Findings", "Photo cannot be read: %2")},
    {"photo_size", QT_TRANSLATE_NOOP("Findings", "%2 is noted with another size (%3) than it has (%4).")},
    {"duplicate_group", QT_TRANSLATE_NOOP("Findings", "%2 belongs to a group of near-duplicates, %3, that does not exist.")},
    {"no_active_model", QT_TRANSLATE_NOOP("Findings", "No model is active. Choose one in the model menu.")},
    {"several_active_models", QT_TRANSLATE_NOOP("Findings", "%1 models are active, there may be one.")},
    {"model_missing", QT_TRANSLATE_NOOP("Findings", "The file of model %1 is missing: %2. Put it back, or import the model again.")},
    {"model_damaged", QT_TRANSLATE_NOOP("Findings", "The file of model %1 cannot be used: %2. Put the original back, or import the model again.")},
    {"embedding_size", QT_TRANSLATE_NOOP("Findings", "A fingerprint of model %1 has the wrong size (%5).")},
    {"embedding_not_finite", QT_TRANSLATE_NOOP("Findings", "A fingerprint of model %1 has values that are not numbers (%3). It does not take part until it is computed anew.")},
    {"embedding_zero", QT_TRANSLATE_NOOP("Findings", "A fingerprint of model %1 is all zero (%3). It does not take part until it is computed anew.")},
    {"embedding_revision", QT_TRANSLATE_NOOP("Findings", "A fingerprint of model %1 is of a box that never was (%5).")},
    {"chip_pack_damaged", QT_TRANSLATE_NOOP("Findings", "%2 chips cannot be used: %1. They are cut anew from the photos.")},
    {"chip_place", QT_TRANSLATE_NOOP("Findings", "The chip of photo entry %1 is not where it is noted: %2. It is cut anew from the photo.")},
    {"run_folder_missing", QT_TRANSLATE_NOOP("Findings", "The folder of run %1 is missing: %2. Its model still works.")},
    {"run_file_missing", QT_TRANSLATE_NOOP("Findings", "A file of the finished run %1 is missing: %2. Its model still works.")},
    {"thumbnails_missing", QT_TRANSLATE_NOOP("Findings", "%1 photos have no thumbnail; the first is %2.")},
    {"chip_pack_missing", QT_TRANSLATE_NOOP("Findings", "%2 chips are gone with %1. They are cut anew from the photos.")},
    {"photo_marked_missing", QT_TRANSLATE_NOOP("Findings", "Photo is marked as missing, but is there: %2.")},
    {"representative_elsewhere", QT_TRANSLATE_NOOP("Findings", "The chosen picture of %1 is another animal's now. Its best photo is shown instead.")},
    {"embeddings_outdated", QT_TRANSLATE_NOOP("Findings", "%2 fingerprints of model %1 are of boxes that were changed since. They are computed anew by themselves.")},
});
// clang-format on

class Grouped
{
    Q_DECLARE_TR_FUNCTIONS(Grouped)

public:
    static QString missing(const QString &folder, const QStringList &names);
};

/// Paths are shown by their last part, like everywhere in the window.
QString shown(const std::string &arg)
{
    return arg.starts_with('/') ? pathText(QString::fromStdString(arg)) : QString::fromStdString(arg);
}

} // namespace

QString Grouped::missing(const QString &folder, const QStringList &names)
{
    constexpr qsizetype most = 3;
    const QString list = names.mid(0, most).join(QStringLiteral(", ")) + (names.size() > most ? QStringLiteral(", \u2026") : QString());
    return tr("%Ln photo(s) not found in %1 (%2). Import the folder where they lie now.", nullptr, static_cast<int>(names.size()))
        .arg(pathText(folder), list);
}

QStringList findingTexts(const std::vector<catalogue::Finding> &findings)
{
    QStringList texts;
    std::vector<std::pair<QString, QStringList>> folders; // in the order of their first photo
    qsizetype place = 0;
    for (const catalogue::Finding &finding : findings) {
        if (finding.code != "photo_missing" || finding.args.size() < 2) {
            texts << findingText(finding);
            continue;
        }
        if (folders.empty())
            place = texts.size();
        const QFileInfo photo(QString::fromStdString(finding.args[1]));
        auto known = std::ranges::find_if(folders, [&](const auto &folder) { return folder.first == photo.path(); });
        if (known == folders.end())
            known = folders.insert(folders.end(), {photo.path(), {}});
        known->second << photo.fileName();
    }
    for (const auto &[folder, names] : folders)
        texts.insert(place++, Grouped::missing(folder, names));
    return texts;
}

QString findingText(const catalogue::Finding &finding)
{
    const auto found =
        std::ranges::find_if(sentences, [&](const FindingSentence &sentence) { return sentence.code == finding.code; });
    if (found == sentences.end())
        return QString::fromStdString(finding.code);
    constexpr std::size_t mostArgs = 6;
    QString text = QCoreApplication::translate("Findings", found->text);
    // First what there is nothing to say of, with its space: "says unusable, but", not "says unusable , but".
    for (std::size_t i = 0; i < mostArgs; ++i) {
        if (i >= finding.args.size() || finding.args[i].empty())
            text.remove(QStringLiteral(" %%1").arg(i + 1));
    }
    for (std::size_t i = 0; i < mostArgs; ++i)
        text.replace(QStringLiteral("%%1").arg(i + 1), i < finding.args.size() ? shown(finding.args[i]) : QString());
    return text.simplified();
}

} // namespace flukeprint::ui
