#include "core/base/error.h"

#include <array>
#include <utility>

namespace flukeprint {

namespace {

struct CodeEntry
{
    ErrorCode code;
    std::string_view name;
    ErrorCategory category;
};

constexpr auto bad = ErrorCategory::BadInput;
constexpr auto damaged = ErrorCategory::DamagedData;
constexpr auto failed = ErrorCategory::JobFailed;

constexpr auto codeTable = std::to_array<CodeEntry>({
    {ErrorCode::Internal, "internal", failed},
    {ErrorCode::Cancelled, "cancelled", ErrorCategory::Cancelled},
    {ErrorCode::InvalidArgument, "invalid_argument", bad},
    {ErrorCode::NotFound, "not_found", bad},
    {ErrorCode::AlreadyExists, "already_exists", bad},
    {ErrorCode::FileNotFound, "file_not_found", bad},
    {ErrorCode::FileUnreadable, "file_unreadable", bad},
    {ErrorCode::FileUnwritable, "file_unwritable", bad},
    {ErrorCode::DiskFull, "disk_full", failed},
    {ErrorCode::FileEmpty, "file_empty", bad},
    {ErrorCode::FileTruncated, "file_truncated", bad},
    {ErrorCode::FormatUnknown, "format_unknown", bad},
    {ErrorCode::FormatUnsupported, "format_unsupported", bad},
    {ErrorCode::DataDamaged, "data_damaged", damaged},
    {ErrorCode::VersionTooNew, "version_too_new", damaged},
    {ErrorCode::ImageTooLarge, "image_too_large", bad},
    {ErrorCode::ImageTooSmall, "image_too_small", bad},
    {ErrorCode::CsvInvalid, "csv_invalid", bad},
    {ErrorCode::CatalogueLocked, "catalogue_locked", bad},
    {ErrorCode::CatalogueReadOnly, "catalogue_read_only", bad},
    {ErrorCode::DatabaseFailed, "database_failed", damaged},
    {ErrorCode::ModelMissing, "model_missing", bad},
    {ErrorCode::ModelIncompatible, "model_incompatible", bad},
    {ErrorCode::TensorInvalid, "tensor_invalid", bad},
    {ErrorCode::PresetUnknown, "preset_unknown", bad},
    {ErrorCode::SettingUnknown, "setting_unknown", bad},
    {ErrorCode::SettingOutOfRange, "setting_out_of_range", bad},
    {ErrorCode::TooFewIndividuals, "too_few_individuals", bad},
    {ErrorCode::TooFewPhotos, "too_few_photos", bad},
    {ErrorCode::WorkerMissing, "worker_missing", failed},
    {ErrorCode::WorkerCrashed, "worker_crashed", failed},
    {ErrorCode::WorkerProtocol, "worker_protocol", failed},
    {ErrorCode::OutOfMemory, "out_of_memory", failed},
    {ErrorCode::LossNotFinite, "loss_not_finite", failed},
    {ErrorCode::EmbeddingsCollapsed, "embeddings_collapsed", failed},
    {ErrorCode::RunLocked, "run_locked", bad},
    {ErrorCode::PeerLost, "peer_lost", failed},
    {ErrorCode::DeviceUnavailable, "device_unavailable", bad},
    {ErrorCode::JobFailed, "job_failed", failed},
    {ErrorCode::NothingToDo, "nothing_to_do", bad},
});

const CodeEntry &entryOf(ErrorCode code)
{
    for (const CodeEntry &entry : codeTable) {
        if (entry.code == code)
            return entry;
    }
    return codeTable.front();
}

} // namespace

std::string Error::debugText() const
{
    std::string text(errorCodeName(code));
    const char *separator = ": ";
    for (const std::string &arg : args) {
        text += separator + arg;
        separator = ", ";
    }
    if (!detail.empty())
        text += " (" + detail + ")";
    return text;
}

std::string_view errorCodeName(ErrorCode code) { return entryOf(code).name; }

ErrorCode errorCodeFromName(std::string_view name)
{
    for (const CodeEntry &entry : codeTable) {
        if (entry.name == name)
            return entry.code;
    }
    return ErrorCode::Internal;
}

ErrorCategory errorCategory(ErrorCode code) { return entryOf(code).category; }

} // namespace flukeprint
