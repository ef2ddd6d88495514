#include "core/workflows/localiser/localiser_items.h"
#include "tests/workflows/workbench.h"

#include <QTest>

#include <set>

using namespace flukeprint;
using namespace flukeprint::workflows;
using namespace flukeprint::workflows::localiser;

/// What a localiser is trained on.
class TestLocaliserItems : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rolesDecideWhatIsLearntFrom();
    void aLargeFolderDoesNotOutweighTheRest();
    void drawnPhotosComeWithAndWithoutFluke();
};

void TestLocaliserItems::rolesDecideWhatIsLearntFrom()
{
    const Workbench bench;
    bench.addFile("split.csv", "Image,Id,role,near_duplicate_group\na.jpg,w_1,train,1\nb.jpg,w_1,validation,2\nc.jpg,w_2,test_new,3\n");
    bench.addFile("boxes.csv", "Image,x0_px,y0_px,x1_px,y1_px\na.jpg,10,10,20,20\na.jpg,5,5,60,40\n");
    bench.addPhoto("learnt/1.jpg", 1);
    bench.addPhoto("held/2.jpg", 2);
    const LocaliserPhotos photos{bench.path("photos"), bench.path("boxes.csv"), bench.path("split.csv"), {bench.path("learnt")},
                                 {bench.path("held")}};
    const auto items = allItems(photos, {});
    QVERIFY2(items.ok(), items.ok() ? "" : items.error().debugText().c_str());
    std::map<std::string, Item> byName;
    for (const Item &item : *items)
        byName[item.path.filename().string()] = item;
    QCOMPARE(byName.size(), std::size_t{5});
    QVERIFY(byName["a.jpg"].part == Part::Train && byName["a.jpg"].fluke);
    QCOMPARE(byName["a.jpg"].box->widthPx, 55.0); // the largest
    QVERIFY(byName["b.jpg"].part == Part::Validation && !byName["b.jpg"].box);
    QVERIFY(byName["c.jpg"].part == Part::Test);
    QVERIFY(byName["1.jpg"].part == Part::Train && !byName["1.jpg"].fluke);
    QVERIFY(byName["2.jpg"].part == Part::Validation && !byName["2.jpg"].fluke);
}

void TestLocaliserItems::aLargeFolderDoesNotOutweighTheRest()
{
    const Workbench bench;
    bench.addFile("boxes.csv", "Image,x0_px,y0_px,x1_px,y1_px\n");
    constexpr int files = 2500;
    for (int i = 0; i < files; ++i)
        bench.addFile(QStringLiteral("many/%1.jpg").arg(i, 4, 10, QLatin1Char('0')), "x");
    bench.addFile("few/a.jpg", "x");
    const LocaliserPhotos photos{bench.path("photos"), bench.path("boxes.csv"), {}, {bench.path("many"), bench.path("few")}, {}};
    const auto items = allItems(photos, {});
    QVERIFY2(items.ok(), items.ok() ? "" : items.error().debugText().c_str());
    std::set<std::string> names;
    int late = 0;
    for (const Item &item : *items) {
        names.insert(item.path.filename().string());
        late += item.path.filename().string() >= "2000.jpg" && item.path.filename() != "a.jpg" ? 1 : 0;
    }
    QCOMPARE(names.size(), std::size_t{2001});
    QVERIFY(names.contains("a.jpg"));
    QCOMPARE(late, 400); // spread over the folder
}

void TestLocaliserItems::drawnPhotosComeWithAndWithoutFluke()
{
    const Workbench bench;
    const auto items = syntheticItems(bench.path("drawn"), 3, 1, {});
    QVERIFY2(items.ok(), items.ok() ? "" : items.error().debugText().c_str());
    int flukes = 0, others = 0;
    const auto take = [&](const Item &item, const ReadItem &read) -> Result<void> {
        (item.fluke ? flukes : others) += 1;
        if (item.part != Part::Train || read.corners.has_value() != item.fluke)
            return Error(ErrorCode::Internal);
        return {};
    };
    QVERIFY(readAll(*items, {}, false, take).ok());
    QVERIFY(flukes >= 3); // an individual has one photo or two
    QCOMPARE(others, 3);
}

QTEST_GUILESS_MAIN(TestLocaliserItems)
#include "tst_localiser_items.moc"
