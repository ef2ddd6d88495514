#include "core/base/random.h"
#include "core/matching/identify.h"

#include <QTest>

#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <thread>

using namespace flukeprint;
using namespace flukeprint::matching;
using evaluation::ScoreCalibration;

namespace {

constexpr std::size_t dimension = 32;

std::vector<float> randomUnit(Random &random)
{
    std::vector<float> vector(dimension);
    double squared = 0;
    for (float &value : vector) {
        value = static_cast<float>(random.normal());
        squared += double{value} * double{value};
    }
    for (float &value : vector)
        value = static_cast<float>(double{value} / std::sqrt(squared));
    return vector;
}

struct Catalogue
{
    std::vector<GalleryEntry> entries;
    std::vector<float> vectors;

    void add(std::int64_t annotation, std::int64_t individual, std::int64_t group, const std::vector<float> &vector)
    {
        entries.push_back({AnnotationId(annotation), IndividualId(individual), group});
        vectors.insert(vectors.end(), vector.begin(), vector.end());
    }
    [[nodiscard]] Gallery gallery(Gallery::Distance distance = Gallery::Distance::NearestPhoto) const
    {
        auto built = Gallery::build("model", dimension, entries, vectors, distance);
        return std::move(*built);
    }
};

Catalogue randomCatalogue(std::size_t photos, std::uint64_t individuals, std::uint64_t seed)
{
    Random random(seed);
    Catalogue catalogue;
    for (std::size_t i = 0; i < photos; ++i)
        catalogue.add(static_cast<std::int64_t>(i) + 1, static_cast<std::int64_t>(random.below(individuals)) + 1,
                      static_cast<std::int64_t>(random.below(photos / 4)), randomUnit(random));
    return catalogue;
}

/// Plain loops in double, as the definition reads.
std::vector<Candidate> expected(const Catalogue &catalogue, const IdentifyQuery &query)
{
    std::map<IndividualId, Candidate> best;
    for (std::size_t row = 0; row < catalogue.entries.size(); ++row) {
        const GalleryEntry &entry = catalogue.entries[row];
        if (entry.annotation == query.annotation || (query.group > 0 && entry.group == query.group))
            continue;
        double squared = 0;
        for (std::size_t k = 0; k < dimension; ++k)
            squared += std::pow(double{catalogue.vectors[row * dimension + k]} - double{query.vector[k]}, 2);
        const auto distance = static_cast<float>(std::sqrt(squared));
        const auto [found, isNew] =
            best.try_emplace(entry.individual, Candidate{entry.individual, distance, {}, entry.annotation, 0});
        if (!isNew && distance < found->second.distance)
            found->second = {entry.individual, distance, {}, entry.annotation, 0};
    }
    std::vector<Candidate> candidates;
    for (const auto &[individual, candidate] : best)
        candidates.push_back(candidate);
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate &a, const Candidate &b) { return a.distance < b.distance; });
    return candidates;
}

/// The same with the distance to the mean of the eligible photos.
std::vector<Candidate> expectedByMeans(const Catalogue &catalogue, const IdentifyQuery &query)
{
    std::vector<Candidate> candidates = expected(catalogue, query);
    for (Candidate &candidate : candidates) {
        std::vector<double> sum(dimension, 0.0);
        double count = 0;
        for (std::size_t row = 0; row < catalogue.entries.size(); ++row) {
            const GalleryEntry &entry = catalogue.entries[row];
            if (entry.individual != candidate.individual || entry.annotation == query.annotation
                || (query.group > 0 && entry.group == query.group))
                continue;
            ++count;
            for (std::size_t k = 0; k < dimension; ++k)
                sum[k] += double{catalogue.vectors[row * dimension + k]};
        }
        double squared = 0;
        for (std::size_t k = 0; k < dimension; ++k)
            squared += std::pow(sum[k] / count - double{query.vector[k]}, 2);
        candidate.distance = static_cast<float>(std::sqrt(squared));
    }
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate &a, const Candidate &b) { return a.distance < b.distance; });
    return candidates;
}

bool agree(const std::vector<Candidate> &found, const std::vector<Candidate> &wanted, std::size_t top)
{
    if (found.size() != std::min(top, wanted.size()))
        return false;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const bool same = found[i].individual == wanted[i].individual && found[i].bestMatch == wanted[i].bestMatch
            && std::abs(found[i].distance - wanted[i].distance) < 1e-4F;
        if (!same)
            return false;
    }
    return true;
}

/// A calibration as a model would carry it.
ScoreCalibration someCalibration()
{
    return *ScoreCalibration::fromMap({{"calibrated", 1},
                                       {"offset", 12},
                                       {"slope", 8},
                                       {"relative", 0.5},
                                       {"crowd", 1.5},
                                       {"crowd_quantile", 0.1},
                                       {"crowd_growth", 0.1},
                                       {"tail", 1},
                                       {"lapse", 0.02},
                                       {"new_prior", 0.3},
                                       {"cohort", 50},
                                       {"queries", 300}});
}

} // namespace

class TestIdentify : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void agreesWithBruteForce()
    {
        const Catalogue catalogue = randomCatalogue(1500, 90, 1);
        const Gallery gallery = catalogue.gallery();
        std::vector<IdentifyQuery> queries;
        for (std::size_t i = 0; i < 120; ++i)
            queries.push_back({std::span(catalogue.vectors).subspan(i * dimension, dimension),
                               catalogue.entries[i].annotation, catalogue.entries[i].group});
        for (const int threads : {1, 2}) {
            IdentifyOptions options;
            options.threads = threads;
            const auto all = identifyAll(gallery, queries, {}, options);
            QVERIFY(all.ok());
            for (std::size_t i = 0; i < queries.size(); ++i) {
                const auto wanted = expected(catalogue, queries[i]);
                const auto one = identify(gallery, queries[i], {}, options);
                QVERIFY(agree(one->candidates, wanted, 5));
                QVERIFY(agree((*all)[i].candidates, wanted, 5));
                QCOMPARE(one->individualsRanked, wanted.size());
                QCOMPARE((*all)[i].individualsRanked, wanted.size());
                QCOMPARE(one->candidates[0].photosOfIndividual, gallery.photosOf(one->candidates[0].individual));
            }
        }
    }

    void meansAgreeWithBruteForceAlsoAfterChanges()
    {
        const Catalogue catalogue = randomCatalogue(600, 70, 8);
        Gallery gallery = catalogue.gallery(Gallery::Distance::MeanOfPhotos);
        std::vector<IdentifyQuery> queries;
        for (std::size_t i = 0; i < 60; ++i)
            queries.push_back({std::span(catalogue.vectors).subspan(i * dimension, dimension),
                               catalogue.entries[i].annotation, catalogue.entries[i].group});
        for (int round = 0; round < 2; ++round) {
            const auto all = identifyAll(gallery, queries, {});
            QVERIFY(all.ok());
            for (std::size_t i = 0; i < queries.size(); ++i) {
                const auto wanted = expectedByMeans(catalogue, queries[i]);
                QVERIFY(agree(identify(gallery, queries[i], {})->candidates, wanted, 5));
                QVERIFY(agree((*all)[i].candidates, wanted, 5));
            }
            // Photos leave, come back, change hands and are replaced: in the end all is as it was.
            for (std::size_t i = 0; i < 40; ++i) {
                const GalleryEntry &entry = catalogue.entries[i];
                const auto own = std::span(catalogue.vectors).subspan(i * dimension, dimension);
                QVERIFY(gallery.remove(entry.annotation));
                QVERIFY(gallery.put({entry.annotation, IndividualId(1 + static_cast<std::int64_t>(i)), entry.group},
                                    std::span(catalogue.vectors).first(dimension))
                            .ok());
                QVERIFY(gallery.relabel(entry.annotation, IndividualId(900)).ok());
                QVERIFY(gallery.put(entry, own).ok());
            }
        }
    }

    void neverItsOwnCandidate()
    {
        Random random(2);
        Catalogue catalogue;
        const std::vector<float> own = randomUnit(random);
        catalogue.add(1, 1, 5, own);
        catalogue.add(2, 1, 5, own); // near-duplicate
        catalogue.add(3, 2, 0, randomUnit(random));
        catalogue.add(4, 3, 0, randomUnit(random));
        const Gallery gallery = catalogue.gallery();
        const auto answer = identify(gallery, {own, AnnotationId(1), 5}, {});
        QCOMPARE(answer->candidates.size(), 2U);
        QVERIFY(answer->candidates[0].individual != IndividualId(1)
                && answer->candidates[1].individual != IndividualId(1));
        // A photo from outside, without a group, may match all of them.
        const auto outside = identify(gallery, {own, AnnotationId(), 0}, {});
        QCOMPARE(outside->candidates[0].individual, IndividualId(1));
        QVERIFY(outside->candidates[0].distance < 1e-3F);
        // Group 0 is no group: it excludes nobody.
        const auto loose = identify(gallery, {own, AnnotationId(9), 0}, {});
        QCOMPARE(loose->individualsRanked, 3U);
    }

    void oneWhaleWithManyPhotosDoesNotHideTheOthers()
    {
        Random random(3);
        Catalogue catalogue;
        const std::vector<float> own = randomUnit(random);
        for (std::int64_t i = 1; i <= 3000; ++i)
            catalogue.add(i, 1, 0, own);
        for (std::int64_t i = 1; i <= 7; ++i)
            catalogue.add(3000 + i, 1 + i, 0, randomUnit(random));
        const Gallery gallery = catalogue.gallery();
        const auto answer = identify(gallery, {own, {}, 0}, {});
        QCOMPARE(answer->candidates.size(), 5U);
        QCOMPARE(answer->candidates[0].photosOfIndividual, 3000U);
        QCOMPARE(answer->individualsRanked, 8U);
    }

    void equalDistancesComeInAFixedOrder()
    {
        Random random(4);
        const std::vector<float> own = randomUnit(random);
        Catalogue catalogue;
        catalogue.add(10, 7, 0, own);
        catalogue.add(11, 3, 0, own);
        catalogue.add(13, 5, 0, own);
        catalogue.add(12, 5, 0, own);
        Gallery gallery = catalogue.gallery();
        for (int round = 0; round < 2; ++round) {
            const auto answer = identify(gallery, {own, {}, 0}, {});
            QCOMPARE(answer->candidates[0].individual, IndividualId(3));
            QCOMPARE(answer->candidates[1].individual, IndividualId(5));
            QCOMPARE(answer->candidates[1].bestMatch, AnnotationId(12));
            QCOMPARE(answer->candidates[2].individual, IndividualId(7));
            // Rows change places; the answer must not.
            QVERIFY(gallery.remove(AnnotationId(10)));
            QVERIFY(gallery.put({AnnotationId(10), IndividualId(7), 0}, own).ok());
        }
    }

    void fewerIndividualsThanWanted()
    {
        Random random(5);
        Catalogue catalogue;
        catalogue.add(1, 1, 0, randomUnit(random));
        catalogue.add(2, 2, 0, randomUnit(random));
        const Gallery gallery = catalogue.gallery();
        IdentifyOptions options;
        options.top = 50;
        QCOMPARE(identify(gallery, {randomUnit(random), {}, 0}, {}, options)->candidates.size(), 2U);
    }

    void emptyGallerySaysNothing()
    {
        Random random(6);
        const Gallery gallery("model", dimension);
        const auto answer = identify(gallery, {randomUnit(random), {}, 0}, someCalibration());
        QVERIFY(answer.ok());
        QVERIFY(answer->candidates.empty());
        QVERIFY(!answer->newProbability.has_value());
        QVERIFY(!answer->calibrated);
        const std::vector<float> vector = randomUnit(random);
        const std::vector<IdentifyQuery> queries{{vector, {}, 0}};
        QCOMPARE(identifyAll(gallery, queries, {})->size(), 1U);
        QCOMPARE(identifyAll(gallery, {}, {})->size(), 0U);
    }

    void removedPhotosAreGone()
    {
        Catalogue catalogue = randomCatalogue(400, 40, 7);
        Gallery gallery = catalogue.gallery();
        Catalogue left;
        for (std::size_t row = 0; row < catalogue.entries.size(); ++row) {
            const GalleryEntry &entry = catalogue.entries[row];
            if (row % 3 == 0)
                QVERIFY(gallery.remove(entry.annotation));
            else
                left.add(entry.annotation.value, entry.individual.value, entry.group,
                         {catalogue.vectors.begin() + static_cast<std::ptrdiff_t>(row * dimension),
                          catalogue.vectors.begin() + static_cast<std::ptrdiff_t>((row + 1) * dimension)});
        }
        Random random(8);
        for (int i = 0; i < 20; ++i) {
            const std::vector<float> vector = randomUnit(random);
            const IdentifyQuery query{vector, {}, 0};
            QVERIFY(agree(identify(gallery, query, {})->candidates, expected(left, query), 5));
        }
    }

    void confirmingChangesTheNextAnswer()
    {
        Catalogue catalogue = randomCatalogue(200, 30, 9);
        Gallery gallery = catalogue.gallery();
        Random random(10);
        const std::vector<float> vector = randomUnit(random);
        QVERIFY(gallery.put({AnnotationId(1000), IndividualId(777), 0}, vector).ok());
        QCOMPARE(identify(gallery, {vector, AnnotationId(1001), 0}, {})->candidates[0].individual, IndividualId(777));
        QVERIFY(gallery.relabel(AnnotationId(1000), IndividualId(778)).ok());
        QCOMPARE(identify(gallery, {vector, AnnotationId(1001), 0}, {})->candidates[0].individual, IndividualId(778));
        QVERIFY(gallery.remove(AnnotationId(1000)));
        QVERIFY(identify(gallery, {vector, AnnotationId(1001), 0}, {})->candidates[0].individual != IndividualId(778));
    }

    void probabilitiesOnlyFromACalibratedModel()
    {
        const Catalogue catalogue = randomCatalogue(300, 60, 11);
        const Gallery gallery = catalogue.gallery();
        Random random(12);
        const std::vector<float> vector = randomUnit(random);
        const auto plain = identify(gallery, {vector, {}, 0}, {});
        QVERIFY(!plain->calibrated);
        QVERIFY(!plain->newProbability.has_value());
        QVERIFY(!plain->candidates[0].probability.has_value());
        const auto told = identify(gallery, {vector, {}, 0}, someCalibration());
        QVERIFY(told->calibrated);
        double sum = *told->newProbability;
        for (const Candidate &candidate : told->candidates)
            sum += *candidate.probability;
        QVERIFY(sum > 0 && sum <= 1 + 1e-9);
        IdentifyOptions many;
        many.newPrior = 0.9;
        QVERIFY(*identify(gallery, {vector, {}, 0}, someCalibration(), many)->newProbability > *told->newProbability);
        many.newPrior = 1.5;
        QCOMPARE(identify(gallery, {vector, {}, 0}, someCalibration(), many).error().code, ErrorCode::InvalidArgument);
    }

    void badQueriesAreRefused()
    {
        const Gallery gallery = randomCatalogue(20, 5, 13).gallery();
        const std::vector<float> shorter(dimension - 1, 1.0F);
        QCOMPARE(identify(gallery, {shorter, {}, 0}, {}).error().code, ErrorCode::ModelIncompatible);
        std::vector<float> vector(dimension, 1.0F);
        vector[3] = std::numeric_limits<float>::quiet_NaN();
        QCOMPARE(identify(gallery, {vector, {}, 0}, {}).error().code, ErrorCode::InvalidArgument);
        const std::vector<float> zero(dimension, 0.0F);
        QCOMPARE(identify(gallery, {zero, {}, 0}, {}).error().code, ErrorCode::InvalidArgument);
        const std::vector<float> fine(dimension, 1.0F);
        IdentifyOptions none;
        none.top = 0;
        QCOMPARE(identify(gallery, {fine, {}, 0}, {}, none).error().code, ErrorCode::InvalidArgument);
        const std::vector<IdentifyQuery> queries{{fine, AnnotationId(4), 0}, {vector, AnnotationId(88), 0}};
        const auto all = identifyAll(gallery, queries, {});
        QCOMPARE(all.error().code, ErrorCode::InvalidArgument);
        QVERIFY(all.error().args[0].find("annotation 88") != std::string::npos);
    }

    void readersAndAWriterTogether()
    {
        // Individual k lies on axis k. Whatever is written meanwhile, an answer is whole: its best photo belongs to its
        // individual.
        Gallery gallery("model", dimension);
        const auto onAxis = [](std::size_t at) {
            std::vector<float> vector(dimension, 0.01F);
            vector[at] = 1.0F;
            return vector;
        };
        for (std::size_t k = 0; k < dimension; ++k)
            QVERIFY(gallery
                        .put({AnnotationId(static_cast<std::int64_t>(k) + 1),
                              IndividualId(static_cast<std::int64_t>(k) + 1), 0},
                             onAxis(k))
                        .ok());
        std::atomic<bool> stop = false;
        std::atomic<int> wrong = 0;
        std::atomic<int> answers = 0;
        std::vector<std::jthread> readers;
        for (int reader = 0; reader < 2; ++reader) {
            readers.emplace_back([&, reader] {
                for (std::size_t k = static_cast<std::size_t>(reader); !stop; k = (k + 1) % dimension) {
                    const std::vector<float> vector = onAxis(k);
                    const auto answer = identify(gallery, {vector, {}, 0}, {});
                    wrong += answer->candidates[0].individual != IndividualId(static_cast<std::int64_t>(k) + 1) ? 1 : 0;
                    ++answers;
                }
            });
        }
        for (std::int64_t round = 0; round < 2000 || answers < 200; ++round) {
            const std::size_t k = static_cast<std::size_t>(round) % dimension;
            const AnnotationId annotation(1000 + round % 50);
            if (round % 3 == 2)
                gallery.remove(annotation);
            else
                QVERIFY(gallery.put({annotation, IndividualId(static_cast<std::int64_t>(k) + 1), 0}, onAxis(k)).ok());
        }
        stop = true;
        readers.clear();
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_APPLESS_MAIN(TestIdentify)
#include "tst_identify.moc"
