#include "core/base/random.h"
#include "core/matching/gallery.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <map>

using namespace flukeprint;
using namespace flukeprint::matching;

namespace {

GalleryEntry entryOf(std::int64_t annotation, std::int64_t individual, std::int64_t group = 0)
{
    return {AnnotationId(annotation), IndividualId(individual), group};
}

std::vector<float> axis(std::size_t dimension, std::size_t at)
{
    std::vector<float> vector(dimension, 0.0F);
    vector[at] = 3.0F;
    return vector;
}

} // namespace

class TestGallery : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void remembersWhatItWasGiven()
    {
        const std::vector<GalleryEntry> entries{entryOf(5, 1, 9), entryOf(6, 1), entryOf(7, 2)};
        const auto gallery = Gallery::build("model", 2, entries, std::vector<float>{3, 4, 0, 2, -1, 0});
        QVERIFY(gallery.ok());
        QCOMPARE(gallery->count(), 3U);
        QCOMPARE(gallery->individualCount(), 2U);
        QCOMPARE(gallery->photosOf(IndividualId(1)), 2U);
        QCOMPARE(gallery->photosOf(IndividualId(3)), 0U);
        QCOMPARE(gallery->entry(AnnotationId(5))->group, 9);
        const std::vector<float> normalised = gallery->vectorOf(AnnotationId(5));
        QVERIFY(std::abs(normalised[0] - 0.6F) < 1e-6F && std::abs(normalised[1] - 0.8F) < 1e-6F);
        QVERIFY(gallery->vectorOf(AnnotationId(8)).empty());
        QVERIFY(!gallery->entry(AnnotationId(8)).has_value());
        QVERIFY(!gallery->contains(AnnotationId(8)));
    }

    void badVectorsAreRefusedAndNothingChanges()
    {
        Gallery gallery("model", 2);
        QVERIFY(gallery.put(entryOf(1, 1), std::vector<float>{1, 0}).ok());
        const float nan = std::numeric_limits<float>::quiet_NaN();
        const float infinite = std::numeric_limits<float>::infinity();
        QCOMPARE(gallery.put(entryOf(2, 1), std::vector<float>{nan, 0}).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(gallery.put(entryOf(1, 2), std::vector<float>{infinite, 0}).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(gallery.put(entryOf(2, 1), std::vector<float>{0, 0}).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(gallery.put(entryOf(2, 1), std::vector<float>{1, 0, 0}).error().code, ErrorCode::ModelIncompatible);
        QCOMPARE(gallery.put(entryOf(0, 1), std::vector<float>{1, 0}).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(gallery.put(entryOf(2, 0), std::vector<float>{1, 0}).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(gallery.count(), 1U);
        QCOMPARE(gallery.entry(AnnotationId(1))->individual, IndividualId(1));

        const std::vector<GalleryEntry> entries{entryOf(1, 1), entryOf(2, 1)};
        QCOMPARE(Gallery::build("m", 2, entries, std::vector<float>{1, 0, 1}).error().code,
                 ErrorCode::ModelIncompatible);
        const auto damaged = Gallery::build("m", 2, entries, std::vector<float>{1, 0, nan, 1});
        QCOMPARE(damaged.error().code, ErrorCode::InvalidArgument);
        QVERIFY(damaged.error().args[0].find("annotation 2") != std::string::npos);
        QCOMPARE(Gallery::build("m", 0, {}, {}).error().code, ErrorCode::InvalidArgument);
    }

    void puttingAgainReplaces()
    {
        const std::vector<GalleryEntry> entries{entryOf(1, 1), entryOf(1, 2)};
        auto gallery = Gallery::build("m", 3, entries, std::vector<float>{1, 0, 0, 0, 1, 0});
        QCOMPARE(gallery->count(), 1U);
        QCOMPARE(gallery->entry(AnnotationId(1))->individual, IndividualId(2));
        QCOMPARE(gallery->vectorOf(AnnotationId(1))[1], 1.0F);
        QVERIFY(gallery->put(entryOf(1, 3), axis(3, 2)).ok());
        QCOMPARE(gallery->count(), 1U);
        QCOMPARE(gallery->individualCount(), 1U);
        QCOMPARE(gallery->vectorOf(AnnotationId(1))[2], 1.0F);
    }

    void relabelAndRegroup()
    {
        Gallery gallery("m", 2);
        for (std::int64_t i = 1; i <= 4; ++i)
            QVERIFY(gallery.put(entryOf(i, (i + 1) / 2), axis(2, 0)).ok());
        QVERIFY(gallery.relabel(AnnotationId(1), IndividualId(2)).ok());
        QCOMPARE(gallery.photosOf(IndividualId(2)), 3U);
        QCOMPARE(gallery.relabelAll(IndividualId(2), IndividualId(1)), 3U);
        QCOMPARE(gallery.individualCount(), 1U);
        QCOMPARE(gallery.relabelAll(IndividualId(9), IndividualId(1)), 0U);
        QVERIFY(gallery.setGroup(AnnotationId(3), 77).ok());
        QCOMPARE(gallery.entry(AnnotationId(3))->group, 77);
        QCOMPARE(gallery.relabel(AnnotationId(8), IndividualId(1)).error().code, ErrorCode::NotFound);
        QCOMPARE(gallery.relabel(AnnotationId(1), IndividualId()).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(gallery.setGroup(AnnotationId(8), 1).error().code, ErrorCode::NotFound);
    }

    void manyChangesEndInTheSamePlaceAsABook()
    {
        // A plain map keeps the books; the gallery must say the same after any order of changes.
        constexpr std::size_t dimension = 6;
        Random random(3);
        Gallery gallery("m", dimension);
        std::map<std::int64_t, std::pair<std::int64_t, std::size_t>> book;
        for (int step = 0; step < 3000; ++step) {
            const auto annotation = static_cast<std::int64_t>(random.below(80)) + 1;
            const auto individual = static_cast<std::int64_t>(random.below(12)) + 1;
            const std::size_t at = random.below(dimension);
            switch (random.below(3)) {
            case 0:
                QVERIFY(gallery.put(entryOf(annotation, individual), axis(dimension, at)).ok());
                book[annotation] = {individual, at};
                break;
            case 1:
                QCOMPARE(gallery.remove(AnnotationId(annotation)), book.erase(annotation) > 0);
                break;
            default:
                QCOMPARE(gallery.relabel(AnnotationId(annotation), IndividualId(individual)).ok(),
                         book.contains(annotation));
                if (book.contains(annotation))
                    book[annotation].first = individual;
            }
        }
        QCOMPARE(gallery.count(), book.size());
        std::map<std::int64_t, std::size_t> photos;
        for (const auto &[annotation, what] : book) {
            QCOMPARE(gallery.entry(AnnotationId(annotation))->individual, IndividualId(what.first));
            QCOMPARE(gallery.vectorOf(AnnotationId(annotation))[what.second], 1.0F);
            ++photos[what.first];
        }
        QCOMPARE(gallery.individualCount(), photos.size());
        for (const auto &[individual, count] : photos)
            QCOMPARE(gallery.photosOf(IndividualId(individual)), count);
        gallery.clear();
        QCOMPARE(gallery.count(), 0U);
        QCOMPARE(gallery.individualCount(), 0U);
        QVERIFY(gallery.put(entryOf(1, 1), axis(dimension, 0)).ok());
        QCOMPARE(gallery.count(), 1U);
    }
};

QTEST_APPLESS_MAIN(TestGallery)
#include "tst_gallery.moc"
