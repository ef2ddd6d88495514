// What stands in the menus, on dialogs and in the jobs area, and is not a page's own: verify, back up, models, dates, starting a job again.
#include "core/catalogue/database.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/models/model_registry.h"
#include "tests/ui/unnamed_widgets.h"
#include "tests/ui/window_bench.h"
#include "ui/catalogue/date_range_pill.h"
#include "ui/dialogs/file_dialog.h"
#include "ui/dialogs/message_box.h"

#include <QComboBox>
#include <QDateEdit>
#include <QDialog>
#include <QFile>
#include <QMenuBar>
#include <QScopeGuard>
#include <QTableWidget>
#include <QToolButton>

#include <functional>

using namespace flukeprint;
using namespace flukeprint::ui;

namespace {

constexpr int workerMs = 60'000;

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The text of every cell and label of a dialog.
QString saidBy(const QWidget *dialog)
{
    QStringList said;
    for (const QLabel *label : dialog->findChildren<QLabel *>())
        said << label->text();
    for (const QTableWidget *table : dialog->findChildren<QTableWidget *>()) {
        for (int row = 0; row < table->rowCount(); ++row)
            said << table->item(row, 0)->text() + QLatin1Char(' ') + table->item(row, 1)->text();
    }
    return said.join(QLatin1Char('\n'));
}

} // namespace

class TestMenuActions : public WindowBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { start(); }
    void cleanup() { stop(); }

    void everyWidgetHasAName();
    void verifySaysThatAllIsWell();
    void verifyNamesTheDamagedPhoto();
    void whatCanBeRepairedIsRepairedFromTheReport();
    void aRepairThatIsStoppedLeavesTheCatalogueOpen();
    void nothingIsOfferedWhereOnlyAPersonCanHelp();
    void aBackupOpensAndHoldsTheSame();
    void aBackupNeverReplacesAnything();
    void aModelComesInServesAndGoesOut();
    void whatIsNoModelIsRefused();
    void aFailedJobIsStartedAgain();
    void datesNarrowTheGrid();
    void aboutNamesTheProgramAndItsLibraries();
    void keysNamesEveryShortcut();

private:
    /// Triggers what opens a modal dialog, hands it to `look` and closes it with Escape.
    void inDialog(const char *action, const char *name, const std::function<void(QDialog *)> &look);
    /// Makes the stored identity of a photo another than its decisions say, and has it found: the report is open then.
    void verifyDamaged(AnnotationId damaged);
    [[nodiscard]] QString toast() const { return find<QLabel>("toastText")->text(); }
    [[nodiscard]] std::vector<catalogue::Model> models() const
    {
        return catalogue::ModelStore(m_window->session()->catalogue()).list().valueOr({});
    }

    QString m_shipped; ///< empty: none
};

void TestMenuActions::initTestCase()
{
    const auto shipped = workflows::shippedModels();
    if (!shipped.empty())
        m_shipped = QString::fromStdString(shipped.front().string());
    makeTemplate();
}

void TestMenuActions::inDialog(const char *action, const char *name, const std::function<void(QDialog *)> &look)
{
    bool seen = false;
    QTimer::singleShot(0, m_window.get(), [&seen, &look, name] {
        auto *dialog = qobject_cast<QDialog *>(QApplication::activeModalWidget());
        QVERIFY(dialog);
        QCOMPARE(dialog->objectName(), QString::fromLatin1(name));
        dialog->activateWindow();
        QTRY_COMPARE(QApplication::activeWindow(), dialog); // until then keys are the main window's
        look(dialog);
        QTest::keyClick(dialog->windowHandle(), Qt::Key_Escape);
        seen = true;
    });
    trigger(action);
    QVERIFY(seen);
    QVERIFY(!QApplication::activeModalWidget());
}

void TestMenuActions::everyWidgetHasAName()
{
    openSmall();
    for (const char *page : {"catalogue", "review", "individuals", "training"})
        m_window->showPage(QString::fromLatin1(page));
    QCOMPARE(unnamedWidgets(m_window.get()), QStringList());
}

void TestMenuActions::verifySaysThatAllIsWell()
{
    openSmall();
    trigger("actionVerify");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY2(toast().contains(QStringLiteral("%1 photos").arg(m_made.photoCount)), qPrintable(toast()));
    QVERIFY(!m_window->findChild<QDialog *>(QStringLiteral("reportDialog")));
}

void TestMenuActions::verifyDamaged(AnnotationId damaged)
{
    QVERIFY(m_window->session()
                ->catalogue()
                .database()
                .run(QStringLiteral("UPDATE annotation SET state = 'unusable', individual_id = NULL WHERE id = ?"),
                     {QVariant::fromValue<qlonglong>(damaged.value)})
                .ok());
    trigger("actionVerify");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY(m_window->findChild<QDialog *>(QStringLiteral("reportDialog")));
}

void TestMenuActions::whatCanBeRepairedIsRepairedFromTheReport()
{
    openSmall();
    const AnnotationId damaged = current();
    const catalogue::Annotation before = annotation(damaged);
    QCOMPARE(before.state, catalogue::IdentityState::Identified);
    verifyDamaged(damaged);
    QVERIFY(find<QLabel>("reportSummary")->text().contains(QStringLiteral("Repair")));
    find<QPushButton>("reportRepair")->click();

    // The catalogue was closed and is open again, with the report on it.
    QTRY_COMPARE_WITH_TIMEOUT(find<QDialog>("reportDialog")->windowTitle(), QStringLiteral("Repair"), workerMs);
    const QString said = find<QLabel>("reportSummary")->text();
    QVERIFY2(said.contains(QStringLiteral("1 thing was put right")) && said.contains(QStringLiteral("All is well")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("backups")), qPrintable(said));
    QTest::keyClick(find<QDialog>("reportDialog"), Qt::Key_Escape);
    QCOMPARE(annotation(damaged).state, before.state);
    QCOMPARE(annotation(damaged).individual, before.individual);
    QCOMPARE(shown(), m_made.photoCount);
    QVERIFY(!m_window->session()->isReadOnly());
}

void TestMenuActions::aRepairThatIsStoppedLeavesTheCatalogueOpen()
{
    openSmall();
    const AnnotationId damaged = current();
    verifyDamaged(damaged);
    // Escape goes to whatever is in front: the repair itself, then the sentence that it was stopped (or its report, if it was quicker).
    bool seen = false;
    QTimer escape;
    connect(&escape, &QTimer::timeout, this, [&seen] {
        auto *front = qobject_cast<QDialog *>(QApplication::activeModalWidget());
        if (!front)
            return;
        seen = seen || front->objectName() == QStringLiteral("repairDialog");
        QTest::keyClick(front, Qt::Key_Escape);
    });
    escape.start(0);
    find<QPushButton>("reportRepair")->click();
    QTRY_VERIFY(!QApplication::activeModalWidget());
    QVERIFY(seen);
    QVERIFY(m_window->session() && !m_window->session()->isReadOnly());
    QCOMPARE(shown(), m_made.photoCount);
    // What is wrong is either as it was or right, nothing between.
    const auto state = annotation(damaged).state;
    QVERIFY(state == catalogue::IdentityState::Unusable || state == catalogue::IdentityState::Identified);
}

void TestMenuActions::nothingIsOfferedWhereOnlyAPersonCanHelp()
{
    openSmall();
    QVERIFY(m_window->session()->catalogue().database().run(QStringLiteral("UPDATE photo SET path = '/gone/away.jpg' WHERE id = 1")).ok());
    trigger("actionVerify");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY(m_window->findChild<QDialog *>(QStringLiteral("reportDialog")));
    QVERIFY(!m_window->findChild<QPushButton *>(QStringLiteral("reportRepair")));
    QTest::keyClick(find<QDialog>("reportDialog"), Qt::Key_Escape);
}

void TestMenuActions::verifyNamesTheDamagedPhoto()
{
    // A photo of this catalogue's own, since the template's photos serve every test.
    QVERIFY(m_window->createCatalogue(path("mine.flukeprint")));
    std::filesystem::copy(m_made.photos, path("season").toStdString());
    m_window->importPaths({path("season")});
    QTRY_COMPARE_WITH_TIMEOUT(shown(), m_made.photoCount, workerMs);
    QTRY_VERIFY(jobsDone());
    const QString name = grid()->model()->index(2, 0).data().toString();
    QFile photo(path("season/") + name);
    QVERIFY2(photo.open(QIODevice::ReadWrite), qPrintable(photo.fileName()));
    QVERIFY(photo.resize(photo.size() / 2));
    photo.close();

    trigger("actionVerify");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY(m_window->findChild<QDialog *>(QStringLiteral("reportDialog")));
    auto *dialog = find<QDialog>("reportDialog");
    QVERIFY2(saidBy(dialog).contains(name), qPrintable(saidBy(dialog)));
    QVERIFY(!saidBy(dialog).contains(grid()->model()->index(3, 0).data().toString()));
    QTest::keyClick(dialog, Qt::Key_Escape);
}

void TestMenuActions::aBackupOpensAndHoldsTheSame()
{
    openSmall();
    const AnnotationId id = current();
    trigger("actionMarkUnusable"); // so that the log has a decision of this window
    const catalogue::IdentityState state = annotation(id).state;
    FileDialog::setNextFileNames({path("safe")});
    trigger("actionBackUp");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY2(toast().contains(QStringLiteral("safe.flukeprint")), qPrintable(toast()));
    QVERIFY(m_window->openCatalogue(path("safe.flukeprint")));
    QTRY_COMPARE(shown(), m_made.photoCount);
    QCOMPARE(annotation(id).state, state);
    trigger("actionUndo"); // the log came along, and with it the way back
    QVERIFY(annotation(id).state != state);
    trigger("actionVerify");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY(m_window->findChild<QDialog *>(QStringLiteral("reportDialog"))); // chips are not backed up, and that is said
    QVERIFY2(saidBy(find<QDialog>("reportDialog")).contains(QStringLiteral("All is well")), qPrintable(saidBy(find<QDialog>("reportDialog"))));
}

void TestMenuActions::aBackupNeverReplacesAnything()
{
    openSmall();
    QVERIFY(QDir().mkpath(path("taken.flukeprint")));
    QFile kept(path("taken.flukeprint/notes.txt"));
    QVERIFY(kept.open(QIODevice::WriteOnly));
    kept.write("not to be lost");
    kept.close();
    FileDialog::setNextFileNames({path("taken.flukeprint")});
    MessageBox::setNextAnswer(QMessageBox::Ok);
    trigger("actionBackUp");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY2(MessageBox::lastText().contains(QStringLiteral("taken.flukeprint")), qPrintable(MessageBox::lastText()));
    QCOMPARE(bytesOf(path("taken.flukeprint/notes.txt")), QByteArray("not to be lost"));
}

void TestMenuActions::aModelComesInServesAndGoesOut()
{
    if (m_shipped.isEmpty())
        QSKIP("no model is shipped with this build");
    openSmall();
    FileDialog::setNextFileNames({m_shipped});
    trigger("actionImportModel");
    QTRY_COMPARE_WITH_TIMEOUT(models().size(), std::size_t {1}, workerMs);
    // The first model of a catalogue serves at once, and the flukes are read with it.
    catalogue::Catalogue &catalogue = m_window->session()->catalogue();
    const auto active = catalogue::ModelStore(catalogue).active();
    QVERIFY(active.ok());
    QTRY_COMPARE_WITH_TIMEOUT(catalogue::EmbeddingStore(catalogue).coverage(active->id)->embedded, std::int64_t {m_made.photoCount}, workerMs);
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);

    FileDialog::setNextFileNames({path("out")});
    trigger("actionExportModel");
    QVERIFY2(toast().contains(QStringLiteral("out.safetensors")), qPrintable(toast()));
    QVERIFY(bytesOf(path("out.safetensors")) == bytesOf(m_shipped));

    // With it, hard triplets are found in the background; the hardest photos are a click away.
    FileDialog::setNextFileNames({path("hard")});
    trigger("actionMineTriplets");
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path("hard.csv")) && jobsDone(), workerMs);
    const QList<QByteArray> table = bytesOf(path("hard.csv")).split('\n');
    QVERIFY2(table.size() > 2 && table.front().startsWith("anchor,positive,negative,"), table.front().constData());
    QTRY_VERIFY2(toast().contains(QStringLiteral("hard.csv")), qPrintable(toast()));
    QTest::mouseClick(find<QPushButton>("toastAction"), Qt::LeftButton);
    QCOMPARE(m_window->currentPage()->objectName(), QStringLiteral("review"));
    const AnnotationId hardest(table[1].split(',').front().toLongLong());
    const auto photo = catalogue::PhotoStore(catalogue).get(annotation(hardest).photo);
    QCOMPARE(find<QLabel>("reviewFileName")->text(), photo->fileName);
}

void TestMenuActions::whatIsNoModelIsRefused()
{
    openSmall();
    QFile file(path("poem.safetensors"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("Call me Ishmael. Some years ago, never mind how long precisely");
    file.close();
    FileDialog::setNextFileNames({file.fileName()});
    MessageBox::setNextAnswer(QMessageBox::Ok);
    trigger("actionImportModel");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY2(MessageBox::lastText().contains(QStringLiteral("poem.safetensors")), qPrintable(MessageBox::lastText()));
    QVERIFY(models().empty());
    QVERIFY(QDir(path("small.flukeprint/models")).entryList(QDir::Files).isEmpty());
    // Nor is there anything to give away.
    MessageBox::setNextAnswer(QMessageBox::Ok);
    trigger("actionExportModel");
    QVERIFY(!QFile::exists(path("out.safetensors")));
    FileDialog::setNextFileNames({path("hard")});
    MessageBox::setNextAnswer(QMessageBox::Ok);
    trigger("actionMineTriplets");
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QTRY_VERIFY2(MessageBox::lastText().contains(QStringLiteral("model")), qPrintable(MessageBox::lastText()));
    QVERIFY(!QFile::exists(path("hard.csv")));
}

void TestMenuActions::aFailedJobIsStartedAgain()
{
    if (m_shipped.isEmpty())
        QSKIP("no model is shipped with this build");
    const QByteArray worker = qgetenv("FLUKEPRINT_WORKER");
    const QByteArray none = qgetenv("FLUKEPRINT_MODELS");
    const auto restore = qScopeGuard([worker, none] {
        worker.isEmpty() ? qunsetenv("FLUKEPRINT_WORKER") : qputenv("FLUKEPRINT_WORKER", worker);
        qputenv("FLUKEPRINT_MODELS", none);
    });
    qputenv("FLUKEPRINT_WORKER", "/bin/false"); // it ends at once, like one that is killed
    qputenv("FLUKEPRINT_MODELS", QFileInfo(m_shipped).path().toUtf8());
    openSmall();
    catalogue::Catalogue &catalogue = m_window->session()->catalogue();
    const auto again = [this] { return m_window->findChild<QToolButton *>(QStringLiteral("jobRestart")); };
    QTRY_VERIFY_WITH_TIMEOUT(again()->isVisible() && jobsDone(), workerMs);
    QVERIFY2(find<QLabel>("jobStanding")->property("role").toString() == QStringLiteral("error"), qPrintable(find<QLabel>("jobStanding")->text()));
    const auto active = catalogue::ModelStore(catalogue).active();
    QVERIFY(active.ok());
    QCOMPARE(catalogue::EmbeddingStore(catalogue).coverage(active->id)->embedded, std::int64_t {0});

    worker.isEmpty() ? qunsetenv("FLUKEPRINT_WORKER") : qputenv("FLUKEPRINT_WORKER", worker);
    QTest::mouseClick(again(), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(catalogue::EmbeddingStore(catalogue).coverage(active->id)->embedded, std::int64_t {m_made.photoCount}, workerMs);
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), workerMs);
    QVERIFY(m_window->session()->galleryState() == workflows::GalleryState::Ready);
}

void TestMenuActions::datesNarrowTheGrid()
{
    openSmall();
    auto *pill = find<DateRangePill>("catalogueDates");
    const auto popup = [&](QDate from, QDate to, const char *button) {
        QTest::mouseClick(pill, Qt::LeftButton);
        auto *open = find<QWidget>("dateRangePopup");
        QVERIFY(open && open->isVisible());
        open->findChild<QDateEdit *>(QStringLiteral("dateFrom"))->setDate(from);
        open->findChild<QDateEdit *>(QStringLiteral("dateTo"))->setDate(to);
        QTest::mouseClick(open->findChild<QPushButton *>(QString::fromLatin1(button)), Qt::LeftButton);
        QTRY_VERIFY(!m_window->findChild<QWidget *>(QStringLiteral("dateRangePopup")));
    };
    const QDate day = QDate::fromString(grid()->model()->index(0, 0).data(AnnotationModel::TakenAtRole).toString().left(10), Qt::ISODate);
    QVERIFY2(day.isValid(), qPrintable(grid()->model()->index(0, 0).data(AnnotationModel::TakenAtRole).toString()));
    int thatDay = 0;
    for (int row = 0; row < shown(); ++row)
        thatDay += grid()->model()->index(row, 0).data(AnnotationModel::TakenAtRole).toString().startsWith(day.toString(Qt::ISODate));
    QVERIFY(thatDay > 0 && thatDay < m_made.photoCount);
    popup(day, day, "dateApply");
    QTRY_COMPARE(shown(), thatDay);
    QVERIFY2(pill->text().contains(QString::number(day.year())), qPrintable(pill->text()));
    popup(day.addYears(100), day.addYears(101), "dateApply");
    QTRY_COMPARE(shown(), 0);
    QTRY_VERIFY(find<QWidget>("catalogueEmpty")->isVisible());
    // The wrong way round is what was meant.
    popup(day.addYears(50), day.addYears(-50), "dateApply");
    QTRY_COMPARE(shown(), m_made.photoCount);
    popup(day, day, "dateApply");
    QTRY_COMPARE(shown(), thatDay);
    popup(day, day, "dateClear");
    QTRY_COMPARE(shown(), m_made.photoCount);
}

void TestMenuActions::aboutNamesTheProgramAndItsLibraries()
{
    inDialog("actionAbout", "aboutDialog", [](QDialog *dialog) {
        QString said = saidBy(dialog);
        for (const auto *list : dialog->findChildren<QAbstractItemView *>()) {
            for (int row = 0; row < list->model()->rowCount(); ++row)
                said += QLatin1Char('\n') + list->model()->index(row, 0).data().toString();
        }
        for (const char *part : {"Flukeprint", "GPL", "Qt", "LibTorch", "OpenCV"})
            QVERIFY2(said.contains(QLatin1String(part)), qPrintable(said));
    });
}

void TestMenuActions::keysNamesEveryShortcut()
{
    openSmall();
    QStringList keys;
    for (const QMenu *menu : m_window->menuBar()->findChildren<QMenu *>()) {
        for (const QAction *action : menu->actions()) {
            if (action->isVisible() && action->shortcut().toString().startsWith(QLatin1String("Ctrl")))
                keys << action->shortcut().toString(QKeySequence::NativeText);
        }
    }
    QVERIFY(keys.size() > 8);
    inDialog("actionKeys", "keysDialog", [keys](QDialog *dialog) {
        const QStringList said = saidBy(dialog).split(QLatin1Char('\n'));
        for (const QString &key : keys)
            QVERIFY2(said.contains(key), qPrintable(key));
    });
}

QTEST_MAIN(TestMenuActions)
#include "tst_ui_menu_actions.moc"
