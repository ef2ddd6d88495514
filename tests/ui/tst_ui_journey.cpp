#include "core/catalogue/annotation_query.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/proposal_store.h"
#include "core/catalogue/run_store.h"
#include "core/demo/demo_photos.h"
#include "core/workflows/import_photos.h"
#include "core/workflows/models/model_registry.h"
#include "core/workflows/session.h"
#include "ui/settings/settings.h"
#include "ui/shell/main_window.h"
#include "ui/shell/pages.h"
#include "ui/training/run_chart.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPixmap>
#include <QPushButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

using namespace flukeprint;
using namespace flukeprint::ui;

namespace {

constexpr int jobMs = 120000;
constexpr int screenMs = 20000;
constexpr double farthest = 10; // no distance between normalised embeddings reaches it

} // namespace

/// A person's whole day in the real window with a real worker: review, undo, restart, training, cancel, resume, promote.
class TestJourney : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void opensTheDemo();
    void importsMoreAndOrdersByUncertainty();
    void decidesByKeyAndUndoes();
    void decisionsOutliveARestart();
    void showsWhatTrainingWouldSee();
    void trainsLiveCancelsAndResumes();
    void promotesTheNewModel();

private:
    void makeWindow();
    void openWindow();
    [[nodiscard]] QWidget *widget(const char *name) const { return m_window->findChild<QWidget *>(QLatin1String(name)); }
    void click(const char *name);
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
    [[nodiscard]] QString shownFile() const;
    [[nodiscard]] bool candidatesShown() const;
    [[nodiscard]] std::int64_t countOf(catalogue::IdentityState state) const;
    [[nodiscard]] std::vector<catalogue::Decision> newest(int limit) const;
    [[nodiscard]] catalogue::Run newestRun() const;
    [[nodiscard]] int lossPoints() const;
    /// How sure the serving model is of each photo under review, in the order "most uncertain first"; -1: no stored candidates.
    [[nodiscard]] std::vector<double> certainties() const;
    void checkOrderByUncertainty();

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    QString m_folder;
    std::int64_t m_openAtStart = 0;
};

void TestJourney::initTestCase()
{
    if (workflows::shippedModels().empty())
        QSKIP("no model is shipped with this build");
    m_dir = std::make_unique<QTemporaryDir>();
    // Where the demo will lie.
    qputenv("XDG_DATA_HOME", m_dir->path().toUtf8());
    m_settings = std::make_unique<Settings>(m_dir->filePath(QStringLiteral("settings.ini")));
    m_theme = std::make_unique<Theme>(qApp, ThemeChoice::Dark);
}

void TestJourney::cleanupTestCase() { m_window.reset(); }

void TestJourney::makeWindow()
{
    m_window.reset();
    m_window = std::make_unique<MainWindow>(*m_settings, *m_theme, standardPages());
    m_window->resize(1280, 800);
    m_window->show();
}

/// From the welcome page on: what somebody does who has just installed the program.
void TestJourney::opensTheDemo()
{
    makeWindow();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    click("welcome_actionOpenDemo");
    QVERIFY(m_window->session());
    m_folder = QString::fromStdString(m_window->session()->catalogue().folder().string());
    QVERIFY2(m_folder.startsWith(m_dir->path()), qPrintable(m_folder));
    const auto active = [this] { return catalogue::ModelStore(m_window->session()->catalogue()).active(); };
    QTRY_VERIFY_WITH_TIMEOUT(m_window->session()->galleryState() == workflows::GalleryState::Ready, 3 * jobMs);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->session()->jobs().activeCount(), 0, 3 * jobMs);
    QVERIFY(active().ok());
    QCOMPARE(catalogue::IndividualStore(m_window->session()->catalogue()).list()->size(), static_cast<std::size_t>(demo::DemoOptions().individuals));
    QVERIFY(countOf(catalogue::IdentityState::Proposed) > 10);
}

void TestJourney::openWindow()
{
    makeWindow();
    QVERIFY(m_window->openCatalogue(m_folder));
    m_window->showPage(QStringLiteral("review"));
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    // The shipped model is adopted and all flukes are embedded in the background.
    QTRY_VERIFY_WITH_TIMEOUT(m_window->session()->galleryState() == workflows::GalleryState::Ready, jobMs);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->session()->jobs().activeCount(), 0, jobMs);
}

void TestJourney::click(const char *name)
{
    QWidget *target = widget(name);
    QVERIFY2(target, name);
    QTRY_VERIFY2_WITH_TIMEOUT(target->isVisible() && target->isEnabled(), name, screenMs);
    QTest::mouseClick(target, Qt::LeftButton);
}

void TestJourney::press(Qt::Key key, Qt::KeyboardModifiers modifiers) { QTest::keyClick(m_window.get(), key, modifiers); }

QString TestJourney::shownFile() const { return widget("reviewFileName")->property("text").toString(); }

bool TestJourney::candidatesShown() const
{
    const QWidget *first = widget("candidate_1");
    return first && first->isVisible();
}

std::int64_t TestJourney::countOf(catalogue::IdentityState state) const
{
    catalogue::AnnotationFilter filter;
    filter.states = {state};
    return catalogue::AnnotationQuery(m_window->session()->catalogue()).count(filter).valueOr(-1);
}

std::vector<catalogue::Decision> TestJourney::newest(int limit) const
{
    catalogue::DecisionLog log(m_window->session()->catalogue(), QStringLiteral("tester"), catalogue::DecisionSource::Review);
    return log.newest(limit).valueOr({});
}

catalogue::Run TestJourney::newestRun() const
{
    const auto runs = catalogue::RunStore(m_window->session()->catalogue()).list();
    return runs.ok() && !runs->empty() ? runs->front() : catalogue::Run();
}

int TestJourney::lossPoints() const { return m_window->findChild<RunChart *>(QStringLiteral("lossChart"))->pointCount(0); }

std::vector<double> TestJourney::certainties() const
{
    catalogue::Catalogue &catalogue = m_window->session()->catalogue();
    const ModelId active = catalogue::ModelStore(catalogue).active()->id;
    std::vector<double> likeliest;
    const auto queue = catalogue::AnnotationQuery(catalogue).reviewQueue(catalogue::ReviewOrder::MostUncertain).valueOr({});
    for (const AnnotationId id : queue) {
        double best = -1;
        double nearest = farthest;
        const auto proposals = catalogue::ProposalStore(catalogue).get(active, id).valueOr({});
        for (const catalogue::Proposal &proposal : proposals) {
            best = std::max(best, proposal.probability.value_or(best));
            if (proposal.individual.isValid())
                nearest = std::min(nearest, proposal.distance);
        }
        // A model without a calibration knows distances alone: the farther, the less certain.
        likeliest.push_back(best < 0 && nearest < farthest ? 1 + farthest - nearest : best);
    }
    return likeliest;
}

void TestJourney::checkOrderByUncertainty()
{
    const std::vector<double> found = certainties();
    QVERIFY(!found.empty());
    QVERIFY2(found.front() >= 0, "photos under review have no stored candidates of the serving model");
    QVERIFY(std::is_sorted(found.begin(), found.end()));
    m_window->showPage(QStringLiteral("review"));
    m_window->findChild<QAction *>(QStringLiteral("reviewOrder_1"))->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(m_window->session()->jobs().activeCount(), 0, jobMs);
    catalogue::Catalogue &catalogue = m_window->session()->catalogue();
    const auto queue = catalogue::AnnotationQuery(catalogue).reviewQueue(catalogue::ReviewOrder::MostUncertain);
    const auto rows = catalogue::AnnotationQuery(catalogue).rows(*queue);
    QTRY_VERIFY_WITH_TIMEOUT(candidatesShown(), screenMs);
    // It begins with the least sure one, and Space leads to the next surer.
    QVERIFY(rows->size() > 1);
    QTRY_COMPARE_WITH_TIMEOUT(shownFile(), rows->front().fileName, screenMs);
    press(Qt::Key_Space);
    QTRY_COMPARE_WITH_TIMEOUT(shownFile(), (*rows)[1].fileName, screenMs);
    m_window->findChild<QAction *>(QStringLiteral("reviewOrder_0"))->trigger();
}

void TestJourney::importsMoreAndOrdersByUncertainty()
{
    openWindow();
    QCOMPARE(countOf(catalogue::IdentityState::Unidentified), std::int64_t {0});
    const std::int64_t before = countOf(catalogue::IdentityState::Proposed);
    QVERIFY(before > 0);

    demo::DemoOptions options;
    options.individuals = 2;
    options.photosPerIndividual = 3;
    options.seed = 12;
    const auto drawn = demo::writeDemoPhotos(m_dir->filePath(QStringLiteral("more")).toStdString(), options);
    QVERIFY(drawn.ok());
    QStringList files;
    for (const auto &entry : std::filesystem::directory_iterator(drawn->photosFolder))
        files << QString::fromStdString(entry.path().string());
    m_window->importPaths(files);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->session()->jobs().activeCount(), 0, jobMs);
    QCOMPARE(countOf(catalogue::IdentityState::Unidentified), std::int64_t {0});
    QCOMPARE(countOf(catalogue::IdentityState::Proposed), before + files.size());
    checkOrderByUncertainty();
}

void TestJourney::decidesByKeyAndUndoes()
{
    openWindow();
    m_openAtStart = countOf(catalogue::IdentityState::Unidentified) + countOf(catalogue::IdentityState::Proposed);
    QVERIFY(m_openAtStart >= 5);
    const std::int64_t identified = countOf(catalogue::IdentityState::Identified);

    for (int i = 0; i < 2; ++i) {
        QTRY_VERIFY_WITH_TIMEOUT(candidatesShown(), screenMs);
        const QString before = shownFile();
        press(Qt::Key_1);
        QTRY_VERIFY_WITH_TIMEOUT(shownFile() != before, screenMs);
    }
    QCOMPARE(countOf(catalogue::IdentityState::Identified), identified + 2);
    QCOMPARE(newest(1).front().kind, catalogue::DecisionKind::Confirm);
    QVERIFY(newest(1).front().evidence.distance.has_value());

    const auto individuals = catalogue::IndividualStore(m_window->session()->catalogue()).list();
    QVERIFY(individuals.ok() && !individuals->empty());
    const QString code = individuals->back().code;
    QTRY_VERIFY_WITH_TIMEOUT(candidatesShown(), screenMs);
    QString before = shownFile();
    press(Qt::Key_R);
    auto *field = m_window->findChild<QLineEdit *>(QStringLiteral("relabelField"));
    QTRY_VERIFY_WITH_TIMEOUT(field && field->isVisible() && field->hasFocus(), screenMs);
    QTest::keyClicks(field, code);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(shownFile() != before, screenMs);
    QCOMPARE(newest(1).front().kind, catalogue::DecisionKind::Relabel);
    QCOMPARE(newest(1).front().individualCode, code);

    QTRY_VERIFY_WITH_TIMEOUT(candidatesShown(), screenMs);
    before = shownFile();
    press(Qt::Key_N);
    QTRY_VERIFY_WITH_TIMEOUT(shownFile() != before, screenMs);
    QCOMPARE(newest(1).front().kind, catalogue::DecisionKind::NewIndividual);
    QCOMPARE(countOf(catalogue::IdentityState::Identified), identified + 4);

    press(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE_WITH_TIMEOUT(countOf(catalogue::IdentityState::Identified), identified + 3, screenMs);
    QTRY_COMPARE_WITH_TIMEOUT(shownFile(), before, screenMs);
}

void TestJourney::decisionsOutliveARestart()
{
    if (!m_window)
        QSKIP("nothing was decided");
    const std::int64_t identified = countOf(catalogue::IdentityState::Identified);
    openWindow();
    QCOMPARE(countOf(catalogue::IdentityState::Identified), identified);
    press(Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE_WITH_TIMEOUT(countOf(catalogue::IdentityState::Identified), identified - 1, screenMs);
    press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE_WITH_TIMEOUT(countOf(catalogue::IdentityState::Identified), identified, screenMs);
}

void TestJourney::showsWhatTrainingWouldSee()
{
    if (!m_window)
        QSKIP("no catalogue is open");
    m_window->showPage(QStringLiteral("training"));
    click("previewAugmentation");
    QTRY_VERIFY_WITH_TIMEOUT(widget("augmentationDialog"), jobMs);
    const QPixmap sheet = widget("augmentationDialog")->findChild<QLabel *>(QStringLiteral("augmentationSheet"))->pixmap();
    QVERIFY(sheet.width() > sheet.height() / 2 && sheet.height() > 100);
    widget("augmentationDialog")->close();
    QTRY_VERIFY(!widget("augmentationDialog"));
    m_window->activateWindow(); // where no window manager does
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QVERIFY(newestRun().id.value == 0); // a look is no run
}

void TestJourney::trainsLiveCancelsAndResumes()
{
    if (!m_window)
        QSKIP("no catalogue is open");
    m_window->showPage(QStringLiteral("training"));
    const auto set = [this](const char *name, int value) {
        auto *box = m_window->findChild<QSpinBox *>(QLatin1String(name));
        QVERIFY2(box, name);
        box->setValue(value);
    };
    set("setting_epochs", 4);
    set("setting_input_width", 96);
    set("setting_input_height", 48);
    set("setting_individuals_per_batch", 4);
    click("startTraining");
    QTRY_VERIFY_WITH_TIMEOUT(lossPoints() > 0, jobMs);
    // Paused it stands still, and goes on where it was.
    click("pauseRun");
    QTRY_VERIFY_WITH_TIMEOUT(widget("resumeRun")->isVisible(), screenMs);
    int paused = -1; // until what was on its way has arrived
    const auto silent = [this, &paused] {
        const int before = std::exchange(paused, lossPoints());
        QTest::qWait(1000);
        return before == lossPoints();
    };
    QTRY_VERIFY_WITH_TIMEOUT(silent(), jobMs);
    QVERIFY2(newestRun().state != catalogue::RunState::Finished, "it went on to its end");
    click("resumeRun");
    QTRY_VERIFY_WITH_TIMEOUT(lossPoints() > paused, jobMs);
    click("cancelRun");
    QTRY_COMPARE_WITH_TIMEOUT(newestRun().state, catalogue::RunState::Cancelled, jobMs);
    const int before = lossPoints();
    QVERIFY(before > 0);
    click("resumeRun");
    QTRY_COMPARE_WITH_TIMEOUT(newestRun().state, catalogue::RunState::Finished, jobMs);
    QVERIFY(newestRun().model.isValid());
    QVERIFY(lossPoints() >= before);
    QVERIFY(!catalogue::RunStore(m_window->session()->catalogue()).series(newestRun().id, QStringLiteral("loss_train"))->empty());
}

void TestJourney::promotesTheNewModel()
{
    if (!m_window || newestRun().state != catalogue::RunState::Finished)
        QSKIP("there is no finished run");
    const ModelId trained = newestRun().model;
    QVERIFY(catalogue::ModelStore(m_window->session()->catalogue()).active()->id != trained);
    click("promoteRun");
    QTRY_VERIFY_WITH_TIMEOUT(catalogue::ModelStore(m_window->session()->catalogue()).active()->id == trained, jobMs);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->session()->galleryState() == workflows::GalleryState::Ready, jobMs);
    m_window->showPage(QStringLiteral("review"));
    QTRY_VERIFY_WITH_TIMEOUT(candidatesShown(), screenMs);
    // The old model's candidates are gone; the new one's are there without anybody asking.
    QTRY_COMPARE_WITH_TIMEOUT(m_window->session()->jobs().activeCount(), 0, jobMs);
    QCOMPARE(countOf(catalogue::IdentityState::Unidentified), std::int64_t {0});
    checkOrderByUncertainty();
}

QTEST_MAIN(TestJourney)
#include "tst_ui_journey.moc"
