#pragma once

#include "core/catalogue/database.h"
#include "core/catalogue/integrity.h"

/// The checks of `verify`, each adding what it finds. Private to the room.
namespace flukeprint::catalogue {

/// One walk through everything.
struct Inspection
{
    Catalogue &catalogue;
    Database &database;
    const IntegrityOptions &options;
    const ProgressFn &progress;
    std::stop_token stop;
    IntegrityReport report;
    bool tablesMissing = false; ///< what fails after this was found fails because of it

    void damage(std::string code, std::vector<std::string> args, std::optional<Error> cause = std::nullopt);
    void notice(std::string code, std::vector<std::string> args);
    void tell(const char *stage, std::int64_t done = 0, std::int64_t total = 0, const std::string &item = {}) const;
    [[nodiscard]] bool goOn() const { return !stop.stop_requested(); }
    /// Every row that the statement finds becomes a finding, its columns the args.
    Result<void> damageOfRows(const char *code, const QString &sql);
    Result<void> noticeOfRows(const char *code, const QString &sql);
};

Result<void> checkSchema(Inspection &inspection);
Result<void> checkConstraints(Inspection &inspection);
Result<void> checkDecisions(Inspection &inspection);
Result<void> checkProjection(Inspection &inspection);
Result<void> checkMerges(Inspection &inspection);
Result<void> checkGroups(Inspection &inspection);
Result<void> checkModels(Inspection &inspection);
Result<void> checkRuns(Inspection &inspection);
Result<void> checkEmbeddings(Inspection &inspection);
Result<void> checkChips(Inspection &inspection);
Result<void> checkPhotos(Inspection &inspection);

} // namespace flukeprint::catalogue
