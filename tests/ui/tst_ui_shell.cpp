// Popups, the list of jobs, file choosers, the demo, and where the focus is: what the window gives to all pages.
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/photo_store.h"
#include "core/jobs/thread_job.h"
#include "core/workflows/localiser/fluke_locator.h"
#include "tests/ui/window_bench.h"
#include "ui/dialogs/file_dialog.h"
#include "ui/widgets/pill.h"

#include <QDialog>
#include <QScopeGuard>
#include <QToolButton>

#include <atomic>
#include <thread>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestShell : public WindowBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { makeTemplate(); }
    void init() { start(); }
    void cleanup() { stop(); }

    void escapeClosesPopupsAlone();
    void thePressThatClosesAPopupCounts();
    void jobListStaysInItsWindow();
    void finishedJobsAreCleared();
    void choosersRememberTheirOwnFolders();
    void demoIsWatchedInTheCatalogue();
    void photosOfAnImportAreShownWhileItGoesOn();
    void windowOpensWithTheFocusOnItsPage();
    void photosWithoutFlukeAreMarkedFromTheReport();

private:
    void key(Qt::Key which, Qt::KeyboardModifiers modifiers = Qt::NoModifier) const { QTest::keyClick(m_window->windowHandle(), which, modifiers); }
    [[nodiscard]] QWidget *popup(const char *name) const { return m_window->findChild<QWidget *>(QString::fromLatin1(name)); }
    void addJobs(int count) const;
    void openDates();
};

void TestShell::addJobs(int count) const
{
    for (int i = 0; i < count; ++i) {
        jobs::JobTraits traits;
        traits.title = {"export", {"photos"}};
        m_window->session()->jobs().add(jobs::makeThreadJob<int>(
            traits, [](const jobs::WorkContext &) { return Result<int>(1); }, [](const Result<int> &) {}));
    }
}

void TestShell::openDates()
{
    QTest::mouseClick(find<Pill>("catalogueDates"), Qt::LeftButton);
    QVERIFY(popup("dateRangePopup") && popup("dateRangePopup")->isVisible());
}

void TestShell::escapeClosesPopupsAlone()
{
    openSmall();
    trigger("actionLargeView"); // which Escape would leave
    addJobs(1);
    QTest::mouseClick(find<QToolButton>("jobList"), Qt::LeftButton);
    QVERIFY(popup("jobPopup") && popup("jobPopup")->isVisible());
    key(Qt::Key_Escape);
    QTRY_VERIFY(!popup("jobPopup"));
    QVERIFY(!grid()->isVisible());
    m_window->activateWindow(); // this platform makes the popup the active window
    QTRY_VERIFY(m_window->isActiveWindow());
    key(Qt::Key_Escape);
    QVERIFY(grid()->isVisible());

    openDates();
    const catalogue::IdentityState state = annotation(current()).state;
    key(Qt::Key_X); // the page's key for unusable is not heard meanwhile
    QCOMPARE(annotation(current()).state, state);
    key(Qt::Key_Escape);
    QTRY_VERIFY(!popup("dateRangePopup"));
    QCOMPARE(shown(), m_made.photoCount);
}

void TestShell::thePressThatClosesAPopupCounts()
{
    openSmall();
    openDates();
    auto *rail = find<QWidget>("rail_individuals");
    const QPoint at = rail->mapTo(m_window.get(), rail->rect().center());
    QTest::mousePress(m_window->windowHandle(), Qt::LeftButton, {}, at);
    QTest::mouseRelease(m_window->windowHandle(), Qt::LeftButton, {}, at);
    QTRY_VERIFY(!popup("dateRangePopup"));
    QTRY_COMPARE(m_window->currentPage()->objectName(), QStringLiteral("individuals"));
    // On what opened it, a press only closes it.
    m_window->showPage(QStringLiteral("catalogue"));
    openDates();
    auto *pill = find<Pill>("catalogueDates");
    QTest::mouseClick(m_window->windowHandle(), Qt::LeftButton, {}, pill->mapTo(m_window.get(), pill->rect().center()));
    QTRY_VERIFY(!popup("dateRangePopup"));
    QTest::qWait(50);
    QVERIFY(!popup("dateRangePopup"));
}

void TestShell::jobListStaysInItsWindow()
{
    openSmall();
    addJobs(3);
    QTest::mouseClick(find<QToolButton>("jobList"), Qt::LeftButton);
    QWidget *list = popup("jobPopup");
    QVERIFY(list && list->isVisible());
    const int bottom = list->geometry().bottom();
    const int before = list->height();
    const QRect window(m_window->mapToGlobal(QPoint()), m_window->size());
    addJobs(30); // while it is open
    QTRY_COMPARE(list->findChildren<QWidget *>(QStringLiteral("jobRow")).size(), 33);
    QTRY_VERIFY(jobsDone());
    QVERIFY(list->height() > before);
    QVERIFY2(window.contains(list->geometry()), qPrintable(QStringLiteral("%1 %2").arg(list->y()).arg(list->height())));
    constexpr int framePx = 2; // this platform puts one around popups too once they are shown
    QVERIFY(std::abs(list->geometry().bottom() - bottom) <= framePx);
    QVERIFY(list->geometry().bottom() <= find<QWidget>("jobList")->mapToGlobal(QPoint()).y());
}

void TestShell::finishedJobsAreCleared()
{
    openSmall();
    addJobs(5);
    QTRY_VERIFY(jobsDone());
    QTest::mouseClick(find<QToolButton>("jobList"), Qt::LeftButton);
    QWidget *list = popup("jobPopup");
    auto *clear = list->findChild<QPushButton *>(QStringLiteral("jobClearFinished"));
    QVERIFY(clear && clear->isVisible());
    QTest::mouseClick(clear, Qt::LeftButton);
    QVERIFY(m_window->session()->jobs().keys().empty());
    QTRY_VERIFY(list->findChild<QLabel *>(QStringLiteral("jobNone"))->isVisible());
    QVERIFY(!clear->isVisible());
}

void TestShell::choosersRememberTheirOwnFolders()
{
    openSmall();
    for (const char *folder : {"photos", "safe", "tables", "models"})
        QVERIFY(QDir(m_dir->path()).mkdir(QString::fromLatin1(folder)));
    m_settings->setValue(SettingKey::LastFolder, path("photos"));
    const auto startsIn = [this](const char *action, const QString &answer) {
        FileDialog::setNextFileNames(answer.isEmpty() ? QStringList() : QStringList {answer});
        trigger(action);
        return QFileInfo(FileDialog::lastStart()).absolutePath();
    };
    for (const char *action : {"actionBackUp", "actionExport_kaggle"})
        QVERIFY2(startsIn(action, {}) != path("photos"), action);
    startsIn("actionExport_kaggle", path("tables/labels.csv"));
    startsIn("actionBackUp", path("safe/one"));
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), 60'000);
    QCOMPARE(startsIn("actionExport_kaggle", {}), path("tables"));
    QCOMPARE(startsIn("actionExport_decisions", {}), path("tables"));
    QCOMPARE(startsIn("actionBackUp", {}), path("safe"));
    startsIn("actionImportPhotos", {});
    QCOMPARE(FileDialog::lastStart(), path("photos"));
    // One that is gone, like a disk that was taken out, is not proposed.
    QVERIFY(QDir(path("safe")).removeRecursively());
    QVERIFY(startsIn("actionBackUp", {}) != path("safe"));
}

void TestShell::demoIsWatchedInTheCatalogue()
{
    m_settings->setValue(SettingKey::Page, QStringLiteral("training"));
    QVERIFY(m_window->openDemo(path("demo.flukeprint")));
    QCOMPARE(m_window->currentPage()->objectName(), QStringLiteral("catalogue"));
    const auto title = [this] { return find<QWidget>("catalogueEmpty")->findChild<QLabel *>(QStringLiteral("emptyTitle"))->text(); };
    QTRY_VERIFY2(title().contains(QStringLiteral("drawn")), qPrintable(title()));
    QVERIFY(find<QWidget>("catalogueEmpty")->isVisible());
    m_window->session()->jobs().cancelAll();
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), 60'000);
    QTRY_VERIFY2(!title().contains(QStringLiteral("drawn")), qPrintable(title()));
}

void TestShell::photosOfAnImportAreShownWhileItGoesOn()
{
    openSmall();
    const int before = shown();
    std::atomic<bool> mayEnd = false;
    jobs::JobTraits traits;
    traits.title = {"import", {"photos"}};
    m_window->session()->jobs().add(jobs::makeThreadJob<int>(
        traits,
        [&mayEnd](const jobs::WorkContext &context) {
            for (std::int64_t done = 0; !mayEnd && !context.stop.stop_requested(); ++done) {
                context.progress({.stage = "importing", .done = done, .total = 0, .item = {}});
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
            return Result<int>(1);
        },
        [](const Result<int> &) {}));
    // What its thread would have stored by now.
    catalogue::Catalogue &catalogue = m_window->session()->catalogue();
    const auto photo = catalogue::PhotoStore(catalogue).get(annotation(current()).photo);
    QVERIFY(photo.ok());
    catalogue::Photo another = *photo;
    another.id = {};
    another.sha256 = QString(64, QLatin1Char('a'));
    const auto added = catalogue::PhotoStore(catalogue).add(another);
    QVERIFY(added.ok());
    catalogue::Annotation whole = annotation(current());
    whole.id = {};
    whole.photo = *added;
    whole.state = catalogue::IdentityState::Unidentified;
    whole.individual = {};
    QVERIFY(catalogue::AnnotationStore(catalogue).add(whole).ok());
    QTRY_COMPARE_WITH_TIMEOUT(shown(), before + 1, 60'000);
    QVERIFY(!jobsDone());
    mayEnd = true;
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), 60'000);
}

void TestShell::windowOpensWithTheFocusOnItsPage()
{
    for (const char *page : {"training", "review", "individuals", "catalogue"}) {
        m_settings->setValue(SettingKey::Page, QString::fromLatin1(page));
        m_window = std::make_unique<MainWindow>(*m_settings, *m_theme, standardPages());
        QVERIFY(m_window->openCatalogue(path("small.flukeprint")));
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        QVERIFY2(m_window->currentPage()->isAncestorOf(QApplication::focusWidget()) || m_window->currentPage() == QApplication::focusWidget(), page);
        m_window.reset();
    }
}

void TestShell::photosWithoutFlukeAreMarkedFromTheReport()
{
    const QByteArray localiser = qgetenv("FLUKEPRINT_LOCALISER"); // tests switch it off
    qunsetenv("FLUKEPRINT_LOCALISER");
    const auto restore = qScopeGuard([localiser] {
        if (!localiser.isEmpty())
            qputenv("FLUKEPRINT_LOCALISER", localiser);
    });
    if (!workflows::shippedLocaliser())
        QSKIP("no localiser is shipped with this build");
    QVERIFY(m_window->createCatalogue(path("mine.flukeprint")));
    m_window->showPage(QStringLiteral("catalogue"));
    std::filesystem::copy(m_made.photos, path("season").toStdString()); // away from the table of boxes
    for (const int grey : {90, 128}) {
        QImage sea(640, 480, QImage::Format_RGB32);
        sea.fill(QColor(grey, grey, grey));
        QVERIFY(sea.save(path("season/sea%1.jpg").arg(grey)));
    }
    m_window->importPaths({path("season")});
    QTRY_COMPARE_WITH_TIMEOUT(shown(), m_made.photoCount + 2, 120'000);
    QTRY_VERIFY_WITH_TIMEOUT(jobsDone(), 120'000);
    trigger("actionImportReport");
    auto *mark = m_window->findChild<QPushButton *>(QStringLiteral("reportMarkUnusable"));
    QVERIFY(mark);
    QTest::mouseClick(mark, Qt::LeftButton);
    QTRY_VERIFY(!m_window->findChild<QDialog *>(QStringLiteral("reportDialog")));
    QStringList unusable;
    for (int row = 0; row < shown(); ++row) {
        const QModelIndex index = grid()->model()->index(row, 0);
        if (annotation(AnnotationId(index.data(AnnotationModel::IdRole).toLongLong())).state == catalogue::IdentityState::Unusable)
            unusable << index.data().toString();
    }
    QVERIFY2(unusable.contains(QStringLiteral("sea90.jpg")) && unusable.contains(QStringLiteral("sea128.jpg")),
             qPrintable(unusable.join(QLatin1Char(' '))));
    QVERIFY(unusable.size() < m_made.photoCount);
    // They need no second look, and all are taken back in one step.
    trigger("actionImportReport");
    QVERIFY(!m_window->findChild<QPushButton *>(QStringLiteral("reportMarkUnusable")));
    delete find<QDialog>("reportDialog");
    trigger("actionUndo");
    QVERIFY(!find<QAction>("actionUndo")->isEnabled());
    for (int row = 0; row < shown(); ++row)
        QVERIFY(annotation(AnnotationId(grid()->model()->index(row, 0).data(AnnotationModel::IdRole).toLongLong())).state
                != catalogue::IdentityState::Unusable);
}

QTEST_MAIN(TestShell)
#include "tst_ui_shell.moc"
