#include "core/workflows/training/freeze_snapshot.h"
#include "tests/workflows/model_files.h"
#include "tests/workflows/training_catalogue.h"

#include <QDir>
#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace flukeprint;
using namespace flukeprint::workflows;
using protocol::SampleRole;

class TestTrainingSnapshot : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void noEncounterStandsOnBothSides();
    void whatCannotBeLearntFromIsSaidBeforeAnythingStarts();
    void aTableDecidesAndTestPhotosStayOut();
    void aTableWithoutRolesIsRefused();
    void aPhotoThatIsNamedTwiceIsHeldOutIfEitherNameIs();
    void unidentifiedPhotosAreLeftOutOnRequest();
    void unidentifiedPhotosAreStrangersOnlyWhereSomebodySaysSo();
    void theSameDataHaveTheSameHashInAnyCatalogue();
    void unusableAnnotationsAndUnreadablePhotosStayOut();
};

namespace {

std::size_t count(const FrozenData &data, SampleRole role)
{
    return static_cast<std::size_t>(std::ranges::count(data.snapshot.items, role, &protocol::SnapshotItem::role));
}

} // namespace

void TestTrainingSnapshot::noEncounterStandsOnBothSides()
{
    TrainingCatalogue catalogue;
    int encounter = 0;
    for (int i = 0; i < 10; ++i) {
        const QString code = QStringLiteral("W%1").arg(i);
        for (int meeting = 0; meeting < 3; ++meeting) {
            ++encounter;
            for (int k = 0; k < 2; ++k)
                catalogue.addPhoto(QStringLiteral("%1-%2-%3.png").arg(code).arg(meeting).arg(k), code, encounter,
                                   i + 1);
        }
    }
    catalogue.addPhoto(QStringLiteral("somebody.png"), {}, 0, 99);
    const auto data = freezeSnapshot(*catalogue);
    QVERIFY2(data.ok(), data.ok() ? "" : data.error().debugText().c_str());
    QVERIFY(data->validationPhotos > 0);
    QCOMPARE(data->validationPhotos % 2, 0U); // whole encounters
    QCOMPARE(data->negativePhotos, 1U);
    QCOMPARE(data->trainIndividuals, 10U);
    QCOMPARE(data->snapshot.splitName, std::string("by-encounter"));
    QCOMPARE(data->snapshot.hash.size(), 64U);
    std::map<std::int64_t, std::set<SampleRole>> rolesOfGroup;
    for (const auto &item : data->snapshot.items)
        rolesOfGroup[item.group].insert(item.role);
    for (const auto &[group, roles] : rolesOfGroup)
        QCOMPARE(roles.size(), 1U);
}

void TestTrainingSnapshot::whatCannotBeLearntFromIsSaidBeforeAnythingStarts()
{
    TrainingCatalogue catalogue;
    const auto empty = freezeSnapshot(*catalogue);
    QVERIFY(!empty.ok());
    QCOMPARE(empty.error().code, ErrorCode::TooFewIndividuals);
    catalogue.addPhoto(QStringLiteral("a.png"), QStringLiteral("A"), 1, 1);
    catalogue.addPhoto(QStringLiteral("b.png"), QStringLiteral("B"), 2, 2);
    const auto few = freezeSnapshot(*catalogue);
    QVERIFY(!few.ok());
    QCOMPARE(few.error().code, ErrorCode::TooFewPhotos);
    QCOMPARE(few.error().args, (std::vector<std::string>{"2", "4"}));
    for (const char *code : {"C", "D", "E"})
        catalogue.addPhoto(QString::fromLatin1(code) + QStringLiteral(".png"), QString::fromLatin1(code), 0, 3);
    const auto singletons = freezeSnapshot(*catalogue);
    QVERIFY2(!singletons.ok(), "five animals with one photo each have no pair to learn from");
    QCOMPARE(singletons.error().code, ErrorCode::TooFewPhotos);
    // Second photos of the same day teach, and cannot validate.
    catalogue.addPhoto(QStringLiteral("a2.png"), QStringLiteral("A"), 1, 1);
    catalogue.addPhoto(QStringLiteral("b2.png"), QStringLiteral("B"), 2, 2);
    const auto oneDay = freezeSnapshot(*catalogue);
    QVERIFY(!oneDay.ok());
    QCOMPARE(oneDay.error().code, ErrorCode::TooFewPhotos);
    QCOMPARE(oneDay.error().args, (std::vector<std::string>{"0", "1", "validation"}));
    catalogue.addPhoto(QStringLiteral("a3.png"), QStringLiteral("A"), 9, 1);
    QVERIFY(freezeSnapshot(*catalogue).ok());
}

void TestTrainingSnapshot::aTableDecidesAndTestPhotosStayOut()
{
    TrainingCatalogue catalogue;
    catalogue.fill(3, 3); // W-001-0.png ... W-003-2.png
    for (const char *name : {"n1.png", "n2.png", "n3.png"})
        catalogue.addPhoto(QString::fromLatin1(name), {}, 0, 50);
    catalogue.addPhoto(QStringLiteral("n4.png"), QStringLiteral("W-002"), 0, 51);
    const QString table = catalogue.path(QStringLiteral("split.csv"));
    writeFile(table,
              "Image,Id,role,near_duplicate_group\n"
              "W-001-0.png,W-001,train,0\nW-001-1.png,W-001,train,0\nW-001-2.png,W-001,validation,7\n"
              "W-002-0.png,W-002,train,1\nW-002-1.png,W-002,train,2\nW-002-2.png,W-002,test_known,3\n"
              "W-003-0.png,W-003,test_disjoint,4\nW-003-1.png,W-003,validation,5\n"
              "n1.png,new_whale,train,10\nn2.png,new_whale,train,11\nn3.png,new_whale,test_new,12\n"
              "n4.png,W-002,train,14\ngone.png,W-001,train,13\n");
    FreezeOptions withoutQueries;
    withoutQueries.splitFile = catalogue.path(QStringLiteral("train_only.csv")).toStdString();
    writeFile(catalogue.path(QStringLiteral("train_only.csv")),
              "Image,Id,role,near_duplicate_group\nW-001-0.png,W-001,train,0\nW-001-1.png,W-001,train,1\nW-002-0.png,W-002,train,2\n"
              "W-002-1.png,W-002,train,3\nW-003-1.png,W-003,validation,4\n"); // of nobody who is trained with
    QCOMPARE(freezeSnapshot(*catalogue, withoutQueries).error().args, (std::vector<std::string>{"0", "1", "validation"}));
    const QString held = catalogue.path(QStringLiteral("held.txt"));
    // An identity does not make a photo that is held for calibration one to learn from.
    writeFile(held, "n2.png\r\n\r\nn4.png\n");
    FreezeOptions options;
    options.splitFile = table.toStdString();
    options.calibrationFile = held.toStdString();
    const auto data = freezeSnapshot(*catalogue, options);
    QVERIFY2(data.ok(), data.ok() ? "" : data.error().debugText().c_str());
    QCOMPARE(data->trainPhotos, 4U);
    QCOMPARE(data->validationPhotos, 1U); // W-003 has no training photo: nobody could answer that query
    QCOMPARE(data->negativePhotos, 1U);
    QCOMPARE(data->calibrationPhotos, 1U);
    QCOMPARE(data->snapshot.items.size(), 7U);
    QCOMPARE(data->snapshot.individuals, (std::vector<std::string>{"W-001", "W-002"}));
    QCOMPARE(data->snapshot.splitName, std::string("split.csv"));
    QCOMPARE(data->warnings.size(), 1U);
    QCOMPARE(data->warnings[0].args, (std::vector<std::string>{"photo", "gone.png"}));
    std::set<std::int64_t> trainGroups;
    for (const auto &item : data->snapshot.items) {
        QVERIFY(item.group > 0);
        if (item.role == SampleRole::Train)
            trainGroups.insert(item.group);
    }
    QCOMPARE(trainGroups.size(), 3U); // two photos share group 0
}

void TestTrainingSnapshot::aTableWithoutRolesIsRefused()
{
    TrainingCatalogue catalogue;
    catalogue.fill(2, 2);
    FreezeOptions options;
    options.splitFile = catalogue.path(QStringLiteral("none.csv")).toStdString();
    QCOMPARE(freezeSnapshot(*catalogue, options).error().code, ErrorCode::FileNotFound);
    const QString table = catalogue.path(QStringLiteral("labels.csv"));
    writeFile(table, "Image,Id\nW-001-0.png,W-001\n");
    options.splitFile = table.toStdString();
    QCOMPARE(freezeSnapshot(*catalogue, options).error().code, ErrorCode::CsvInvalid);
    writeFile(table, "Image,Id,role,near_duplicate_group\n"); // no line but the first
    const Error empty = freezeSnapshot(*catalogue, options).error();
    QCOMPARE(empty.code, ErrorCode::CsvInvalid);
    QCOMPARE(empty.args.back(), std::string("empty"));
}

void TestTrainingSnapshot::aPhotoThatIsNamedTwiceIsHeldOutIfEitherNameIs()
{
    TrainingCatalogue catalogue;
    catalogue.fill(2, 3);
    const QString folder = QDir(catalogue.path(QStringLiteral("."))).canonicalPath().section(u'/', -1);
    const QString table = catalogue.path(QStringLiteral("split.csv"));
    writeFile(table,
              "Image,Id,role,near_duplicate_group\n" + folder.toUtf8() + "/W-001-0.png,W-001,test_known,0\n"
                  + "W-001-0.png,W-001,train,1\nW-001-1.png,W-001,train,2\nW-001-2.png,W-001,train,3\n"
                  + "W-002-0.png,W-002,train,4\nW-002-1.png,W-002,train,5\nW-002-2.png,W-002,validation,6\n");
    FreezeOptions options;
    options.splitFile = table.toStdString();
    const auto data = freezeSnapshot(*catalogue, options);
    QVERIFY2(data.ok(), data.ok() ? "" : data.error().debugText().c_str());
    QCOMPARE(data->trainPhotos, 4U);
    QVERIFY(data->warnings.empty());
}

void TestTrainingSnapshot::unidentifiedPhotosAreLeftOutOnRequest()
{
    TrainingCatalogue catalogue;
    catalogue.fill(3, 2);
    catalogue.addPhoto(QStringLiteral("n.png"), {}, 0, 50);
    FreezeOptions options;
    options.useUnidentified = false;
    const auto data = freezeSnapshot(*catalogue, options);
    QVERIFY(data.ok());
    QCOMPARE(data->negativePhotos, 0U);
    QCOMPARE(data->calibrationPhotos, 0U); // nobody said that unidentified means new
}

void TestTrainingSnapshot::unidentifiedPhotosAreStrangersOnlyWhereSomebodySaysSo()
{
    TrainingRequest request;
    QVERIFY(!freezeOptions(request).useUnidentified); // a season that nobody looked at yet
    request.splitFile = "split.csv";
    QVERIFY(freezeOptions(request).useUnidentified);
    request.unidentifiedAreNew = false;
    QVERIFY(!freezeOptions(request).useUnidentified);
    request.splitFile.clear();
    request.unidentifiedAreNew = true;
    QVERIFY(freezeOptions(request).useUnidentified);
}

void TestTrainingSnapshot::theSameDataHaveTheSameHashInAnyCatalogue()
{
    TrainingCatalogue first;
    first.addPhoto(QStringLiteral("n.png"), {}, 0, 50); // shifts all ids by one
    first.fill(3, 3);
    TrainingCatalogue second;
    second.fill(3, 3);
    FreezeOptions options;
    options.useUnidentified = false;
    const auto one = freezeSnapshot(*first, options);
    const auto two = freezeSnapshot(*second, options);
    QVERIFY(one.ok() && two.ok());
    QCOMPARE(one->snapshot.hash, two->snapshot.hash);
    const AnnotationId relabelled = two->snapshot.items.front().annotation;
    const auto created = second.log().newIndividual(relabelled, QStringLiteral("X"));
    QVERIFY(created.ok());
    QVERIFY(freezeSnapshot(*second, options)->snapshot.hash != two->snapshot.hash);
}

void TestTrainingSnapshot::unusableAnnotationsAndUnreadablePhotosStayOut()
{
    TrainingCatalogue catalogue;
    catalogue.fill(3, 3);
    auto data = freezeSnapshot(*catalogue);
    QVERIFY(data.ok());
    QCOMPARE(data->snapshot.items.size(), 9U);
    const AnnotationId unusable = data->snapshot.items.front().annotation;
    QVERIFY(catalogue.log().markUnusable(unusable).ok());
    auto without = freezeSnapshot(*catalogue);
    QVERIFY(without.ok());
    QCOMPARE(without->snapshot.items.size(), 8U);
    const std::string before = without->snapshot.hash;
    std::int32_t validated = -1;
    for (const auto &item : without->snapshot.items)
        validated = item.role == SampleRole::Validation ? item.individual : validated;
    const auto photosOf = [&without](std::int32_t individual) {
        std::vector<AnnotationId> photos;
        for (const auto &item : without->snapshot.items) {
            if (item.individual == individual)
                photos.push_back(item.annotation);
        }
        return photos;
    };
    auto withoutQueries = *without;
    QCOMPARE(leaveOut(withoutQueries, photosOf(validated)).error().args, (std::vector<std::string>{"0", "1", "validation"}));
    QVERIFY(leaveOut(*without, photosOf(validated == 2 ? 1 : 2)).ok());
    QCOMPARE(without->snapshot.individuals.size(), 2U);
    QCOMPARE(without->photoHashes.size(), without->snapshot.items.size());
    QVERIFY(without->snapshot.hash != before);
    QCOMPARE(count(*without, SampleRole::Train), without->trainPhotos);
    std::vector<AnnotationId> rest;
    for (const auto &item : without->snapshot.items)
        rest.push_back(item.annotation);
    QCOMPARE(leaveOut(*without, rest).error().code, ErrorCode::TooFewIndividuals);
}

QTEST_GUILESS_MAIN(TestTrainingSnapshot)
#include "tst_training_snapshot.moc"
