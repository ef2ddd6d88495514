#include "core/workflows/import/encounter_grouper.h"

#include "core/catalogue/settings_store.h"

#include <QDateTime>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace flukeprint::workflows {

namespace {

constexpr std::int64_t dayS = 24 * 3600;
constexpr int dateLength = 10;

/// Seconds of the camera's clock; nullopt for a time that is none.
std::optional<std::int64_t> secondsOf(const QString &takenAt)
{
    const QDate date = QDate::fromString(takenAt.left(dateLength), Qt::ISODate);
    const QTime time = QTime::fromString(takenAt.mid(dateLength + 1, 8), Qt::ISODate);
    if (!date.isValid())
        return std::nullopt;
    const std::int64_t inDay = time.isValid() ? time.msecsSinceStartOfDay() / 1000 : 0;
    return date.toJulianDay() * dayS + inDay;
}

} // namespace

double distanceKm(double latitudeA, double longitudeA, double latitudeB, double longitudeB)
{
    constexpr double radiusKm = 6371;
    const auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
    const double height = std::sin(radians(latitudeB - latitudeA) / 2);
    const double width = std::sin(radians(longitudeB - longitudeA) / 2);
    const double a = height * height + std::cos(radians(latitudeA)) * std::cos(radians(latitudeB)) * width * width;
    return 2 * radiusKm * std::asin(std::sqrt(std::min(1.0, a)));
}

EncounterGrouper::EncounterGrouper(catalogue::Catalogue &catalogue, QString who)
    : m_catalogue(catalogue)
    , m_store(catalogue)
    , m_merges(catalogue, std::move(who))
{
}

Result<void> EncounterGrouper::load()
{
    const auto gap = catalogue::SettingsStore(m_catalogue).value(QString::fromLatin1(encounterGapSetting));
    if (!gap)
        return gap.error();
    const int minutes = gap->value_or(QString()).toInt();
    if (minutes > 0)
        m_gapS = std::int64_t {minutes} * 60;
    if (const Result<void> parted = loadParted(); !parted)
        return parted;
    const auto rows = m_store.list();
    if (!rows)
        return rows.error();
    for (const catalogue::EncounterStore::Row &row : *rows) {
        const catalogue::Encounter &encounter = row.encounter;
        const auto start = secondsOf(encounter.startedAt);
        if (!start)
            continue;
        m_spans.push_back({encounter.id, *start, secondsOf(encounter.endedAt).value_or(*start), encounter.latitude,
                           encounter.longitude, encounter.place});
        index(m_spans.size() - 1);
    }
    return {};
}

Result<void> EncounterGrouper::loadParted()
{
    const auto parted = m_merges.parted();
    if (!parted)
        return parted.error();
    m_parted = {parted->begin(), parted->end()};
    return {};
}

void EncounterGrouper::index(std::size_t span)
{
    for (std::int64_t day = m_spans[span].startS / dayS; day <= m_spans[span].endS / dayS; ++day) {
        std::vector<std::size_t> &ofDay = m_byDay[day];
        if (std::find(ofDay.begin(), ofDay.end(), span) == ofDay.end())
            ofDay.push_back(span);
    }
}

bool EncounterGrouper::samePlace(const Span &span, const catalogue::Photo &photo, const QString &folder)
{
    if (span.latitude && span.longitude && photo.latitude && photo.longitude)
        return distanceKm(*span.latitude, *span.longitude, *photo.latitude, *photo.longitude) < encounterRadiusKm;
    return span.place == folder;
}

std::vector<std::size_t> EncounterGrouper::find(std::int64_t timeS, const catalogue::Photo &photo, const QString &folder) const
{
    std::map<std::size_t, std::int64_t> awayS; // a span of two days is met twice
    for (std::int64_t day = (timeS - m_gapS) / dayS; day <= (timeS + m_gapS) / dayS; ++day) {
        const auto ofDay = m_byDay.constFind(day);
        if (ofDay == m_byDay.constEnd())
            continue;
        for (const std::size_t index : *ofDay) {
            const Span &span = m_spans[index];
            const std::int64_t away = std::max({std::int64_t {0}, span.startS - timeS, timeS - span.endS});
            if (!span.merged && away <= m_gapS && samePlace(span, photo, folder))
                awayS.emplace(index, away);
        }
    }
    std::vector<std::size_t> found;
    for (const auto &[index, away] : awayS)
        found.push_back(index);
    std::ranges::stable_sort(found, {}, [&](std::size_t index) { return awayS.at(index); });
    return found;
}

std::vector<std::size_t> EncounterGrouper::joinable(const std::vector<std::size_t> &found) const
{
    std::vector<std::size_t> group;
    for (const std::size_t candidate : found) {
        const bool apart = std::ranges::any_of(group, [&](std::size_t member) {
            return m_parted.contains(std::minmax(m_spans[member].id, m_spans[candidate].id));
        });
        if (!apart)
            group.push_back(candidate);
    }
    return group;
}

Result<std::size_t> EncounterGrouper::join(const std::vector<std::size_t> &spans, const QString &fileName)
{
    const auto order = [this](std::size_t index) { return std::pair(m_spans[index].startS, m_spans[index].id); };
    const std::size_t earliest = std::ranges::min(spans, {}, order);
    for (const std::size_t other : spans) {
        if (other == earliest)
            continue;
        const auto merged = m_merges.merge(m_spans[other].id, m_spans[earliest].id, fileName);
        if (!merged)
            return merged.error();
        m_spans[other].merged = true;
        m_spans[earliest].endS = std::max(m_spans[earliest].endS, m_spans[other].endS);
        ++m_mergedCount;
        if (!m_spans[earliest].latitude || !m_spans[earliest].longitude) {
            m_spans[earliest].latitude = m_spans[other].latitude;
            m_spans[earliest].longitude = m_spans[other].longitude;
        }
    }
    index(earliest);
    // What was to stay apart from one of them is to stay apart from the whole.
    if (const Result<void> parted = spans.size() > 1 ? loadParted() : Result<void>(); !parted)
        return parted.error();
    return earliest;
}

Result<void> EncounterGrouper::locate(std::size_t span, const catalogue::Photo &photo)
{
    Span &located = m_spans[span];
    if ((located.latitude && located.longitude) || !photo.latitude || !photo.longitude)
        return {};
    Result<catalogue::Encounter> encounter = m_store.get(located.id);
    if (!encounter)
        return encounter.error();
    located.latitude = encounter->latitude = photo.latitude;
    located.longitude = encounter->longitude = photo.longitude;
    return m_store.update(*encounter);
}

Result<EncounterId> EncounterGrouper::grow(std::size_t span, std::int64_t timeS, const QString &takenAt)
{
    Span &grown = m_spans[span];
    if (timeS >= grown.startS && timeS <= grown.endS)
        return grown.id;
    const Result<void> extended = m_store.extend(grown.id, takenAt);
    if (!extended)
        return extended.error();
    grown.startS = std::min(grown.startS, timeS);
    grown.endS = std::max(grown.endS, timeS);
    index(span);
    return grown.id;
}

Result<QString> EncounterGrouper::freeCode(const QString &date)
{
    int &number = m_lastNumber[date];
    for (;;) {
        const QString code = QStringLiteral("%1-%2").arg(date).arg(++number);
        const auto taken = m_store.find(code);
        if (!taken)
            return taken.error();
        if (!taken->has_value())
            return code;
    }
}

Result<EncounterId> EncounterGrouper::add(std::int64_t timeS, const catalogue::Photo &photo, const QString &folder)
{
    const Result<QString> code = freeCode(photo.takenAt.left(dateLength));
    if (!code)
        return code.error();
    catalogue::Encounter encounter;
    encounter.code = *code;
    encounter.startedAt = photo.takenAt;
    encounter.endedAt = photo.takenAt;
    encounter.latitude = photo.latitude;
    encounter.longitude = photo.longitude;
    encounter.place = folder;
    const Result<EncounterId> added = m_store.add(encounter);
    if (!added)
        return added.error();
    m_spans.push_back({*added, timeS, timeS, photo.latitude, photo.longitude, folder});
    index(m_spans.size() - 1);
    return *added;
}

Result<EncounterId> EncounterGrouper::place(const catalogue::Photo &photo, const QString &folder)
{
    const auto timeS = secondsOf(photo.takenAt);
    if (!timeS)
        return EncounterId();
    const std::vector<std::size_t> group = joinable(find(*timeS, photo, folder));
    if (group.empty())
        return add(*timeS, photo, folder);
    const Result<std::size_t> joined = join(group, photo.fileName);
    if (!joined)
        return joined.error();
    const Result<void> located = locate(*joined, photo);
    if (!located)
        return located.error();
    return grow(*joined, *timeS, photo.takenAt);
}

} // namespace flukeprint::workflows
