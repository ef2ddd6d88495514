#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <span>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// All conditions must hold; what is left at its default does not restrict.
struct AnnotationFilter
{
    IndividualId individual;
    std::vector<IdentityState> states;
    QString takenFrom; ///< "2019-07-14" or longer; inclusive
    QString takenTo; ///< inclusive: a day means its whole day
    QString text; ///< part of file name, individual's code, name or alias, encounter's code or place; case of ASCII
                  ///< letters ignored
    EncounterId encounter;
    ImportSessionId importSession;
    int worstQuality = 0; ///< 1..5: graded so or better
    bool missingFiles = false; ///< only photos whose file was not found
};

enum class AnnotationSort { TakenAt, FileName, Id, Quality, Individual };

struct AnnotationOrder
{
    AnnotationSort sort = AnnotationSort::TakenAt; ///< ties in the order of import
    bool descending = false;
};

/// What a grid cell shows.
struct AnnotationRow
{
    AnnotationId id;
    PhotoId photo;
    QString fileName;
    QString thumbnailKey; ///< SHA-256 of the photo; see Catalogue::thumbnailPath
    IdentityState state = IdentityState::Unidentified;
    IndividualId individual;
    QString individualCode;
    QString takenAt;
    int quality = 0;
    bool missing = false;
};

/// First and last day on which a photo was taken, "2019-07-14"; both empty where no photo says when.
struct TakenRange
{
    QString firstDay;
    QString lastDay;
};

enum class ReviewOrder {
    Newest, ///< takenAt, newest first
    MostUncertain, ///< lowest probability of the likeliest outcome first; those without probabilities last
    FileName,
};

/// Search over annotations. For a grid: `ids` once per filter (100,000 ids are under 1 MB), then `rows` for what is
/// visible. Thread-affine like its catalogue, which must outlive it; give a background thread its own connection.
/// Errors: DatabaseFailed, InvalidArgument (a date that is none).
class AnnotationQuery
{
public:
    explicit AnnotationQuery(Catalogue &catalogue);

    Result<std::int64_t> count(const AnnotationFilter &filter = {});
    Result<std::vector<AnnotationId>> ids(const AnnotationFilter &filter = {}, AnnotationOrder order = {});
    /// Rows of these ids, in their order; ids that do not exist are left out.
    Result<std::vector<AnnotationRow>> rows(std::span<const AnnotationId> ids);
    /// For the first pages and for lists that are read from the start: the cost grows with `offset`.
    Result<std::vector<AnnotationRow>> page(const AnnotationFilter &filter, AnnotationOrder order, std::int64_t offset,
                                            int limit);

    /// Of all photos, whatever their state; two look-ups in an index.
    Result<TakenRange> takenRange();

    /// Unidentified and proposed annotations, filtered further.
    Result<std::vector<AnnotationId>> reviewQueue(ReviewOrder order, const AnnotationFilter &filter = {});

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
