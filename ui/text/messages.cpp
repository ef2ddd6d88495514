#include "ui/text/messages.h"

#include "core/base/partial_file.h"

#include <QDir>
#include <QFileInfo>
#include <QSysInfo>

#include <algorithm>
#include <iterator>

namespace flukeprint::ui {

namespace {

class Messages
{
    Q_DECLARE_TR_FUNCTIONS(Messages)

public:
    explicit Messages(const Error &error)
        : m_error(error)
    {
    }

    QString sentence() const;
    QString warning() const;
    QString reason() const;

private:
    QString fileSentence() const;
    QString dataSentence() const;
    QString modelSentence() const;
    QString trainingSentence() const;
    QString localiserSentence() const;
    QString argumentSentence() const;
    QString existsSentence() const;
    QString nothingSentence() const;
    QString holder() const;

    QString arg(std::size_t index) const
    {
        return index < m_error.args.size() ? QString::fromStdString(m_error.args[index]) : QString();
    }
    /// The file's own name for a path; a person finds the rest in the tool tip or the log.
    QString file() const
    {
        const QString path = QString::fromStdString(finalPath(arg(0).toStdString()));
        const QString name = QFileInfo(QDir::cleanPath(path)).fileName();
        return name.isEmpty() ? path : name;
    }

    /// What the reader of tables found wrong (see core/catalogue/exchange/csv.h), in words; anything else as it is.
    static QString tableFault(const QString &what);
    static QString tableSyntaxFault(const QString &code, const QString &value);

    const Error &m_error;
};

QString Messages::localiserSentence() const
{
    const std::vector<std::string> &args = m_error.args;
    const Error reason(errorCodeFromName(args.size() > 1 ? args[1] : std::string()),
                       {args.begin() + std::min<std::ptrdiff_t>(2, std::ssize(args)), args.end()});
    return tr("The localiser stopped, and boxes were placed without it from there on, less exactly: look them over. %1")
        .arg(Messages(reason).warning());
}

QString Messages::warning() const
{
    switch (m_error.code) {
    case ErrorCode::WorkerCrashed: return tr("The worker stopped unexpectedly (%1).").arg(arg(0));
    case ErrorCode::WorkerProtocol:
        if (arg(0).isEmpty())
            return tr("The worker started but gave no answer in time.");
        break;
    default: break;
    }
    return sentence();
}

QString Messages::argumentSentence() const
{
    if (arg(0) == QLatin1String("code"))
        return tr("\u201c%1\u201d cannot be a code: a code has 1 to 64 characters on one line.").arg(arg(1));
    return tr("%1 cannot be \u201c%2\u201d. Allowed: %3.").arg(arg(0), arg(1), arg(2));
}

QString Messages::existsSentence() const
{
    // Of a photo the second argument is the file that was known first; nobody can choose another name for its bytes.
    if (arg(0) == QLatin1String("photo"))
        return tr("The catalogue already has this photo as \u201c%1\u201d.").arg(QFileInfo(arg(1)).fileName());
    if (arg(0) == QLatin1String("individual"))
        return tr("There already is an individual \u201c%1\u201d. Choose another code, or merge the two.").arg(arg(1));
    if (arg(0) == QLatin1String("encounter"))
        return tr("There already is an encounter \u201c%1\u201d. Choose another code.").arg(arg(1));
    return tr("There already is a %1 named \u201c%2\u201d. Choose another name.").arg(arg(0), arg(1));
}

QString Messages::nothingSentence() const
{
    if (arg(0) == QLatin1String("photos"))
        return tr("There is no photo here to work with. Flukeprint reads JPEG, PNG and TIFF files.");
    if (arg(0) == QLatin1String("undo"))
        return tr("There is nothing to undo.");
    if (arg(0) == QLatin1String("redo"))
        return tr("There is nothing to do again.");
    return tr("There is nothing to do: %1.").arg(arg(0));
}

/// The catalogue's lock says "pid 4016 on ship, flukeprint": of that a person needs the computer, if it is another one.
QString Messages::holder() const
{
    const QString program = arg(1).section(QStringLiteral(", "), -1);
    const QString host = arg(1).section(QStringLiteral(" on "), 1).section(QStringLiteral(", "), 0, 0);
    if (!arg(1).startsWith(QLatin1String("pid ")) || host.isEmpty())
        return arg(1).isEmpty() ? tr("another program") : arg(1);
    const bool elsewhere = host != QSysInfo::machineHostName();
    if (program != QLatin1String("flukeprint"))
        return elsewhere ? tr("the program %1 on the computer %2").arg(program, host) : tr("the program %1").arg(program);
    return elsewhere ? tr("Flukeprint on the computer %1").arg(host) : tr("another Flukeprint window");
}

QString Messages::sentence() const
{
    switch (m_error.code) {
    case ErrorCode::Internal:
        return tr("Flukeprint made a mistake (%1). Your catalogue is as it was before this step; please report it.").arg(arg(0));
    case ErrorCode::Cancelled: return tr("Cancelled.");
    case ErrorCode::InvalidArgument: return argumentSentence();
    case ErrorCode::NotFound: return tr("There is no %1 named \u201c%2\u201d.").arg(arg(0), arg(1));
    case ErrorCode::AlreadyExists: return existsSentence();
    case ErrorCode::NothingToDo: return nothingSentence();
    default: break;
    }
    for (const QString &text : {fileSentence(), dataSentence(), modelSentence(), trainingSentence()}) {
        if (!text.isEmpty())
            return text;
    }
    return QString::fromStdString(m_error.debugText());
}

QString Messages::fileSentence() const
{
    switch (m_error.code) {
    case ErrorCode::FileNotFound:
        return tr("\u201c%1\u201d is not there any more. Check that the disk or card is connected.").arg(file());
    case ErrorCode::FileUnreadable: return tr("\u201c%1\u201d cannot be read: %2.").arg(file(), arg(1));
    case ErrorCode::FileUnwritable:
        return tr("\u201c%1\u201d cannot be written: %2. Check the folder's permissions or choose another place.").arg(file(), arg(1));
    case ErrorCode::DiskFull:
        return tr("The disk is full, so \u201c%1\u201d was not written. Make room and try again; nothing was lost.").arg(file());
    case ErrorCode::FileEmpty: return tr("\u201c%1\u201d is empty (0 bytes). Copy it again from the camera.").arg(file());
    case ErrorCode::FileTruncated:
        return tr("\u201c%1\u201d ends too early. Copy it again from the camera or the backup.").arg(file());
    case ErrorCode::FormatUnknown:
        if (arg(1) == QLatin1String("model"))
            return tr("\u201c%1\u201d is not a model. A model is a file NAME.safetensors that Flukeprint has written or can take over.").arg(file());
        return tr("\u201c%1\u201d is not a kind of file that Flukeprint reads (JPEG, PNG, TIFF).").arg(file());
    case ErrorCode::FormatUnsupported:
        return tr("\u201c%1\u201d uses something Flukeprint does not read: %2. Save it as an ordinary JPEG.").arg(file(), arg(1));
    case ErrorCode::ImageTooLarge:
        return tr("\u201c%1\u201d is too large (%2 x %3 px). Scale it down and import it again.").arg(file(), arg(1), arg(2));
    case ErrorCode::ImageTooSmall:
        return tr("\u201c%1\u201d is too small (%2 x %3 px) to tell a whale by.").arg(file(), arg(1), arg(2));
    case ErrorCode::CsvInvalid:
        return tr("Line %2 of \u201c%1\u201d is wrong: %3. Correct the line and try again.").arg(file(), arg(1), tableFault(arg(2)));
    default: return {};
    }
}

QString Messages::dataSentence() const
{
    switch (m_error.code) {
    case ErrorCode::DataDamaged:
        return tr("\u201c%1\u201d is damaged: %2. Open a backup, or run File \u203a Verify to see what is affected.").arg(file(), arg(1));
    case ErrorCode::VersionTooNew:
        return tr("\u201c%1\u201d was made by a newer Flukeprint (format %2, this one knows up to %3). Install the newer version to open it.")
            .arg(file(), arg(1), arg(2));
    case ErrorCode::CatalogueLocked:
        return tr("\u201c%1\u201d is in use by %2. Close it there and try again.").arg(file(), holder());
    case ErrorCode::CatalogueReadOnly:
        return tr("\u201c%1\u201d can only be read. Change the folder's permissions or copy it to a place of your own.").arg(file());
    case ErrorCode::DatabaseFailed:
        return tr("The catalogue's database refused a step (%1): %2. Nothing was half-written; try again or run File \u203a Verify.")
            .arg(arg(0), arg(1));
    default: return {};
    }
}

QString Messages::modelSentence() const
{
    switch (m_error.code) {
    case ErrorCode::ModelMissing:
        return arg(0).isEmpty() ? tr("The catalogue has no active model yet. Import one or promote a finished training run.")
                                : tr("The model \u201c%1\u201d is missing. Import it again, or promote another one.").arg(arg(0));
    case ErrorCode::ModelIncompatible: return tr("The model \u201c%1\u201d does not fit: %2.").arg(arg(0), arg(1));
    case ErrorCode::TensorInvalid:
        return tr("\u201c%1\u201d is not a usable model: %2 (%3). It may be damaged; get the file again.").arg(file(), arg(1), arg(2));
    case ErrorCode::WorkerMissing:
        return tr("The program flukeprint-worker is not where it should be (%1). Install Flukeprint again.").arg(arg(0));
    case ErrorCode::WorkerCrashed:
        return tr("The worker stopped unexpectedly (%1). Nothing in the catalogue was touched; start the job again.").arg(arg(0));
    case ErrorCode::WorkerProtocol:
        if (arg(0).isEmpty())
            return tr("The worker started but gave no answer in time. The computer may be very busy; start the job again.");
        return tr("The worker said something this program does not understand: %1. The two may be of different versions.").arg(arg(0));
    case ErrorCode::OutOfMemory:
        return tr("Not enough memory on %1 for %2. Close other programs or choose a smaller batch or network.").arg(arg(0), arg(1));
    case ErrorCode::DeviceUnavailable:
        return tr("The device \u201c%1\u201d is not available here. Choose \u201cauto\u201d or \u201ccpu\u201d.").arg(arg(0));
    default: return {};
    }
}

QString Messages::trainingSentence() const
{
    switch (m_error.code) {
    case ErrorCode::PresetUnknown: return tr("There is no training preset named \u201c%1\u201d.").arg(arg(0));
    case ErrorCode::SettingUnknown: return tr("The preset \u201c%1\u201d has no setting \u201c%2\u201d.").arg(arg(0), arg(1));
    case ErrorCode::SettingOutOfRange:
        return tr("The setting \u201c%1\u201d cannot be \u201c%2\u201d. Allowed: %3.").arg(arg(0), arg(1), arg(2));
    case ErrorCode::TooFewIndividuals:
        return tr("Only %1 individuals have enough confirmed photos; %2 are needed. Confirm more photos in Review first.")
            .arg(arg(0), arg(1));
    case ErrorCode::TooFewPhotos:
        if (arg(2) == QLatin1String("validation")) {
            return tr("No photo is left to validate with, so nobody could say whether the training helps. Identify photos of the same individual "
                      "from at least two encounters first.");
        }
        return tr("Only %1 confirmed photos; %2 are needed. Confirm more photos in Review first.").arg(arg(0), arg(1));
    case ErrorCode::LossNotFinite:
        return tr("Training went astray at step %1 (the loss is not a number). Try a lower learning rate.").arg(arg(0));
    case ErrorCode::EmbeddingsCollapsed:
        return tr("At step %1 different flukes have become nearly the same to the network (effective rank %2). Try a lower learning rate, or start "
                  "from a model.")
            .arg(arg(0), arg(2));
    case ErrorCode::RunLocked:
        return tr("Another program is still training in \u201c%1\u201d. Wait until it has ended, then resume.").arg(file());
    case ErrorCode::PeerLost:
        return tr("One of the %1 programs that train together is gone: %2. Resume the run from its newest checkpoint.").arg(arg(1), arg(2));
    case ErrorCode::JobFailed: return arg(0) == QLatin1String("localiser") ? localiserSentence() : tr("%1 did not finish: %2.").arg(arg(0), arg(1));
    default: return {};
    }
}

QString Messages::tableSyntaxFault(const QString &code, const QString &value)
{
    if (code == QLatin1String("missing_column"))
        return tr("there is no column \u201c%1\u201d").arg(value);
    if (code == QLatin1String("duplicate_column"))
        return tr("two columns are named \u201c%1\u201d").arg(value);
    if (code == QLatin1String("column_count"))
        return tr("it has %1 fields where the first line has %2").arg(value.section(QLatin1Char(':'), 0, 0), value.section(QLatin1Char(':'), 1));
    if (code == QLatin1String("not_utf8"))
        return tr("its text is not UTF-8");
    if (code == QLatin1String("unclosed_quote"))
        return tr("a quotation mark is never closed");
    if (code == QLatin1String("text_after_quote") || code == QLatin1String("quote_in_field"))
        return tr("a quotation mark is out of place");
    if (code == QLatin1String("empty"))
        return tr("the table is empty");
    return {};
}

QString Messages::tableFault(const QString &what)
{
    const QString code = what.section(QLatin1Char(':'), 0, 0);
    const QString value = what.section(QLatin1Char(':'), 1);
    const QString place = value.section(QLatin1Char(':'), 0, 0);
    const QString image = value.section(QLatin1Char(':'), 1);
    if (code == QLatin1String("empty_image"))
        return tr("it names no photo");
    if (code == QLatin1String("code_invalid"))
        return tr("\u201c%1\u201d cannot be the code of an individual").arg(value);
    if (code == QLatin1String("not_a_number"))
        return tr("\u201c%1\u201d is not a number").arg(value);
    if (code == QLatin1String("duplicate_image"))
        return tr("\u201c%1\u201d already stands in line %2").arg(image, place);
    if (code == QLatin1String("conflicting_id"))
        return tr("\u201c%1\u201d is somebody else in line %2").arg(image, place);
    if (code == QLatin1String("box_empty"))
        return tr("its box is empty");
    if (code == QLatin1String("unknown_role"))
        return tr("\u201c%1\u201d is no role").arg(value);
    if (code == QLatin1String("unknown_photo"))
        return tr("\u201c%1\u201d is no identified photo of the data").arg(value);
    if (code == QLatin1String("row_out_of_range"))
        return tr("there is no row %1 in the split table").arg(value);
    if (code == QLatin1String("positive_of_another"))
        return tr("its positive is of another individual than the anchor");
    if (code == QLatin1String("negative_of_the_same"))
        return tr("its negative is of the same individual as the anchor");
    const QString syntax = tableSyntaxFault(code, value);
    return syntax.isEmpty() ? what : syntax;
}

QString Messages::reason() const
{
    switch (m_error.code) {
    case ErrorCode::FileNotFound: return tr("not found");
    case ErrorCode::FileUnreadable: return tr("cannot be read: %1").arg(arg(1));
    case ErrorCode::FileEmpty: return tr("empty file");
    case ErrorCode::FileTruncated: return tr("ends too early");
    case ErrorCode::FormatUnknown: return tr("not a photo");
    case ErrorCode::FormatUnsupported: return tr("not supported: %1").arg(arg(1));
    case ErrorCode::DataDamaged: return tr("damaged: %1").arg(arg(1));
    case ErrorCode::ImageTooLarge: return tr("too large (%1 x %2 px)").arg(arg(1), arg(2));
    case ErrorCode::ImageTooSmall: return tr("too small (%1 x %2 px)").arg(arg(1), arg(2));
    case ErrorCode::AlreadyExists:
        return arg(1).isEmpty() ? tr("already in the catalogue") : tr("the same photo as \u201c%1\u201d").arg(QFileInfo(arg(1)).fileName());
    default: return sentence();
    }
}

} // namespace

QString messageFor(const Error &error)
{
    return Messages(error).sentence();
}

QString warningFor(const Error &error)
{
    return Messages(error).warning();
}

QString shortReason(const Error &error)
{
    return Messages(error).reason();
}

} // namespace flukeprint::ui
