#pragma once

#include "core/catalogue/integrity.h"

namespace flukeprint::catalogue {

/// Evidence::note of a decision that repair wrote down for one that is gone from the log.
inline const QString lostDecisionNote = QStringLiteral("decision_missing");

/// Puts right what follows from other things the catalogue has; the database is copied into backups/ first. All of it happens or
/// nothing. What is put right:
/// - the projection of the decision log, written anew; circles of merges, by the log of merges. Where entries are gone from the log (a gap in
///   its numbers, or an identity that no entry ever gave), what annotations and merged individuals say stays, unless the log has a later word about
///   them that is not undone, and becomes a decision of "repair" (lostDecisionNote), each to be undone by itself;
/// - missing or changed indices and triggers, and missing tables of things that can be computed again;
/// - embeddings and entries of chips that are of no use are dropped: both are made anew from the photos;
/// - sizes and missing-marks of photos, after a look at the files (`options.inspectPhoto`); groups that nobody founded;
/// - a model to serve where none or several are active: the one with the most embeddings;
/// - entries that point to nothing, where they are mere caches or a photo's encounter.
/// The log's entries are never touched, and what only a person or a backup can bring back (photos, models, lost decisions) stays as it
/// is: verify again to see what is left. Returns the copy. Errors: CatalogueReadOnly, DataDamaged (too damaged to be copied),
/// DiskFull, DatabaseFailed, Cancelled.
Result<std::filesystem::path> repair(Catalogue &catalogue, const IntegrityReport &report,
                                     const IntegrityOptions &options = {}, const ProgressFn &progress = {},
                                     std::stop_token stop = {});

/// What repair never puts right, since only a person or a backup can: photos and models must be brought back, lost decisions are lost.
[[nodiscard]] bool isLeftToAPerson(const Finding &finding);

/// Findings and notices of `before` that `after` has no more.
[[nodiscard]] std::vector<Finding> repairedFindings(const IntegrityReport &before, const IntegrityReport &after);

} // namespace flukeprint::catalogue
