#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flukeprint {

/// What went wrong. Core code returns a code with arguments; only ui/text and the command line turn it into a sentence.
/// `errorCodeName` gives the stable name that logs, worker messages and `--json` answers carry.
enum class ErrorCode {
    Internal, ///< a bug of ours; args: what was violated
    Cancelled, ///< the caller asked to stop
    InvalidArgument, ///< args: name, value, what is allowed
    NotFound, ///< args: kind of thing, its name
    AlreadyExists, ///< args: kind of thing, its name
    FileNotFound, ///< args: path
    FileUnreadable, ///< args: path, system message
    FileUnwritable, ///< args: path, system message
    DiskFull, ///< args: path
    FileEmpty, ///< args: path
    FileTruncated, ///< args: path
    FormatUnknown, ///< args: path (the bytes are of no kind that we read)
    FormatUnsupported, ///< args: path, what is unsupported
    DataDamaged, ///< args: path, what is wrong
    VersionTooNew, ///< args: path, found version, newest known version
    ImageTooLarge, ///< args: path, width px, height px
    ImageTooSmall, ///< args: path, width px, height px
    CsvInvalid, ///< args: path, line number, what is wrong
    CatalogueLocked, ///< args: path, who holds it
    CatalogueReadOnly, ///< args: path
    DatabaseFailed, ///< args: statement or step, driver message
    ModelMissing, ///< no active model; args: none or name
    ModelIncompatible, ///< args: model, what does not fit
    TensorInvalid, ///< args: file, tensor name, what is wrong
    PresetUnknown, ///< args: name
    SettingUnknown, ///< args: preset, key
    SettingOutOfRange, ///< args: key, value, allowed
    TooFewIndividuals, ///< args: found, needed
    TooFewPhotos, ///< args: found, needed
    WorkerMissing, ///< args: path that was tried
    WorkerCrashed, ///< args: signal or exit status
    WorkerProtocol, ///< args: offending line
    OutOfMemory, ///< args: device, what was being done
    LossNotFinite, ///< args: step
    EmbeddingsCollapsed, ///< args: step, "point" (all photos alike) or "line" (one direction carries all), effective rank
    RunLocked, ///< args: run folder (another process trains in it)
    PeerLost, ///< args: own rank, number of processes, reason
    DeviceUnavailable, ///< args: device
    JobFailed, ///< args: job, reason
    NothingToDo, ///< args: what is missing
};

/// Groups of codes, in the command line's exit statuses.
enum class ErrorCategory { Usage = 2, BadInput = 3, DamagedData = 4, JobFailed = 5, Cancelled = 130 };

struct Error
{
    ErrorCode code = ErrorCode::Internal;
    std::vector<std::string> args; ///< in the order that the code's comment names
    std::string detail; ///< technical, never translated, for the log; may be empty

    Error() = default;
    explicit Error(ErrorCode errorCode, std::vector<std::string> arguments = {}, std::string technicalDetail = {})
        : code(errorCode)
        , args(std::move(arguments))
        , detail(std::move(technicalDetail))
    {
    }

    /// "FileTruncated: a.jpg (premature end of data)": for logs and tests, never for a user.
    [[nodiscard]] std::string debugText() const;
};

[[nodiscard]] std::string_view errorCodeName(ErrorCode code);
/// The code of that name; ErrorCode::Internal for a name nobody knows (a newer worker, say).
[[nodiscard]] ErrorCode errorCodeFromName(std::string_view name);
[[nodiscard]] ErrorCategory errorCategory(ErrorCode code);

} // namespace flukeprint
