// Popups, the list of jobs, file choosers, the demo, and where the focus is: what the window gives to all pages.
#include "core/jobs/thread_job.h"
#include "tests/ui/window_bench.h"
#include "ui/dialogs/file_dialog.h"
#include "ui/widgets/pill.h"

#include <QToolButton>

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
    void windowOpensWithTheFocusOnItsPage();

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
    const QRect window(m_window->mapToGlobal(QPoint()), m_window->size());
    addJobs(30); // while it is open
    QTRY_COMPARE(list->findChildren<QWidget *>(QStringLiteral("jobRow")).size(), 33);
    QTRY_VERIFY(jobsDone());
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

QTEST_MAIN(TestShell)
#include "tst_ui_shell.moc"
