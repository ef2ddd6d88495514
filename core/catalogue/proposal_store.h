#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <span>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// A stored candidate.
struct Proposal
{
    int rank = 1; ///< 1 = nearest; the outcome "new individual" has a rank of its own
    IndividualId individual; ///< invalid: "new individual"
    double distance = 0; ///< NaN-free; 0 for "new individual" without a threshold
    std::optional<double> probability; ///< nullopt: the model is not calibrated
    AnnotationId bestAnnotation; ///< the individual's best-matching photo
};

/// Cache of candidates, so that the review queue can be ordered and shown without a search. Storing candidates for an
/// unidentified annotation makes it `proposed`; clearing makes it `unidentified` again. Thread-affine like its
/// catalogue, which must outlive it. Errors everywhere: DatabaseFailed, DiskFull, CatalogueReadOnly.
class ProposalStore
{
public:
    explicit ProposalStore(Catalogue &catalogue);

    struct Entry
    {
        AnnotationId annotation;
        std::vector<Proposal> proposals;
    };
    /// Replaces the candidates of these annotations (of every model) in one transaction. Annotations that are gone are
    /// left out.
    Result<void> put(ModelId model, std::span<const Entry> entries);
    /// By rank. Empty if there are none of this model.
    Result<std::vector<Proposal>> get(ModelId model, AnnotationId annotation);
    /// Usable annotations without an identity that have no candidates of this model, in the order of ids.
    Result<std::vector<AnnotationId>> missing(ModelId model);
    /// Whether `missing` has anything.
    Result<bool> anyMissing(ModelId model);
    Result<void> clear(AnnotationId annotation);
    /// All of them: after another model was promoted.
    Result<void> clearAll();

private:
    Database &m_database;
};

/// For this room: ModelStore::activate clears within its own transaction.
Result<void> clearAllProposals(Database &database);

} // namespace flukeprint::catalogue
