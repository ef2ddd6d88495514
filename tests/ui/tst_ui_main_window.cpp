#include "core/catalogue/annotation_query.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/run_store.h"
#include "core/protocol/jobs.h"
#include "core/workflows/import_photos.h"
#include "tests/ui/window_bench.h"
#include "ui/shell/screenshots.h"
#include "ui/dialogs/file_dialog.h"
#include "ui/dialogs/message_box.h"
#include "ui/dialogs/report_dialog.h"
#include "ui/widgets/pill.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDropEvent>
#include <QListView>
#include <QLockFile>
#include <QMenuBar>
#include <QMimeData>
#include <QScopeGuard>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTableWidget>
#include <QToolButton>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestMainWindow : public WindowBench
{
    Q_OBJECT

private Q_SLOTS:
    void screenshotsOfNothingEndWithAStatus();
    void initTestCase() { makeTemplate(); }
    void init() { start(); }
    void cleanup() { stop(); }

    void startsOnTheWelcomePage();
    void everyWidgetThatCanBePressedHasAName();
    void makesACatalogueAndImportsAFolder();
    void droppedPhotosAreImported();
    void unreadableCatalogueLeavesTheOldOneOpen();
    void lockedCatalogueIsOfferedForReading();
    void gridFollowsTheFilters();
    void joinedEncountersStandInTheReport();
    void individualLeadsToItsPhotos();
    void windowRemembersPageAndTheme();
    void exportWritesTheTable();
    void enterOpensARecentCatalogue();
    void importReportStaysReachable();
    void anImportGoesOnWithoutItsWorkerAndSaysSo();
    void trainingCountsIndividualsThatHavePhotos();
    void preferencesCountAtOnceAndStay();
};

void TestMainWindow::startsOnTheWelcomePage()
{
    QCOMPARE(find<QStackedWidget>("pageStack")->currentWidget()->objectName(), QStringLiteral("welcomePage"));
    QVERIFY(!find<QWidget>("rail")->isVisible());
    QVERIFY(!find<QAction>("actionImportFolder")->isEnabled());
    QVERIFY(!find<QAction>("actionUndo")->isEnabled());
    QVERIFY(find<QAction>("actionNewCatalogue")->isEnabled());
}

void TestMainWindow::everyWidgetThatCanBePressedHasAName()
{
    openSmall();
    for (const QAbstractButton *button : m_window->findChildren<QAbstractButton *>()) {
        // Parts that Qt itself puts into its widgets are not ours to name.
        const bool ours = !button->inherits("QLineEditIconButton") && !button->parent()->inherits("QMenuBar");
        QVERIFY2(!ours || !button->objectName().isEmpty(), qPrintable(button->text() + QLatin1Char(' ') + button->toolTip()));
    }
    for (const QMenu *menu : m_window->menuBar()->findChildren<QMenu *>()) {
        for (const QAction *action : menu->actions())
            QVERIFY2(action->isSeparator() || action->menu() || !action->objectName().isEmpty(), qPrintable(action->text()));
    }
}

void TestMainWindow::makesACatalogueAndImportsAFolder()
{
    FileDialog::setNextFileNames({path("mine")});
    trigger("actionNewCatalogue");
    QVERIFY(QDir(path("mine.flukeprint")).exists());
    QVERIFY(find<QWidget>("catalogueEmpty")->isVisible());

    FileDialog::setNextFileNames({QString::fromStdString(m_made.photos.string())});
    QTimer::singleShot(0, m_window.get(), [] {
        QWidget *dialog = QApplication::activeModalWidget();
        // The table of labels lies beside the folder and is found.
        QVERIFY(dialog->findChild<QLineEdit *>(QStringLiteral("labelsTable"))->text().endsWith(QStringLiteral("labels.csv")));
        QTest::mouseClick(dialog->findChild<QPushButton *>(QStringLiteral("importButton")), Qt::LeftButton);
    });
    QTest::mouseClick(find<QPushButton>("empty_actionImportFolder"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(shown(), m_made.photoCount, 60'000);
    QTRY_VERIFY(jobsDone());
    QVERIFY(find<QLabel>("toastText")->text().contains(QString::number(m_made.photoCount)));
    QVERIFY(find<QLabel>("countsLabel")->text().contains(QStringLiteral("%1 individuals").arg(m_made.individualCount)));
}

void TestMainWindow::droppedPhotosAreImported()
{
    QVERIFY(m_window->createCatalogue(path("dropped.flukeprint")));
    const QStringList photos = QDir(QString::fromStdString(m_made.photos.string())).entryList({QStringLiteral("*.jpg")});
    QMimeData data;
    QList<QUrl> urls;
    for (const QString &name : photos.mid(0, 2))
        urls << QUrl::fromLocalFile(QString::fromStdString((m_made.photos / name.toStdString()).string()));
    data.setUrls(urls);
    QDragEnterEvent enter({300, 300}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &drop);
    QTRY_COMPARE_WITH_TIMEOUT(shown(), 2, 30'000);
}

void TestMainWindow::unreadableCatalogueLeavesTheOldOneOpen()
{
    openSmall();
    QDir(m_dir->path()).mkpath(QStringLiteral("broken.flukeprint"));
    QFile file(path("broken.flukeprint/catalogue.sqlite"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("this is no database, whatever its name says");
    file.close();
    MessageBox::setNextAnswer(QMessageBox::Ok);
    QVERIFY(!m_window->openCatalogue(path("broken.flukeprint")));
    QVERIFY(!MessageBox::lastText().isEmpty());
    QVERIFY(m_window->session());
    QTRY_COMPARE(shown(), m_made.photoCount);

    MessageBox::setNextAnswer(QMessageBox::Ok);
    QVERIFY(!m_window->openCatalogue(path("nowhere.flukeprint")));
    QVERIFY(MessageBox::lastText().contains(QStringLiteral("nowhere.flukeprint")));
    QTRY_COMPARE(shown(), m_made.photoCount);
}

void TestMainWindow::lockedCatalogueIsOfferedForReading()
{
    // As another program that has it open would hold it.
    QLockFile other(path("small.flukeprint/catalogue.lock"));
    other.setStaleLockTime(0);
    QVERIFY(other.tryLock(0));
    MessageBox::setNextAnswer(QMessageBox::Cancel);
    QVERIFY(!m_window->openCatalogue(path("small.flukeprint")));
    QVERIFY(!m_window->session());
    MessageBox::setNextAnswer(QMessageBox::Yes);
    QVERIFY(m_window->openCatalogue(path("small.flukeprint")));
    QVERIFY(m_window->session()->isReadOnly());
    QVERIFY(!find<QAction>("actionRelabelSelected")->isEnabled());
    QVERIFY(!find<QAction>("actionImportFolder")->isEnabled());
}

void TestMainWindow::gridFollowsTheFilters()
{
    openSmall();
    const QString code = grid()->currentIndex().data(AnnotationModel::CodeRole).toString();
    find<QLineEdit>("catalogueIndividual")->setText(code);
    QTest::keyClick(find<QLineEdit>("catalogueIndividual"), Qt::Key_Return);
    QTRY_VERIFY(shown() < m_made.photoCount && shown() > 0);
    QVERIFY(find<Pill>("catalogueClear")->isVisible());
    const int ofIndividual = shown();

    trigger("state_unidentified");
    QTRY_COMPARE(shown(), 0);
    QTRY_VERIFY(find<QWidget>("catalogueEmpty")->isVisible());
    trigger("state_unidentified");
    QTRY_COMPARE(shown(), ofIndividual);
    QTest::mouseClick(find<Pill>("catalogueClear"), Qt::LeftButton);
    QTRY_COMPARE(shown(), m_made.photoCount);

    const QString name = grid()->model()->index(3, 0).data().toString();
    QTest::keyClicks(find<QLineEdit>("catalogueSearch"), name);
    QTRY_COMPARE(shown(), 1);
    QCOMPARE(find<QLabel>("detailFileName")->text(), name);
}

void TestMainWindow::joinedEncountersStandInTheReport()
{
    workflows::ImportReport report;
    report.mergedEncounters = 3;
    const std::unique_ptr<ReportDialog> dialog(ReportDialog::forImport(report, nullptr));
    QVERIFY(dialog->findChild<QLabel *>(QStringLiteral("reportSummary"))->text().contains(QStringLiteral("3 encounters")));
}

void TestMainWindow::individualLeadsToItsPhotos()
{
    openSmall();
    m_window->showPage(QStringLiteral("individuals"));
    const QString code = find<QLineEdit>("individualCode")->text();
    const int photos = find<GridView>("individualPhotos")->model()->rowCount();
    QVERIFY(photos > 0);
    trigger("actionShowInCatalogue");
    QCOMPARE(m_window->currentPage()->objectName(), QStringLiteral("catalogue"));
    QTRY_COMPARE(shown(), photos);
    QCOMPARE(find<QLineEdit>("catalogueIndividual")->text(), code);
    QTest::mouseClick(find<Pill>("detailIdentity"), Qt::LeftButton);
    QCOMPARE(m_window->currentPage()->objectName(), QStringLiteral("individuals"));
    QCOMPARE(find<QLineEdit>("individualCode")->text(), code);
}

void TestMainWindow::windowRemembersPageAndTheme()
{
    openSmall();
    m_window->showPage(QStringLiteral("individuals"));
    trigger("actionThemeLight");
    QCOMPARE(QApplication::palette().color(QPalette::Window), lightColours().background);
    m_window->close();
    QVERIFY(!m_window->session());

    openWindow();
    QCOMPARE(m_settings->theme(), ThemeChoice::Light);
    QVERIFY(find<QAction>("actionThemeLight")->isChecked());
    QCOMPARE(m_settings->recentCatalogues().value(0), path("small.flukeprint"));
    QVERIFY(m_window->openCatalogue(path("small.flukeprint")));
    QCOMPARE(m_window->currentPage()->objectName(), QStringLiteral("individuals"));
}

void TestMainWindow::exportWritesTheTable()
{
    openSmall();
    FileDialog::setNextFileNames({path("labels out.csv")});
    trigger("actionExport_kaggle");
    QTRY_VERIFY(jobsDone());
    QFile table(path("labels out.csv"));
    QVERIFY(table.open(QIODevice::ReadOnly));
    QCOMPARE(table.readAll().count('\n'), m_made.photoCount + 1);
}

void TestMainWindow::enterOpensARecentCatalogue()
{
    openSmall();
    trigger("actionCloseCatalogue");
    QVERIFY(!m_window->session());
    auto *recent = find<QPushButton>("recentCatalogue");
    recent->setFocus();
    QTRY_VERIFY(recent->hasFocus());
    QTest::keyClick(m_window->windowHandle(), Qt::Key_Return);
    QVERIFY(m_window->session());
    QTRY_COMPARE(shown(), m_made.photoCount);
}

void TestMainWindow::importReportStaysReachable()
{
    openSmall();
    trigger("actionCloseCatalogue");
    QVERIFY(!find<QAction>("actionImportReport")->isEnabled());
    QVERIFY(m_window->createCatalogue(path("mine.flukeprint")));
    trigger("actionImportReport");
    QVERIFY(find<QLabel>("toastText")->text().contains(QStringLiteral("Nothing has been imported")));

    std::filesystem::copy(m_made.photos, path("season").toStdString());
    QFile bad(path("season/bad.jpg"));
    QVERIFY(bad.open(QIODevice::WriteOnly));
    bad.close();
    m_window->importPaths({path("season")});
    QTRY_COMPARE_WITH_TIMEOUT(shown(), m_made.photoCount, 60'000);
    QTRY_VERIFY(jobsDone());
    const auto reported = [this] {
        trigger("actionImportReport");
        auto *dialog = find<QDialog>("reportDialog");
        const auto *table = dialog->findChild<QTableWidget *>();
        QString said = dialog->findChild<QLabel *>(QStringLiteral("reportSummary"))->text();
        for (int row = 0; row < table->rowCount(); ++row)
            said += QLatin1Char('\n') + table->item(row, 0)->text() + QLatin1Char(' ') + table->item(row, 1)->text();
        delete dialog;
        return said;
    };
    find<QWidget>("toast")->hide(); // it has gone by itself long ago
    QVERIFY2(reported().contains(QStringLiteral("bad.jpg empty file")), qPrintable(reported()));
    QVERIFY(reported().contains(QStringLiteral("%1 photos imported").arg(m_made.photoCount)));
    openWindow(); // another day
    QVERIFY(m_window->openCatalogue(path("mine.flukeprint")));
    QVERIFY2(reported().contains(QStringLiteral("bad.jpg empty file")), qPrintable(reported()));
}

void TestMainWindow::anImportGoesOnWithoutItsWorkerAndSaysSo()
{
    const QByteArray before = qgetenv("FLUKEPRINT_WORKER");
    qputenv("FLUKEPRINT_WORKER", "/bin/false"); // it ends at once, like one that is killed
    const QByteArray localiser = qgetenv("FLUKEPRINT_LOCALISER"); // tests switch it off
    qunsetenv("FLUKEPRINT_LOCALISER");
    const auto restore = qScopeGuard([before, localiser] {
        before.isEmpty() ? qunsetenv("FLUKEPRINT_WORKER") : qputenv("FLUKEPRINT_WORKER", before);
        if (!localiser.isEmpty())
            qputenv("FLUKEPRINT_LOCALISER", localiser);
    });
    QVERIFY(m_window->createCatalogue(path("mine.flukeprint")));
    std::filesystem::copy(m_made.photos, path("season").toStdString()); // away from the table of boxes
    m_window->importPaths({path("season")});
    QTRY_COMPARE_WITH_TIMEOUT(shown(), m_made.photoCount, 60'000);
    QTRY_VERIFY(jobsDone());
    QTest::mouseClick(find<QToolButton>("jobList"), Qt::LeftButton);
    QString said;
    for (const QLabel *label : find<QWidget>("jobPopup")->findChildren<QLabel *>())
        said += label->text() + QLatin1Char('\n');
    find<QWidget>("jobPopup")->close();
    QVERIFY2(said.contains(QStringLiteral("boxes were placed without it")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("done")) && !said.contains(QStringLiteral("again")), qPrintable(said));
    trigger("actionImportReport");
    auto *dialog = find<QDialog>("reportDialog");
    QVERIFY(
        dialog->findChild<QLabel *>(QStringLiteral("reportSummary"))->text().contains(QStringLiteral("boxes of %1 photos").arg(m_made.photoCount)));
    delete dialog;
}

void TestMainWindow::trainingCountsIndividualsThatHavePhotos()
{
    openSmall();
    m_window->showPage(QStringLiteral("training"));
    const auto learnsFrom = [this](int individuals) {
        return find<QLabel>("trainingSummary")->text().contains(QStringLiteral("of %1 individuals").arg(individuals));
    };
    QVERIFY2(learnsFrom(m_made.individualCount), qPrintable(find<QLabel>("trainingSummary")->text()));
    const IndividualId one = annotation(current()).individual;
    catalogue::AnnotationFilter filter;
    filter.individual = one;
    const auto photos = catalogue::AnnotationQuery(m_window->session()->catalogue()).ids(filter, {});
    QVERIFY(photos.ok());
    QVERIFY(m_window->session()->decideMany(*photos, catalogue::DecisionKind::Unidentify).ok());
    QTRY_VERIFY2(learnsFrom(m_made.individualCount - 1), qPrintable(find<QLabel>("trainingSummary")->text()));
}

void TestMainWindow::preferencesCountAtOnceAndStay()
{
    openSmall();
    const auto inDialog = [this](const std::function<void(QWidget *)> &change) {
        QTimer::singleShot(0, m_window.get(), [change] {
            QWidget *dialog = QApplication::activeModalWidget();
            QVERIFY(dialog && dialog->objectName() == QStringLiteral("preferencesDialog"));
            change(dialog);
            dialog->close();
        });
        trigger("actionPreferences");
    };
    inDialog([](QWidget *dialog) {
        auto *theme = dialog->findChild<QComboBox *>(QStringLiteral("preferenceTheme"));
        theme->setCurrentIndex(theme->findData(static_cast<int>(ThemeChoice::Light)));
        auto *device = dialog->findChild<QComboBox *>(QStringLiteral("preferenceDevice"));
        device->setCurrentIndex(device->findData(QStringLiteral("cpu")));
        dialog->findChild<QSpinBox *>(QStringLiteral("preferenceThreads"))->setValue(1);
        dialog->findChild<QCheckBox *>(QStringLiteral("preferenceCopy"))->setChecked(true);
        auto *name = dialog->findChild<QLineEdit *>(QStringLiteral("preferenceUser"));
        name->setFocus();
        QTest::keyClicks(name, QStringLiteral("Ana"));
        QTest::keyClick(name, Qt::Key_Tab);
        QTest::mouseClick(dialog->findChild<QPushButton *>(QStringLiteral("preferenceClearRecent")), Qt::LeftButton);
    });
    QCOMPARE(QApplication::palette().color(QPalette::Window), lightColours().background);
    QVERIFY(find<QAction>("actionThemeLight")->isChecked());
    QVERIFY(m_settings->recentCatalogues().isEmpty());
    QCOMPARE(find<QComboBox>("deviceChoice")->currentData().toInt(), static_cast<int>(protocol::Device::Cpu));

    // The new name stands beside decisions from now on.
    const AnnotationId id = current();
    trigger("actionMarkUnusable");
    catalogue::DecisionLog log(m_window->session()->catalogue(), {}, catalogue::DecisionSource::Review);
    QCOMPARE(log.history(id)->back().who, QStringLiteral("Ana"));

    openWindow();
    openSmall();
    trigger("actionMarkUnusable");
    QCOMPARE(m_window->session()->who(), QStringLiteral("Ana"));
    QVERIFY(m_settings->value(SettingKey::CopyPhotos).toBool());
    inDialog([](QWidget *dialog) {
        QCOMPARE(dialog->findChild<QLineEdit *>(QStringLiteral("preferenceUser"))->text(), QStringLiteral("Ana"));
        QCOMPARE(dialog->findChild<QSpinBox *>(QStringLiteral("preferenceThreads"))->value(), 1);
        QVERIFY(dialog->findChild<QCheckBox *>(QStringLiteral("preferenceGoesOn"))->isChecked());
    });
    // A run that is started takes the number of cores with it.
    m_window->showPage(QStringLiteral("training"));
    trigger("actionStartTraining");
    const auto runs = catalogue::RunStore(m_window->session()->catalogue()).list();
    QVERIFY(runs.ok() && runs->size() == 1);
    QVERIFY2(runs->front().configJson.contains(QStringLiteral("\"threads\":1")), qPrintable(runs->front().configJson));
    QVERIFY(!find<QAction>("actionDeleteRun")->isEnabled()); // it is at work
    trigger("actionCancelTraining");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), 30'000);
    // A run that gave nothing can be tidied away, after a question.
    auto *list = find<QListView>("runList");
    QTRY_VERIFY(find<QAction>("actionDeleteRun")->isEnabled());
    MessageBox::setNextAnswer(QMessageBox::Cancel);
    trigger("actionDeleteRun");
    QCOMPARE(list->model()->rowCount(), 1);
    QVERIFY(MessageBox::lastText().contains(runs->front().name));
    MessageBox::setNextAnswer(QMessageBox::Yes);
    trigger("actionDeleteRun");
    QCOMPARE(list->model()->rowCount(), 0);
    QVERIFY(catalogue::RunStore(m_window->session()->catalogue()).list()->empty());
    QVERIFY(!find<QAction>("actionDeleteRun")->isEnabled());
}

/// Nobody sits before the machine that makes them: a box would stand there for ever.
void TestMainWindow::screenshotsOfNothingEndWithAStatus()
{
    const QTemporaryDir folder;
    QCOMPARE(takeScreenshots(*m_theme, folder.filePath(QStringLiteral("none.flukeprint")), folder.path()), 3);
    QCOMPARE(QDir(folder.path()).entryList({QStringLiteral("*.png")}).size(), 0);
}

QTEST_MAIN(TestMainWindow)
#include "tst_ui_main_window.moc"
