#include "core/catalogue/annotation_query.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/proposal_store.h"
#include "core/catalogue/transaction.h"
#include "tests/catalogue/catalogue_fixture.h"

#include <QElapsedTimer>

using namespace flukeprint;
using namespace flukeprint::catalogue;

namespace {

/// Photos of one season, two individuals, every state.
struct Season : Fixture
{
    std::vector<AnnotationId> annotations;
    IndividualId frosty = addIndividual(*catalogue, QStringLiteral("CRC-00001"));
    IndividualId scar = addIndividual(*catalogue, QStringLiteral("CRC-00002"));
    EncounterId bay =
        must(EncounterStore(*catalogue).add({{}, QStringLiteral("E7"), {}, {}, QStringLiteral("North Bay"), {}, {}}));

    Season()
    {
        for (int i = 0; i < 6; ++i) {
            Photo photo = photoNumber(i);
            photo.takenAt = i == 5 ? QString() : QStringLiteral("2019-07-%1T10:00:00").arg(10 + i);
            photo.encounter = i == 3 ? bay : EncounterId();
            const PhotoId id = must(PhotoStore(*catalogue).add(photo));
            annotations.push_back(must(AnnotationStore(*catalogue).add(wholeFrame(id))));
        }
        DecisionLog log(*catalogue, QStringLiteral("Ada"), DecisionSource::Review);
        must(log.confirm(annotations[0], frosty));
        must(log.confirm(annotations[1], scar));
        must(log.markUnusable(annotations[2]));
        must(AnnotationStore(*catalogue).setQuality(annotations[4], 2));
        Individual named = must(IndividualStore(*catalogue).get(frosty));
        named.name = QStringLiteral("Frosty");
        must(IndividualStore(*catalogue).update(named));
        must(IndividualStore(*catalogue).addAlias(scar, QStringLiteral("HW-99")));
    }

    /// Positions (0..5) of what a filter finds, "034".
    QString found(const AnnotationFilter &filter, AnnotationOrder order = {AnnotationSort::Id, false})
    {
        const std::vector<AnnotationId> ids = must(AnnotationQuery(*catalogue).ids(filter, order));
        if (must(AnnotationQuery(*catalogue).count(filter)) != static_cast<std::int64_t>(ids.size()))
            return QStringLiteral("count differs");
        return positions(ids);
    }
    QString positions(const std::vector<AnnotationId> &ids) const
    {
        QString text;
        for (const AnnotationId id : ids)
            text += QString::number(std::find(annotations.begin(), annotations.end(), id) - annotations.begin());
        return text;
    }
};

AnnotationFilter withText(const char *text)
{
    AnnotationFilter filter;
    filter.text = QString::fromUtf8(text);
    return filter;
}

} // namespace

class AnnotationQueryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void filtersFindWhatTheySay();
    void rangeOfDatesLeavesOutWhatHasNone();
    void textFindsNamesCodesAliasesAndPlaces();
    void ordersSortAsTheySay();
    void rowsShowWhatAGridNeeds();
    void theReviewQueueHoldsWhatIsOpen();
    void aHundredThousandRowsArePagedInOrder();
};

void AnnotationQueryTest::filtersFindWhatTheySay()
{
    Season season;
    QCOMPARE(season.found({}), QStringLiteral("012345"));
    AnnotationFilter filter;
    filter.individual = season.frosty;
    QCOMPARE(season.found(filter), QStringLiteral("0"));
    filter = {};
    filter.states = {IdentityState::Unusable, IdentityState::Identified};
    QCOMPARE(season.found(filter), QStringLiteral("012"));
    filter = {};
    filter.takenFrom = QStringLiteral("2019-07-11");
    filter.takenTo = QStringLiteral("2019-07-13");
    QCOMPARE(season.found(filter), QStringLiteral("123")); // the whole last day; what has no date is not in any range
    filter.takenFrom.clear();
    QCOMPARE(season.found(filter), QStringLiteral("0123"));
    filter = {};
    filter.encounter = season.bay;
    QCOMPARE(season.found(filter), QStringLiteral("3"));
    filter = {};
    filter.worstQuality = 2;
    QCOMPARE(season.found(filter), QStringLiteral("4")); // not graded is not "good"
    filter = {};
    must(PhotoStore(*season).setMissing(must(AnnotationStore(*season).get(season.annotations[5])).photo, true));
    filter.missingFiles = true;
    QCOMPARE(season.found(filter), QStringLiteral("5"));
    filter = {};
    filter.takenFrom = QStringLiteral("yesterday");
    FP_FAILS(AnnotationQuery(*season).count(filter), ErrorCode::InvalidArgument);
}

void AnnotationQueryTest::rangeOfDatesLeavesOutWhatHasNone()
{
    Fixture empty;
    const TakenRange none = must(AnnotationQuery(*empty.catalogue).takenRange());
    QVERIFY(none.firstDay.isEmpty() && none.lastDay.isEmpty());
    Season season;
    const TakenRange range = must(AnnotationQuery(*season.catalogue).takenRange());
    QCOMPARE(range.firstDay, QStringLiteral("2019-07-10"));
    QCOMPARE(range.lastDay, QStringLiteral("2019-07-14"));
}

void AnnotationQueryTest::textFindsNamesCodesAliasesAndPlaces()
{
    Season season;
    QCOMPARE(season.found(withText("img_000004")), QStringLiteral("4"));
    QCOMPARE(season.found(withText("frost")), QStringLiteral("0"));
    QCOMPARE(season.found(withText("crc-")), QStringLiteral("01"));
    QCOMPARE(season.found(withText("hw-9")), QStringLiteral("1"));
    QCOMPARE(season.found(withText("north")), QStringLiteral("3"));
    QCOMPARE(season.found(withText("e7")), QStringLiteral("3"));
    QCOMPARE(season.found(withText("%")), QString());
    QCOMPARE(season.found(withText("IMG00")), QString()); // "_" is a letter, not a joker
    QCOMPARE(season.found(withText("'; DROP TABLE photo; --")), QString());
    AnnotationFilter both = withText("crc");
    both.states = {IdentityState::Unidentified};
    QCOMPARE(season.found(both), QString());
}

void AnnotationQueryTest::ordersSortAsTheySay()
{
    Season season;
    QCOMPARE(season.found({}, {AnnotationSort::TakenAt, true}), QStringLiteral("432105"));
    QCOMPARE(season.found({}, {AnnotationSort::TakenAt, false}), QStringLiteral("501234"));
    QCOMPARE(season.found({}, {AnnotationSort::FileName, true}), QStringLiteral("543210"));
    QCOMPARE(season.found({}, {AnnotationSort::Quality, true}), QStringLiteral("453210"));
    QCOMPARE(season.found({}, {AnnotationSort::Individual, false}), QStringLiteral("012345"));
    QCOMPARE(season.found({}, {AnnotationSort::Individual, true}).left(2), QStringLiteral("10"));
}

void AnnotationQueryTest::rowsShowWhatAGridNeeds()
{
    Season season;
    const std::vector<AnnotationId> ids{season.annotations[1], AnnotationId(999), season.annotations[5]};
    const std::vector<AnnotationRow> rows = must(AnnotationQuery(*season).rows(ids));
    QCOMPARE(rows.size(), std::size_t{2});
    QCOMPARE(rows[0].fileName, QStringLiteral("IMG_000001.jpg"));
    QCOMPARE(rows[0].thumbnailKey, photoNumber(1).sha256);
    QCOMPARE(rows[0].individualCode, QStringLiteral("CRC-00002"));
    QVERIFY(rows[0].state == IdentityState::Identified);
    QCOMPARE(rows[0].takenAt, QStringLiteral("2019-07-11T10:00:00"));
    QVERIFY(rows[1].individualCode.isEmpty());
    const std::vector<AnnotationRow> page = must(AnnotationQuery(*season).page({}, {AnnotationSort::Id, true}, 1, 2));
    QCOMPARE(page.size(), std::size_t{2});
    QVERIFY(page[0].id == season.annotations[4]);
    QVERIFY(must(AnnotationQuery(*season).page({}, {}, 6, 10)).empty());
}

void AnnotationQueryTest::theReviewQueueHoldsWhatIsOpen()
{
    Season season;
    const ModelId model = must(ModelStore(*season).add(modelNamed(QStringLiteral("first"))));
    AnnotationQuery query(*season);
    QCOMPARE(season.positions(must(query.reviewQueue(ReviewOrder::Newest))), QStringLiteral("435"));
    QCOMPARE(season.positions(must(query.reviewQueue(ReviewOrder::FileName))), QStringLiteral("345"));
    must(ProposalStore(*season).put(
        model,
        std::vector<ProposalStore::Entry>{
            {season.annotations[4], {{1, season.frosty, 0.3, 0.55, {}}, {2, {}, 0.8, 0.4, {}}}},
            {season.annotations[5], {{1, season.frosty, 0.2, 0.97, {}}, {2, {}, 0.8, 0.02, {}}}}}));
    QCOMPARE(season.positions(must(query.reviewQueue(ReviewOrder::MostUncertain))), QStringLiteral("453"));
    AnnotationFilter filter;
    filter.encounter = season.bay;
    QCOMPARE(season.positions(must(query.reviewQueue(ReviewOrder::MostUncertain, filter))), QStringLiteral("3"));
}

void AnnotationQueryTest::aHundredThousandRowsArePagedInOrder()
{
    constexpr int count = 100000;
    Fixture fixture;
    Transaction transaction = must(Transaction::begin(*fixture));
    Database &database = fixture.catalogue->database();
    const IndividualId whale = addIndividual(*fixture, QStringLiteral("w_1"));
    must(database.run(QStringLiteral(
        "INSERT INTO photo (id, sha256, path, file_name, byte_size, width_px, height_px, taken_at, imported_at) "
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "SELECT i, printf('%064x', i), printf('/season/%06d.jpg', i), printf('%06d.jpg', i), 1000, 1050, 700, "
        "strftime('%Y-%m-%dT%H:%M:%S', 1500000000 + (i * 7919) % 100000, 'unixepoch'), '2026-01-01' FROM n")));
    must(database.run(QStringLiteral(
        "INSERT INTO annotation (id, photo_id, centre_x_px, centre_y_px, width_px, height_px, box_source) "
        "SELECT id, id, 525, 350, 1050, 700, 'frame' FROM photo")));
    must(database.run(QStringLiteral("UPDATE annotation SET state = 'identified', individual_id = ? WHERE id % 10 = 0"),
                      {idValue(whale)}));
    must(transaction.commit());

    AnnotationQuery query(*fixture);
    QCOMPARE(must(query.count()), count);
    AnnotationFilter identified;
    identified.individual = whale;
    QCOMPARE(must(query.count(identified)), count / 10);
    QElapsedTimer clock;
    clock.start();
    const std::vector<AnnotationId> all = must(query.ids({}, {AnnotationSort::TakenAt, true}));
    qInfo("all ids by date: %.1f ms", static_cast<double>(clock.nsecsElapsed()) / 1e6);
    QCOMPARE(all.size(), std::size_t{count});
    // any page is the same stretch of the whole list, in the order that was asked for
    for (const int offset : {0, 50000, 99900}) {
        clock.start();
        const std::vector<AnnotationRow> page = must(query.page({}, {AnnotationSort::TakenAt, true}, offset, 200));
        qInfo("page of 200 at %d: %.1f ms", offset, static_cast<double>(clock.nsecsElapsed()) / 1e6);
        QCOMPARE(page.size(), static_cast<std::size_t>(std::min(200, count - offset)));
        for (std::size_t i = 0; i < page.size(); ++i)
            QVERIFY(page[i].id == all[static_cast<std::size_t>(offset) + i]);
        QVERIFY(page.front().takenAt >= page.back().takenAt);
    }
    clock.start();
    const std::vector<AnnotationRow> rows = must(query.rows(std::span(all).subspan(70000, 200)));
    qInfo("200 rows by id: %.1f ms", static_cast<double>(clock.nsecsElapsed()) / 1e6);
    QCOMPARE(rows.size(), std::size_t{200});
    std::size_t expected = 0;
    for (int i = 1; i <= count; ++i)
        expected += QStringLiteral("%1").arg(i, 6, 10, QLatin1Char('0')).contains(QLatin1String("099")) ? 1 : 0;
    clock.start();
    QCOMPARE(must(query.ids(withText("099"), {})).size(), expected);
    qInfo("text search: %.1f ms", static_cast<double>(clock.nsecsElapsed()) / 1e6);
}

QTEST_GUILESS_MAIN(AnnotationQueryTest)
#include "tst_annotation_query.moc"
