#pragma once

#include "core/base/result.h"
#include "core/catalogue/backup.h"
#include "core/catalogue/integrity.h"
#include "core/jobs/thread_job.h"
#include "core/workflows/care/verify_catalogue.h"

#include <QString>

#include <filesystem>
#include <functional>
#include <memory>

/// Care of a catalogue as jobs of a window's queue. Each job opens a connection of its own; `catalogue` must outlive it; `ready` is called
/// in the thread that made the job. The command line calls verifyCatalogue, backUp and exportCatalogue directly.
namespace flukeprint::workflows {

/// "verify" {}: see verifyCatalogue.
std::unique_ptr<jobs::ThreadJob> makeVerifyJob(const catalogue::Catalogue &catalogue,
                                               std::function<void(const Result<catalogue::IntegrityReport> &)> ready);

/// "repair" {}: see repairCatalogue. Opens `folder` for writing, so that no window may have it open. `ready` also hears of Cancelled; errors:
/// those of Catalogue::open and repairCatalogue.
std::unique_ptr<jobs::ThreadJob> makeRepairJob(const std::filesystem::path &folder, std::function<void(const Result<RepairOutcome> &)> ready);

/// "backup" {target}: see catalogue::backUp.
std::unique_ptr<jobs::ThreadJob> makeBackupJob(const catalogue::Catalogue &catalogue, const std::filesystem::path &target,
                                               const catalogue::BackupOptions &options,
                                               std::function<void(const Result<catalogue::BackupReport> &)> ready);

/// "export" {format}: see catalogue::exchange::exportCatalogue. The result is the number of rows.
std::unique_ptr<jobs::ThreadJob> makeExportJob(const catalogue::Catalogue &catalogue, const QString &format,
                                               const std::filesystem::path &target,
                                               std::function<void(const Result<std::int64_t> &)> ready);

} // namespace flukeprint::workflows
