#pragma once

#include "core/base/result.h"
#include "core/catalogue/encounter_merges.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/records.h"

#include <QHash>
#include <QString>

#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// Setting of the catalogue: photos further apart in time are other encounters. Minutes, default 120.
inline constexpr const char *encounterGapSetting = "encounter.gap_minutes";
inline constexpr int defaultEncounterGapMinutes = 120;
inline constexpr double encounterRadiusKm = 10;

/// Sorts photos into encounters while they are imported. A photo belongs to the encounter whose span, widened by the gap on both
/// sides, holds its time, and that began within 10 km of it; where one of the two has no position, both must come from the
/// same folder, which is then kept as the encounter's place. None: a new one, with the code "2019-07-14-1". Spans grow with their photos.
///
/// A photo that belongs to several lies between them and makes them one: the earliest takes the others in, as EncounterMerges logs and
/// can undo, so that what is one encounter in time does not depend on the order in which photos came. (Where it began does: the first
/// photo tells the folder, the first that has a position the position.) Encounters that somebody parted again stay apart; the photo
/// then goes to the nearest in time.
class EncounterGrouper
{
public:
    /// `who` stands in the log of merges.
    explicit EncounterGrouper(catalogue::Catalogue &catalogue, QString who = {});

    /// Reads the encounters that the catalogue has. Errors: those of the stores.
    Result<void> load();
    /// The encounter of the photo; invalid for a photo without a time. Writes new and grown encounters.
    Result<EncounterId> place(const catalogue::Photo &photo, const QString &folder);
    /// How many encounters were taken in by others so far.
    [[nodiscard]] std::int64_t mergedCount() const { return m_mergedCount; }

private:
    struct Span
    {
        EncounterId id;
        std::int64_t startS = 0; ///< camera's clock, seconds
        std::int64_t endS = 0;
        std::optional<double> latitude;
        std::optional<double> longitude;
        QString place;
        bool merged = false; ///< into another: belongs to nothing any more
    };
    Result<void> loadParted();
    void index(std::size_t span);
    /// All spans that hold the photo, the nearest in time first.
    [[nodiscard]] std::vector<std::size_t> find(std::int64_t timeS, const catalogue::Photo &photo, const QString &folder) const;
    /// Of those found, the first and all that may be one with it.
    [[nodiscard]] std::vector<std::size_t> joinable(const std::vector<std::size_t> &found) const;
    Result<std::size_t> join(const std::vector<std::size_t> &spans, const QString &fileName);
    [[nodiscard]] static bool samePlace(const Span &span, const catalogue::Photo &photo, const QString &folder);
    Result<EncounterId> grow(std::size_t span, std::int64_t timeS, const QString &takenAt);
    /// An encounter that nobody knew the position of is where the photo is, if that is known.
    Result<void> locate(std::size_t span, const catalogue::Photo &photo);
    Result<EncounterId> add(std::int64_t timeS, const catalogue::Photo &photo, const QString &folder);
    Result<QString> freeCode(const QString &date);

    catalogue::Catalogue &m_catalogue;
    catalogue::EncounterStore m_store;
    catalogue::EncounterMerges m_merges;
    std::set<std::pair<EncounterId, EncounterId>> m_parted; ///< the smaller id first
    std::int64_t m_mergedCount = 0;
    std::int64_t m_gapS = defaultEncounterGapMinutes * 60;
    std::vector<Span> m_spans;
    QHash<std::int64_t, std::vector<std::size_t>> m_byDay; ///< days that a span touches
    QHash<QString, int> m_lastNumber; ///< by date
};

/// Great-circle distance in km on a sphere of 6,371 km (haversine).
[[nodiscard]] double distanceKm(double latitudeA, double longitudeA, double latitudeB, double longitudeB);

} // namespace flukeprint::workflows
