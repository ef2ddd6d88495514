#include "app/cli/messages.h"

#include "app/cli/text.h"
#include "core/base/partial_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

struct Sentence
{
    ErrorCode code;
    const char *text; ///< %1, %2, %3: the code's args in order
};

struct TableFault
{
    const char *code;
    const char *text; ///< %1, %2: what follows the code, parted at its first colon where the text has a %2
};

// clang-format off
constexpr auto tableFaults = std::to_array<TableFault>({
    {"missing_column", QT_TRANSLATE_NOOP("Cli", "there is no column '%1'")},
    {"duplicate_column", QT_TRANSLATE_NOOP("Cli", "two columns are named '%1'")},
    {"column_count", QT_TRANSLATE_NOOP("Cli", "the line has %1 fields where the first line has %2")},
    {"not_utf8", QT_TRANSLATE_NOOP("Cli", "the text is not UTF-8")},
    {"unclosed_quote", QT_TRANSLATE_NOOP("Cli", "a quotation mark is never closed")},
    {"text_after_quote", QT_TRANSLATE_NOOP("Cli", "text follows a closing quotation mark")},
    {"quote_in_field", QT_TRANSLATE_NOOP("Cli", "a quotation mark stands inside a field")},
    {"empty", QT_TRANSLATE_NOOP("Cli", "the table is empty")},
    {"empty_image", QT_TRANSLATE_NOOP("Cli", "the line names no photo")},
    {"code_invalid", QT_TRANSLATE_NOOP("Cli", "'%1' cannot be the code of an individual")},
    {"not_a_number", QT_TRANSLATE_NOOP("Cli", "'%1' is not a number")},
    {"duplicate_image", QT_TRANSLATE_NOOP("Cli", "line %1 already has '%2'")},
    {"conflicting_id", QT_TRANSLATE_NOOP("Cli", "line %1 gives '%2' another identity")},
    {"box_empty", QT_TRANSLATE_NOOP("Cli", "the box is empty")},
    {"unknown_role", QT_TRANSLATE_NOOP("Cli", "'%1' is not a role")},
    {"unknown_photo", QT_TRANSLATE_NOOP("Cli", "'%1' is no identified photo of the data that are trained with")},
    {"row_out_of_range", QT_TRANSLATE_NOOP("Cli", "there is no row %1 in the table given with --split (rows count from 0)")},
    {"rows_need_a_split", QT_TRANSLATE_NOOP("Cli", "the numbers are rows of a table that must be given with --split")},
    {"same_photo", QT_TRANSLATE_NOOP("Cli", "the positive is the anchor itself")},
    {"positive_of_another", QT_TRANSLATE_NOOP("Cli", "the positive is of another individual than the anchor")},
    {"negative_of_the_same", QT_TRANSLATE_NOOP("Cli", "the negative is of the same individual as the anchor")},
    {"held_out", QT_TRANSLATE_NOOP("Cli", "from here on %1 triplets name photos that are held out to validate with; they are left out")},
});

constexpr auto sentences = std::to_array<Sentence>({
    {ErrorCode::Internal, QT_TRANSLATE_NOOP("Cli", "Something went wrong inside Flukeprint: %1 %2")},
    {ErrorCode::Cancelled, QT_TRANSLATE_NOOP("Cli", "Cancelled. What was finished before is kept.")},
    {ErrorCode::InvalidArgument, QT_TRANSLATE_NOOP("Cli", "%1 cannot be '%2'. Allowed: %3")},
    {ErrorCode::NotFound, QT_TRANSLATE_NOOP("Cli", "There is no %1 '%2'.")},
    {ErrorCode::AlreadyExists, QT_TRANSLATE_NOOP("Cli", "There is already a %1 '%2'.")},
    {ErrorCode::FileNotFound, QT_TRANSLATE_NOOP("Cli", "%1 does not exist.")},
    {ErrorCode::FileUnreadable, QT_TRANSLATE_NOOP("Cli", "%1 cannot be read: %2")},
    {ErrorCode::FileUnwritable, QT_TRANSLATE_NOOP("Cli", "%1 cannot be written: %2")},
    {ErrorCode::DiskFull, QT_TRANSLATE_NOOP("Cli", "The disk is full; %1 was not written.")},
    {ErrorCode::FileEmpty, QT_TRANSLATE_NOOP("Cli", "%1 is empty (0 bytes).")},
    {ErrorCode::FileTruncated, QT_TRANSLATE_NOOP("Cli", "%1 ends too early; it was probably cut off while it was copied.")},
    {ErrorCode::FormatUnknown, QT_TRANSLATE_NOOP("Cli", "%1 is not in a format that Flukeprint reads.")},
    {ErrorCode::FormatUnsupported, QT_TRANSLATE_NOOP("Cli", "%1 uses something that Flukeprint does not support: %2")},
    {ErrorCode::DataDamaged, QT_TRANSLATE_NOOP("Cli", "%1 is damaged: %2")},
    {ErrorCode::VersionTooNew, QT_TRANSLATE_NOOP("Cli", "%1 was written by a newer Flukeprint (version %2; this one knows up to %3).")},
    {ErrorCode::ImageTooLarge, QT_TRANSLATE_NOOP("Cli", "%1 is too large to be read: %2 x %3 pixels.")},
    {ErrorCode::ImageTooSmall, QT_TRANSLATE_NOOP("Cli", "%1 is too small to be of use: %2 x %3 pixels.")},
    {ErrorCode::CsvInvalid, QT_TRANSLATE_NOOP("Cli", "%1, line %2: %3")},
    {ErrorCode::CatalogueLocked, QT_TRANSLATE_NOOP("Cli", "The catalogue %1 is in use by another program (%2).")},
    {ErrorCode::CatalogueReadOnly, QT_TRANSLATE_NOOP("Cli", "The catalogue %1 cannot be changed: it is read-only.")},
    {ErrorCode::DatabaseFailed, QT_TRANSLATE_NOOP("Cli", "The catalogue's database failed (%1): %2")},
    {ErrorCode::ModelMissing, QT_TRANSLATE_NOOP("Cli", "There is no active model. Bring one in with 'model CATALOGUE import FILE' or train one. %1")},
    {ErrorCode::ModelIncompatible, QT_TRANSLATE_NOOP("Cli", "The model %1 does not fit: %2")},
    {ErrorCode::TensorInvalid, QT_TRANSLATE_NOOP("Cli", "The model file %1 is not usable (tensor %2): %3")},
    {ErrorCode::PresetUnknown, QT_TRANSLATE_NOOP("Cli", "There is no preset '%1'. 'train --list' names them.")},
    {ErrorCode::SettingUnknown, QT_TRANSLATE_NOOP("Cli", "The preset %1 has no setting '%2'.")},
    {ErrorCode::SettingOutOfRange, QT_TRANSLATE_NOOP("Cli", "The setting %1 cannot be '%2'. Allowed: %3")},
    {ErrorCode::TooFewIndividuals, QT_TRANSLATE_NOOP("Cli", "Too few identified individuals: %1 found, %2 needed.")},
    {ErrorCode::TooFewPhotos, QT_TRANSLATE_NOOP("Cli", "Too few photos: %1 found, %2 needed.")},
    {ErrorCode::WorkerMissing, QT_TRANSLATE_NOOP("Cli", "The program flukeprint-worker was not found (looked for %1). It belongs beside flukeprint-cli.")},
    {ErrorCode::WorkerCrashed, QT_TRANSLATE_NOOP("Cli", "The worker ended unexpectedly (%1). The catalogue is unharmed; the job can be started again.")},
    {ErrorCode::WorkerProtocol, QT_TRANSLATE_NOOP("Cli", "The worker said something that this version does not understand: %1")},
    {ErrorCode::OutOfMemory, QT_TRANSLATE_NOOP("Cli", "Out of memory on %1 (%2).")},
    {ErrorCode::LossNotFinite, QT_TRANSLATE_NOOP("Cli", "Training diverged at step %1: the loss is no longer a number. A lower learning rate may help.")},
    {ErrorCode::EmbeddingsCollapsed, QT_TRANSLATE_NOOP("Cli", "At step %1 the embeddings of different flukes have run together (%2, effective rank %3). Lower the learning rate, or start from a model.")},
    {ErrorCode::RunLocked, QT_TRANSLATE_NOOP("Cli", "Another process is still training in %1. Wait until it has ended, or end it, and try again.")},
    {ErrorCode::PeerLost, QT_TRANSLATE_NOOP("Cli", "Process %1 of %2 lost the others: %3. The run can be resumed from its newest checkpoint.")},
    {ErrorCode::DeviceUnavailable, QT_TRANSLATE_NOOP("Cli", "The device '%1' is not available here.")},
    {ErrorCode::JobFailed, QT_TRANSLATE_NOOP("Cli", "The job %1 failed: %2")},
    {ErrorCode::NothingToDo, QT_TRANSLATE_NOOP("Cli", "There is nothing to do: %1")},
});
// clang-format on

struct FindingSentence
{
    std::string_view code;
    const char *text;
    const char *remedy; ///< null: the text says it, or there is none
};

// clang-format off
constexpr auto findingSentences = std::to_array<FindingSentence>({
    {"database", QT_TRANSLATE_NOOP("Cli", "The database says: %1."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' rebuilds what can be rebuilt; if that does not help, go back to a backup.")},
    {"schema_missing", QT_TRANSLATE_NOOP("Cli", "The %1 '%2' is missing from the database."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' makes indices, triggers and caches anew; for another table go back to a backup.")},
    {"schema_changed", QT_TRANSLATE_NOOP("Cli", "The %1 '%2' of the database is not as Flukeprint makes it."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' puts indices and triggers right; for a table go back to a backup.")},
    {"trigger_unknown", QT_TRANSLATE_NOOP("Cli", "The database has a trigger '%1' that Flukeprint did not make; it may change what is written."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' removes it.")},
    {"constraint", QT_TRANSLATE_NOOP("Cli", "Row %2 of table %1 breaks a rule (%3). Enter that value anew in the program, or go back to a backup."), nullptr},
    {"reference", QT_TRANSLATE_NOOP("Cli", "Row %2 of table %1 refers to something missing in %3."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' puts caches and encounters right; for the rest go back to a backup.")},
    {"projection_annotation", QT_TRANSLATE_NOOP("Cli", "Annotation %1 (%6) is stored as %2 %3, but its decisions say %4 %5."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' makes it what the decisions say, but for one that is gone from the log: then it stays as it is stored.")},
    {"projection_individual", QT_TRANSLATE_NOOP("Cli", "Individual %1 is retired or not against what its decisions say."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' makes it what the decisions say.")},
    {"merged_without_target", QT_TRANSLATE_NOOP("Cli", "Individual %1 was merged into nobody."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' makes it what the decisions say.")},
    {"merge_circle", QT_TRANSLATE_NOOP("Cli", "The %1 '%2' was merged in a circle."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' parts it as the log of merges says.")},
    {"decision_missing", QT_TRANSLATE_NOOP("Cli", "Decisions %1 to %2 are gone from the log. Identities that rest on them are kept by 'verify --repair', their history is not: compare with a backup."), nullptr},
    {"undo_without_decision", QT_TRANSLATE_NOOP("Cli", "Decision %1 takes back decision %2, which does not exist. It has no effect, but the log was damaged: compare with a backup."), nullptr},
    {"photo_missing", QT_TRANSLATE_NOOP("Cli", "Photo %1 is not at %2. Import the folder where it lies now: it is found again by its content."), nullptr},
    {"photo_changed", QT_TRANSLATE_NOOP("Cli", "Photo %1 at %2 has other bytes than when it was imported. Put the original back, or import the new one as a photo of its own."), nullptr},
    {"photo_unreadable", QT_TRANSLATE_NOOP("Cli", "Photo %1 at %2 cannot be read: %3"), nullptr},
    {"photo_size", QT_TRANSLATE_NOOP("Cli", "Photo %1 at %2 is noted as %3, but is %4."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' corrects the note.")},
    {"duplicate_group", QT_TRANSLATE_NOOP("Cli", "Photo %1 (%2) belongs to a group of near-duplicates, %3, that nobody founded."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' groups it anew.")},
    {"no_active_model", QT_TRANSLATE_NOOP("Cli", "There are models, but none is active."),
     QT_TRANSLATE_NOOP("Cli", "'model CATALOGUE promote NAME' or 'verify --repair' activates one.")},
    {"several_active_models", QT_TRANSLATE_NOOP("Cli", "%1 models are active at once."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' leaves the one with the most embeddings.")},
    {"model_missing", QT_TRANSLATE_NOOP("Cli", "The file of model %1 is not at %2. Put it back, or bring the model in again with 'model CATALOGUE import FILE'."), nullptr},
    {"model_damaged", QT_TRANSLATE_NOOP("Cli", "The file of model %1 cannot be used: %3 Put the original back, or bring the model in again with 'model CATALOGUE import FILE'."), nullptr},
    {"embedding_size", QT_TRANSLATE_NOOP("Cli", "The embedding of annotation %2 (%5) under model %1 has %3 bytes instead of %4."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' drops it; it is computed anew by 'embed'.")},
    {"embedding_not_finite", QT_TRANSLATE_NOOP("Cli", "The embedding of annotation %2 (%3) under model %1 has values that are not numbers. It is left out of identification until 'embed' computes it anew."), nullptr},
    {"embedding_zero", QT_TRANSLATE_NOOP("Cli", "The embedding of annotation %2 (%3) under model %1 is all zero. It is left out of identification until 'embed' computes it anew."), nullptr},
    {"embedding_revision", QT_TRANSLATE_NOOP("Cli", "The embedding of annotation %2 (%5) under model %1 is of box %3, but the box has only come to %4."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' drops it; it is computed anew by 'embed'.")},
    {"chip_pack_damaged", QT_TRANSLATE_NOOP("Cli", "The chips in %1 cannot be used: %3"),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' forgets these %2; they are cut anew from the photos.")},
    {"chip_place", QT_TRANSLATE_NOOP("Cli", "The chip of annotation %1 is noted as number %3 of %2, which holds another or fewer (%4)."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' forgets it; it is cut anew from the photo.")},
    {"run_folder_missing", QT_TRANSLATE_NOOP("Cli", "The folder of run %1 is not at %2. Its model still works; the run can no longer be looked at or repeated."), nullptr},
    {"run_file_missing", QT_TRANSLATE_NOOP("Cli", "A file of the finished run %1 is missing: %2. Its model still works; the run can no longer be repeated as it was."), nullptr},
    {"thumbnails_missing", QT_TRANSLATE_NOOP("Cli", "%1 photos have no thumbnail (the first is %2)."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' draws them anew.")},
    {"chip_pack_missing", QT_TRANSLATE_NOOP("Cli", "%2 chips are noted in %1, which is gone. They are cut anew from the photos when they are needed."), nullptr},
    {"photo_marked_missing", QT_TRANSLATE_NOOP("Cli", "Photo %1 is marked as missing, but is at %2."),
     QT_TRANSLATE_NOOP("Cli", "'verify --repair' takes the mark off.")},
    {"representative_elsewhere", QT_TRANSLATE_NOOP("Cli", "The chosen picture of individual %1 (annotation %2) is another animal's now; its best photo is shown instead. Choose another."), nullptr},
    {"embeddings_outdated", QT_TRANSLATE_NOOP("Cli", "%2 embeddings under model %1 are of boxes that were changed since. They are computed anew by 'embed' or before identification."), nullptr},
});
// clang-format on

struct StageWord
{
    std::string_view stage;
    const char *text;
};

constexpr auto stageWords = std::to_array<StageWord>({
    {"scanning", QT_TRANSLATE_NOOP("Cli", "looking for photos")},
    {"importing", QT_TRANSLATE_NOOP("Cli", "importing")},
    {"labelling", QT_TRANSLATE_NOOP("Cli", "writing identities")},
    {"chips", QT_TRANSLATE_NOOP("Cli", "cutting chips")},
    {"packing", QT_TRANSLATE_NOOP("Cli", "cutting chips")},
    {"embedding", QT_TRANSLATE_NOOP("Cli", "embedding")},
    {"storing", QT_TRANSLATE_NOOP("Cli", "storing embeddings")},
    {"gallery", QT_TRANSLATE_NOOP("Cli", "loading the gallery")},
    {"ranking", QT_TRANSLATE_NOOP("Cli", "ranking")},
    {"evaluating", QT_TRANSLATE_NOOP("Cli", "evaluating")},
    {"hashing", QT_TRANSLATE_NOOP("Cli", "checking photos")},
    {"database", QT_TRANSLATE_NOOP("Cli", "checking the database")},
    {"references", QT_TRANSLATE_NOOP("Cli", "checking references")},
    {"models", QT_TRANSLATE_NOOP("Cli", "checking models")},
    {"embeddings", QT_TRANSLATE_NOOP("Cli", "checking embeddings")},
    {"photos", QT_TRANSLATE_NOOP("Cli", "checking photos")},
    {"projection", QT_TRANSLATE_NOOP("Cli", "reading the decisions again")},
    {"labelling", QT_TRANSLATE_NOOP("Cli", "taking over identities")},
    {"grouping", QT_TRANSLATE_NOOP("Cli", "looking for near-duplicates")},
    {"copying", QT_TRANSLATE_NOOP("Cli", "copying")},
    {"drawing", QT_TRANSLATE_NOOP("Cli", "drawing flukes")},
    {"mining", QT_TRANSLATE_NOOP("Cli", "mining triplets")},
    {"drawing_preview", QT_TRANSLATE_NOOP("Cli", "changing photos")},
    {"training", QT_TRANSLATE_NOOP("Cli", "training")},
    {"validating", QT_TRANSLATE_NOOP("Cli", "validating")},
    {"exporting", QT_TRANSLATE_NOOP("Cli", "exporting")},
});

QString withArgs(QString text, const std::vector<std::string> &args)
{
    constexpr std::size_t mostArgs = 6;
    // First what there is nothing to say of, with its space: "is stored as unusable, but", not "unusable , but".
    for (std::size_t i = 0; i < mostArgs; ++i) {
        if (i >= args.size() || args[i].empty())
            text.remove(u" %%1"_s.arg(i + 1));
    }
    for (std::size_t i = 0; i < mostArgs; ++i)
        text.replace(u"%%1"_s.arg(i + 1), i < args.size() ? QString::fromStdString(args[i]) : QString());
    return text;
}

QString tableFaultText(const std::string &what)
{
    const QString whole = QString::fromStdString(what);
    const QString code = whole.section(u':', 0, 0);
    const auto found = std::find_if(tableFaults.begin(), tableFaults.end(),
                                    [&](const TableFault &fault) { return code == QLatin1String(fault.code); });
    if (found == tableFaults.end())
        return whole;
    const QString text = tr(found->text);
    const QString value = whole.section(u':', 1);
    if (!text.contains(u"%2"_s))
        return withArgs(text, {value.toStdString()});
    return withArgs(text, {value.section(u':', 0, 0).toStdString(), value.section(u':', 1).toStdString()});
}

bool isWithoutValidation(const Error &error)
{
    return error.code == ErrorCode::TooFewPhotos && error.args.size() > 2 && error.args[2] == "validation";
}

QString timeText(double seconds)
{
    const auto whole = static_cast<qint64>(std::lround(seconds));
    const QString tail = u"%1:%2"_s.arg((whole / 60) % 60).arg(whole % 60, 2, 10, QChar(u'0'));
    return whole < 3600 ? tail : u"%1:"_s.arg(whole / 3600) + tail.rightJustified(5, u'0');
}

} // namespace

QString errorText(const Error &error)
{
    if (isWithoutValidation(error)) {
        return tr("There is no photo to validate with, so nobody could say whether the training helps. Identify photos of the same "
                  "individual from at least two encounters, or give a table with --split whose validation rows are of individuals that it "
                  "also trains with.");
    }
    const auto found = std::find_if(sentences.begin(), sentences.end(),
                                    [&](const Sentence &sentence) { return sentence.code == error.code; });
    std::vector<std::string> args = error.args;
    if (error.code == ErrorCode::CsvInvalid && args.size() > 2)
        args[2] = tableFaultText(args[2]).toStdString();
    if ((error.code == ErrorCode::DiskFull || error.code == ErrorCode::FileUnwritable) && !args.empty())
        args[0] = finalPath(args[0]);
    QString text = withArgs(tr(found->text), args);
    if (!error.detail.empty())
        text += u" ["_s + QString::fromStdString(error.detail) + u']';
    return text.simplified();
}

QString findingText(const catalogue::Finding &finding, bool withRemedy)
{
    const auto found = std::find_if(findingSentences.begin(), findingSentences.end(),
                                    [&](const FindingSentence &sentence) { return sentence.code == finding.code; });
    if (found != findingSentences.end()) {
        std::vector<std::string> args = finding.args;
        if (finding.cause && !args.empty())
            args.back() = errorText(*finding.cause).toStdString();
        QString text = withArgs(tr(found->text), args);
        if (withRemedy && found->remedy != nullptr)
            text += u' ' + withArgs(tr(found->remedy), args);
        return text.simplified();
    }
    QString text = QString::fromStdString(finding.code);
    for (const std::string &arg : finding.args)
        text += u' ' + QString::fromStdString(arg);
    return text;
}

QString stageText(std::string_view stage)
{
    const auto found =
        std::find_if(stageWords.begin(), stageWords.end(), [&](const StageWord &word) { return word.stage == stage; });
    return found == stageWords.end() ? QString::fromUtf8(stage.data(), static_cast<qsizetype>(stage.size()))
                                     : tr(found->text);
}

QString progressText(const Progress &progress, double rate)
{
    QString text = stageText(progress.stage) + u"  "_s + QString::number(progress.done);
    if (progress.total > 0) {
        const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
        text += u"/%1  %2%"_s.arg(progress.total).arg(static_cast<int>(100 * share));
    }
    if (rate > 0)
        text += u"  "_s + tr(QT_TRANSLATE_NOOP("Cli", "%1/s")).arg(rate, 0, 'f', rate < 10 ? 1 : 0);
    std::optional<double> left = progress.secondsLeft;
    if (!left && rate > 0 && progress.total > progress.done)
        left = static_cast<double>(progress.total - progress.done) / rate;
    if (left)
        text += u"  "_s + tr(QT_TRANSLATE_NOOP("Cli", "%1 left")).arg(timeText(*left));
    return text;
}

} // namespace flukeprint::cli
