#include "core/demo/demo_plan.h"

#include "core/base/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <tuple>

namespace flukeprint::demo {

namespace {

struct Ground
{
    double latitudeDeg;
    double longitudeDeg;
};

/// Where humpbacks feed in the Gulf of Maine: Stellwagen Bank, Jeffreys Ledge, Bay of Fundy, Great South Channel, Mount
/// Desert Rock.
constexpr std::array grounds{Ground{42.40, -70.30}, Ground{42.90, -70.20}, Ground{44.70, -66.70}, Ground{41.40, -69.30},
                             Ground{43.97, -68.10}};

template <typename... Values> std::string formatted(const char *pattern, Values... values)
{
    char text[64];
    std::snprintf(text, sizeof text, pattern, values...);
    return text;
}

/// One whale's photos in one encounter.
struct Sighting
{
    int whale = 0;
    int photos = 1;
    int encounter = 0;
};

/// Photos of each named whale: spread around the mean, with exactly the asked sum.
std::vector<int> photoCounts(const DemoOptions &options, Random &random)
{
    const int mean = options.photosPerIndividual;
    const int least = mean >= 2 ? std::max(2, mean / 2) : 1;
    const int most = std::max(least, 2 * mean);
    std::vector<int> counts;
    for (int i = 0; i < options.individuals; ++i)
        counts.push_back(
            std::clamp(static_cast<int>(std::lround(mean * std::exp(0.35 * random.normal()))), least, most));
    int surplus = std::accumulate(counts.begin(), counts.end(), 0) - mean * options.individuals;
    while (surplus != 0) {
        int &count = counts[random.below(counts.size())];
        const int step = surplus > 0 ? -1 : 1;
        if (count + step >= least && count + step <= most) {
            count += step;
            surplus += step;
        }
    }
    return counts;
}

std::vector<Sighting> planSightings(const std::vector<int> &counts, int strangers, Random &random)
{
    std::vector<Sighting> sightings;
    for (std::size_t whale = 0; whale < counts.size(); ++whale) {
        // At least two sightings of every whale of two photos: a catalogue that knows one encounter proves nothing.
        const int largest = std::max(1, std::min(4, counts[whale] / 2));
        for (int left = counts[whale]; left > 0;) {
            const int photos = std::min(left, 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(largest))));
            sightings.push_back({static_cast<int>(whale), photos, 0});
            left -= photos;
        }
    }
    for (int stranger = 0; stranger < strangers; ++stranger)
        sightings.push_back({static_cast<int>(counts.size()) + stranger, 1, 0});
    return sightings;
}

/// Spreads sightings over encounters so that no whale is twice in one.
int assignEncounters(std::vector<Sighting> &sightings, Random &random)
{
    int mostOfOneWhale = 1;
    for (std::size_t i = 0, run = 0; i < sightings.size(); ++i) {
        run = i > 0 && sightings[i].whale == sightings[i - 1].whale ? run + 1 : 1;
        mostOfOneWhale = std::max(mostOfOneWhale, static_cast<int>(run));
    }
    const int count = std::max(mostOfOneWhale, static_cast<int>(sightings.size() + 2) / 3);
    std::vector<int> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    std::size_t next = 0;
    for (std::size_t i = 0; i < sightings.size(); ++i) {
        if (i == 0 || sightings[i].whale != sightings[i - 1].whale) {
            random.shuffle(std::span(order));
            next = 0;
        }
        sightings[i].encounter = order[next++];
    }
    return count;
}

std::vector<PlannedEncounter> planEncounters(int count, std::uint64_t seed)
{
    std::vector<PlannedEncounter> encounters;
    for (int i = 0; i < count; ++i) {
        Random random(seed, formatted("encounter %d", i));
        PlannedEncounter encounter;
        encounter.year = 2017 + static_cast<int>(random.below(8));
        encounter.month = 5 + static_cast<int>(random.below(6));
        encounter.day = 1 + static_cast<int>(random.below(30));
        encounter.startSecond = static_cast<int>(random.uniform(8.0, 17.5) * 3600);
        const Ground &ground = grounds[random.below(grounds.size())];
        encounter.latitudeDeg = ground.latitudeDeg + 0.08 * random.normal();
        encounter.longitudeDeg = ground.longitudeDeg + 0.1 * random.normal();
        encounter.cameraIndex = static_cast<int>(random.below(3));
        encounter.look = drawEncounter(random);
        encounters.push_back(encounter);
    }
    return encounters;
}

/// Sorted by time and named by day; returns where each one went.
std::vector<int> sortAndName(std::vector<PlannedEncounter> &encounters)
{
    std::vector<int> order(encounters.size());
    std::iota(order.begin(), order.end(), 0);
    const auto timeOf = [&encounters](int i) {
        const PlannedEncounter &encounter = encounters[static_cast<std::size_t>(i)];
        return std::make_tuple(encounter.year, encounter.month, encounter.day, encounter.startSecond, i);
    };
    std::sort(order.begin(), order.end(), [&timeOf](int a, int b) { return timeOf(a) < timeOf(b); });
    std::vector<PlannedEncounter> sorted;
    std::vector<int> place(encounters.size());
    std::string day;
    int ofDay = 0;
    for (const int from : order) {
        place[static_cast<std::size_t>(from)] = static_cast<int>(sorted.size());
        PlannedEncounter encounter = encounters[static_cast<std::size_t>(from)];
        const std::string date = formatted("%04d-%02d-%02d", encounter.year, encounter.month, encounter.day);
        ofDay = date == day ? ofDay + 1 : 1;
        day = date;
        encounter.name = date + formatted("-%d", ofDay);
        sorted.push_back(encounter);
    }
    encounters = std::move(sorted);
    return place;
}

std::vector<PlannedPhoto> planPhotos(const std::vector<Sighting> &sightings, const DemoPlan &plan,
                                     const DemoOptions &options)
{
    std::vector<PlannedPhoto> photos;
    for (const Sighting &sighting : sightings) {
        const PlannedEncounter &encounter = plan.encounters[static_cast<std::size_t>(sighting.encounter)];
        Random random(options.seed, formatted("sighting %d %d", sighting.whale, sighting.encounter));
        int second = encounter.startSecond + static_cast<int>(random.below(2400));
        for (int i = 0; i < sighting.photos; ++i) {
            PlannedPhoto photo;
            photo.whale = sighting.whale;
            photo.encounter = sighting.encounter;
            photo.second = second;
            photo.scene = drawPhoto(encounter.look, random);
            photo.label =
                sighting.whale < options.individuals ? formatted("GOM-%04d", sighting.whale + 1) : "new_whale";
            second += 1 + static_cast<int>(random.below(600));
            photos.push_back(photo);
        }
    }
    std::stable_sort(photos.begin(), photos.end(), [](const PlannedPhoto &a, const PlannedPhoto &b) {
        return std::tie(a.encounter, a.second, a.whale) < std::tie(b.encounter, b.second, b.whale);
    });
    return photos;
}

/// Takes the name off photos of whales that keep at least one other named photo.
void hideNames(std::vector<PlannedPhoto> &photos, int wanted, int individuals, Random &random)
{
    std::vector<int> named(static_cast<std::size_t>(individuals), 0);
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < photos.size(); ++i) {
        if (photos[i].whale < individuals) {
            ++named[static_cast<std::size_t>(photos[i].whale)];
            candidates.push_back(i);
        }
    }
    random.shuffle(std::span(candidates));
    for (const std::size_t i : candidates) {
        int &left = named[static_cast<std::size_t>(photos[i].whale)];
        if (wanted > 0 && left > 1) {
            photos[i].label = "new_whale";
            --left;
            --wanted;
        }
    }
}

} // namespace

DemoPlan planDemo(const DemoOptions &options)
{
    Random random(options.seed, "plan");
    DemoPlan plan;
    const std::vector<int> counts = photoCounts(options, random);
    const int named = options.individuals * options.photosPerIndividual;
    const int strangers = static_cast<int>(std::lround(named * options.unidentifiedShare / 2));
    Random whales(options.seed, "whales");
    for (int whale = 0; whale < options.individuals + strangers; ++whale)
        plan.whaleSeeds.push_back(whales.next());
    std::vector<Sighting> sightings = planSightings(counts, strangers, random);
    plan.encounters = planEncounters(assignEncounters(sightings, random), options.seed);
    const std::vector<int> place = sortAndName(plan.encounters);
    for (Sighting &sighting : sightings)
        sighting.encounter = place[static_cast<std::size_t>(sighting.encounter)];
    plan.photos = planPhotos(sightings, plan, options);
    hideNames(plan.photos, strangers, options.individuals, random);
    for (std::size_t i = 0; i < plan.photos.size(); ++i) {
        const PlannedEncounter &encounter = plan.encounters[static_cast<std::size_t>(plan.photos[i].encounter)];
        plan.photos[i].fileName = formatted("GOM_%04d%02d%02d_%05d.jpg", encounter.year, encounter.month, encounter.day,
                                            static_cast<int>(i + 1));
    }
    return plan;
}

} // namespace flukeprint::demo
