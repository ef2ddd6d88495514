#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/decision_log.h"
#include "tests/ui/small_catalogue.h"
#include "ui/models/annotation_model.h"
#include "ui/models/individual_model.h"
#include "ui/widgets/grid_view.h"

#include <QAbstractItemModelTester>
#include <QFileInfo>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStringListModel>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void annotationsFollowFilterAndOrder();
    void annotationsShowNewDecisions();
    void annotationModelSurvivesTheCatalogue();
    void searchesInTheBackgroundTheNewestWins();
    void sameRowsKeepSelectionAndShowNewStates();
    void individualsFollowSearchAndOrder();
    void gridPlacesAndFindsEveryCell();
    void gridWithoutRowsIsHarmless();

private:
    QTemporaryDir m_dir;
    std::optional<catalogue::Catalogue> m_catalogue;
    testing::SmallCatalogue m_made;
};

void TestModels::initTestCase()
{
    auto made = testing::makeSmallCatalogue(m_dir.path().toStdString());
    QVERIFY2(made.ok(), made.ok() ? "" : made.error().debugText().c_str());
    m_made = made.value();
    auto opened = catalogue::Catalogue::open(m_made.folder);
    QVERIFY(opened.ok());
    m_catalogue.emplace(std::move(opened).value());
}

void TestModels::annotationsFollowFilterAndOrder()
{
    AnnotationModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setCatalogue(&*m_catalogue);
    QVERIFY(model.search({}, {catalogue::AnnotationSort::FileName, false}).ok());
    QCOMPARE(model.rowCount(), m_made.photoCount);
    for (int row = 1; row < model.rowCount(); ++row)
        QVERIFY(model.index(row - 1).data().toString() <= model.index(row).data().toString());
    QVERIFY(QFileInfo::exists(model.index(0).data(AnnotationModel::ThumbnailRole).toString()));
    QVERIFY(!model.index(0).data(AnnotationModel::CodeRole).toString().isEmpty());

    const auto first = model.rowAt(0);
    QVERIFY(first.has_value());
    catalogue::AnnotationFilter filter;
    filter.individual = first->individual;
    QVERIFY(model.search(filter, {}).ok());
    QVERIFY(model.rowCount() > 0 && model.rowCount() < m_made.photoCount);
    for (int row = 0; row < model.rowCount(); ++row)
        QCOMPARE(model.index(row).data(AnnotationModel::CodeRole).toString(), first->individualCode);

    filter.takenFrom = QStringLiteral("not a date");
    QVERIFY(!model.search(filter, {}).ok());
    QCOMPARE(model.rowCount(), 0);
}

void TestModels::annotationsShowNewDecisions()
{
    AnnotationModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setCatalogue(&*m_catalogue);
    QVERIFY(model.search({}, {}).ok());
    const AnnotationId id = model.idAt(2);
    QCOMPARE(model.rowOf(id), 2);
    QCOMPARE(model.index(2).data(AnnotationModel::StateRole).toInt(), static_cast<int>(catalogue::IdentityState::Identified));
    catalogue::DecisionLog log(*m_catalogue, QStringLiteral("tester"), catalogue::DecisionSource::Catalogue);
    QVERIFY(log.markUnusable(id).ok());
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.refresh({id});
    QCOMPARE(changed.count(), 1);
    QCOMPARE(model.index(2).data(AnnotationModel::StateRole).toInt(), static_cast<int>(catalogue::IdentityState::Unusable));
    QVERIFY(log.undo().ok());
}

void TestModels::annotationModelSurvivesTheCatalogue()
{
    AnnotationModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setCatalogue(&*m_catalogue);
    QVERIFY(model.search({}, {}).ok());
    model.setCatalogue(nullptr);
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(!model.rowAt(0).has_value());
    QVERIFY(model.search({}, {}).ok());
    QCOMPARE(model.rowCount(), 0);
}

void TestModels::searchesInTheBackgroundTheNewestWins()
{
    AnnotationModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setCatalogue(&*m_catalogue);
    QSignalSpy searched(&model, &AnnotationModel::searched);
    catalogue::AnnotationFilter unusable;
    unusable.states = {catalogue::IdentityState::Unusable};
    model.searchLater(unusable, {});
    model.searchLater({}, {catalogue::AnnotationSort::FileName, true});
    QTRY_COMPARE(model.rowCount(), m_made.photoCount);
    QVERIFY(searched.back().front().value<Result<void>>().ok());
    for (int row = 1; row < model.rowCount(); ++row)
        QVERIFY(model.index(row - 1).data().toString() >= model.index(row).data().toString());

    catalogue::AnnotationFilter wrong;
    wrong.takenFrom = QStringLiteral("not a date");
    const auto ended = searched.count();
    model.searchLater(wrong, {});
    QTRY_COMPARE(searched.count(), ended + 1);
    QVERIFY(!searched.back().front().value<Result<void>>().ok());
    QCOMPARE(model.rowCount(), 0);

    // Taking the catalogue away waits for the thread that reads it, and nothing of it arrives afterwards.
    model.searchLater({}, {});
    model.searchLater(unusable, {});
    model.setCatalogue(nullptr);
    QTest::qWait(50);
    QCOMPARE(model.rowCount(), 0);
}

void TestModels::sameRowsKeepSelectionAndShowNewStates()
{
    AnnotationModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setCatalogue(&*m_catalogue);
    model.searchLater({}, {});
    QTRY_COMPARE(model.rowCount(), m_made.photoCount);
    const QPersistentModelIndex third(model.index(2));
    const AnnotationId id = model.idAt(2);
    QCOMPARE(third.data(AnnotationModel::StateRole).toInt(), static_cast<int>(catalogue::IdentityState::Identified));
    catalogue::DecisionLog log(*m_catalogue, QStringLiteral("tester"), catalogue::DecisionSource::Catalogue);
    QVERIFY(log.markUnusable(id).ok());
    QSignalSpy searched(&model, &AnnotationModel::searched);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    model.searchLater({}, {});
    QTRY_COMPARE(searched.count(), 1);
    QCOMPARE(reset.count(), 0);
    QVERIFY(third.isValid());
    QCOMPARE(third.data(AnnotationModel::StateRole).toInt(), static_cast<int>(catalogue::IdentityState::Unusable));
    QVERIFY(log.undo().ok());
}

void TestModels::individualsFollowSearchAndOrder()
{
    IndividualModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setCatalogue(&*m_catalogue);
    QVERIFY(model.search({}, catalogue::IndividualSort::PhotoCount, true).ok());
    QCOMPARE(model.rowCount(), m_made.individualCount);
    int photos = 0;
    for (int row = 0; row < model.rowCount(); ++row) {
        photos += model.index(row).data(IndividualModel::PhotoCountRole).toInt();
        QVERIFY(QFileInfo::exists(model.index(row).data(IndividualModel::ThumbnailRole).toString()));
        if (row > 0)
            QVERIFY(model.index(row - 1).data(IndividualModel::PhotoCountRole).toInt()
                    >= model.index(row).data(IndividualModel::PhotoCountRole).toInt());
    }
    QCOMPARE(photos, m_made.photoCount);
    const QString code = model.index(0).data().toString();
    QVERIFY(model.search(code, catalogue::IndividualSort::Code, false).ok());
    QCOMPARE(model.index(0).data().toString(), code);
    QVERIFY(model.search(QStringLiteral("nobody at all"), catalogue::IndividualSort::Code, false).ok());
    QCOMPARE(model.rowCount(), 0);
}

void TestModels::gridPlacesAndFindsEveryCell()
{
    QStringList words;
    for (int i = 0; i < 100'000; ++i)
        words << QString::number(i);
    QStringListModel model(words);
    GridView grid;
    grid.setCellShape(100, 0.5, 20);
    grid.resize(560, 400);
    grid.setModel(&model);
    grid.show();
    QVERIFY(QTest::qWaitForWindowExposed(&grid));
    QVERIFY(grid.columns() >= 5);
    for (const int row : {0, 7, 4711, 99'999}) {
        const QModelIndex index = model.index(row);
        grid.setCurrentIndex(index);
        grid.scrollTo(index);
        const QRect cell = grid.visualRect(index);
        QVERIFY(grid.viewport()->rect().contains(cell));
        QCOMPARE(grid.indexAt(cell.center()).row(), row);
        const auto [first, last] = grid.visibleRows();
        QVERIFY(first <= row && row <= last);
        QVERIFY(last - first < 100);
    }
    QCOMPARE(grid.verticalScrollBar()->value(), grid.verticalScrollBar()->maximum());
    QTest::keyClick(&grid, Qt::Key_Home);
    QCOMPARE(grid.currentIndex().row(), 0);
    QTest::keyClick(&grid, Qt::Key_Down);
    QCOMPARE(grid.currentIndex().row(), grid.columns());
    QTest::keyClick(&grid, Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(grid.selectionModel()->selectedIndexes().size(), 2);
}

void TestModels::gridWithoutRowsIsHarmless()
{
    QStringListModel model;
    GridView grid;
    grid.resize(300, 200);
    grid.setModel(&model);
    grid.show();
    QTest::keyClick(&grid, Qt::Key_End);
    QVERIFY(!grid.indexAt({10, 10}).isValid());
    QVERIFY(!grid.currentIndex().isValid());
}

QTEST_MAIN(TestModels)
#include "tst_ui_models.moc"
