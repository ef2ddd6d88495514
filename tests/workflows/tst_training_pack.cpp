#include "core/catalogue/annotation_query.h"
#include "core/catalogue/chip_cache.h"
#include "core/workflows/training/run_pack.h"
#include "tests/workflows/training_catalogue.h"

#include <QTest>

#include <algorithm>

using namespace flukeprint;
using namespace flukeprint::workflows;

class TestTrainingPack : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyAnnotationGetsItsChipInOrder();
    void aMissingPhotoIsListedAndLeftOut();
    void cachedChipsAreUsedWhileTheyFitTheBox();
    void aDamagedCacheIsNoObstacle();
    void cancellingLeavesNoFile();

private:
    std::vector<AnnotationId> ids(TrainingCatalogue &catalogue);
};

namespace {

constexpr chips::ChipShape shape{32, 16, 3};

} // namespace

std::vector<AnnotationId> TestTrainingPack::ids(TrainingCatalogue &catalogue)
{
    return catalogue::AnnotationQuery(*catalogue).ids({}, {catalogue::AnnotationSort::Id, false}).value();
}

void TestTrainingPack::everyAnnotationGetsItsChipInOrder()
{
    TrainingCatalogue catalogue;
    catalogue.fill(50, 3); // more than one block
    auto wanted = ids(catalogue);
    std::ranges::reverse(wanted);
    TestContext context;
    const auto path = catalogue.path(QStringLiteral("p.fpc")).toStdString();
    const auto report = writeChipPack(*catalogue, wanted, shape, path, context.context());
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().debugText().c_str());
    QCOMPARE(report->annotations, wanted);
    const auto pack = chips::ChipPackReader::open(path);
    QVERIFY(pack.ok());
    QCOMPARE(pack->shape(), shape);
    QCOMPARE(pack->count(), 150U);
    QCOMPARE(pack->id(0), wanted[0]);
    const auto one = pack->chip(0);
    const auto other = pack->chip(149);
    QVERIFY(!std::ranges::equal(one, other));
    QVERIFY(std::ranges::max(one) > 150); // light patches on a dark tail
    QCOMPARE(context.progress.back().done, 150);
    QCOMPARE(context.progress.back().stage, std::string("packing"));
}

void TestTrainingPack::aMissingPhotoIsListedAndLeftOut()
{
    TrainingCatalogue catalogue;
    catalogue.fill(2, 2);
    QVERIFY(QFile::remove(catalogue.path(QStringLiteral("W-001-1.png"))));
    const auto wanted = ids(catalogue);
    TestContext context;
    const auto path = catalogue.path(QStringLiteral("p.fpc")).toStdString();
    const auto report = writeChipPack(*catalogue, wanted, shape, path, context.context());
    QVERIFY(report.ok());
    QCOMPARE(report->leftOut, 1);
    QCOMPARE(report->annotations, (std::vector{wanted[0], wanted[2], wanted[3]}));
    QCOMPARE(context.warnings.size(), 1U);
    QCOMPARE(context.warnings[0].code, ErrorCode::FileNotFound);
    QVERIFY(context.warnings[0].args[0].ends_with("W-001-1.png"));
    for (const char *name : {"W-001-0.png", "W-002-0.png", "W-002-1.png"})
        QVERIFY(QFile::remove(catalogue.path(QString::fromLatin1(name))));
    const auto none = writeChipPack(*catalogue, wanted, shape, path, context.context());
    QCOMPARE(none.error().code, ErrorCode::NothingToDo);
}

void TestTrainingPack::cachedChipsAreUsedWhileTheyFitTheBox()
{
    TrainingCatalogue catalogue;
    const AnnotationId id = catalogue.addPhoto(QStringLiteral("a.png"), QStringLiteral("A"), 0, 1);
    const std::vector<std::uint8_t> cached(shape.byteCount(), 7);
    auto writer = chips::ChipPackWriter::create(catalogue->chipsFolder() / "c.fpc", shape);
    QVERIFY2(writer.ok(), writer.ok() ? "" : writer.error().debugText().c_str());
    QVERIFY(writer->append(id, cached).ok() && writer->finish().ok());
    catalogue::ChipPlace place{id, 1, QStringLiteral("chips/c.fpc"), 0};
    QVERIFY(catalogue::ChipCache(*catalogue, 32, 16).put(std::span(&place, 1)).ok());

    TestContext context;
    const auto path = catalogue.path(QStringLiteral("p.fpc")).toStdString();
    QVERIFY(writeChipPack(*catalogue, std::vector{id}, shape, path, context.context()).ok());
    QVERIFY(std::ranges::equal(chips::ChipPackReader::open(path)->chip(0), cached));

    QVERIFY(catalogue::AnnotationStore(*catalogue).setBox(id, {40, 20, 60, 30, 0}, catalogue::BoxSource::Manual).ok());
    const auto report = writeChipPack(*catalogue, std::vector{id}, shape, path, context.context());
    QVERIFY(report.ok());
    QCOMPARE(report->boxRevisions, std::vector{2});
    QVERIFY(!std::ranges::equal(chips::ChipPackReader::open(path)->chip(0), cached));
}

void TestTrainingPack::aDamagedCacheIsNoObstacle()
{
    TrainingCatalogue catalogue;
    const AnnotationId id = catalogue.addPhoto(QStringLiteral("a.png"), QStringLiteral("A"), 0, 1);
    catalogue::ChipPlace place{id, 1, QStringLiteral("chips/gone.fpc"), 0};
    QVERIFY(catalogue::ChipCache(*catalogue, 32, 16).put(std::span(&place, 1)).ok());
    TestContext context;
    const auto path = catalogue.path(QStringLiteral("p.fpc")).toStdString();
    const auto report = writeChipPack(*catalogue, std::vector{id}, shape, path, context.context());
    QVERIFY(report.ok());
    QCOMPARE(report->annotations, std::vector{id});
    QVERIFY(context.warnings.empty());
}

void TestTrainingPack::cancellingLeavesNoFile()
{
    TrainingCatalogue catalogue;
    catalogue.fill(2, 2);
    TestContext context;
    context.stop.request_stop();
    const auto path = catalogue.path(QStringLiteral("p.fpc")).toStdString();
    const auto report = writeChipPack(*catalogue, ids(catalogue), shape, path, context.context());
    QCOMPARE(report.error().code, ErrorCode::Cancelled);
    QVERIFY(!QFile::exists(catalogue.path(QStringLiteral("p.fpc"))));
}

QTEST_GUILESS_MAIN(TestTrainingPack)
#include "tst_training_pack.moc"
