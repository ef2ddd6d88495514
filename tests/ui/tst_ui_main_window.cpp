#include "core/catalogue/annotation_store.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/encounter_merges.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/individual_store.h"
#include "core/workflows/import_photos.h"
#include "core/workflows/session.h"
#include "tests/ui/small_catalogue.h"
#include "ui/dialogs/file_dialog.h"
#include "ui/dialogs/message_box.h"
#include "ui/dialogs/report_dialog.h"
#include "ui/models/annotation_model.h"
#include "ui/models/individual_model.h"
#include "ui/shell/main_window.h"
#include "ui/shell/pages.h"
#include "ui/widgets/grid_view.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/pill.h"

#include <QApplication>
#include <QDir>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QLockFile>
#include <QMenuBar>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <map>
#include <memory>

using namespace flukeprint;
using namespace flukeprint::ui;

/// Drives the real window by object names, with a catalogue and settings of its own for each test.
class TestMainWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void startsOnTheWelcomePage();
    void everyWidgetThatCanBePressedHasAName();
    void makesACatalogueAndImportsAFolder();
    void droppedPhotosAreImported();
    void unreadableCatalogueLeavesTheOldOneOpen();
    void lockedCatalogueIsOfferedForReading();
    void gridFollowsTheFilters();
    void relabelCanBeUndoneAndSurvivesARestart();
    void severalPhotosBecomeOneNewIndividualInOneStep();
    void unusablePhotosAreMarkedAndRestored();
    void boxIsEditedSavedAndUndone();
    void aSearchNeverTakesTheBoxThatIsEdited();
    void joinedEncountersArePartedFromTheMenu();
    void joinedEncountersStandInTheReport();
    void boxBecomesTheWholePhoto();
    void individualIsRenamedAndTheOldCodeStillFindsIt();
    void renamedIndividualIsCalledSoBesideItsPhotos();
    void refusedCodeLeavesTheOldOne();
    void newestEditIsUndoneFirst();
    void individualLeadsToItsPhotos();
    void windowRemembersPageAndTheme();
    void exportWritesTheTable();

private:
    template<typename T>
    T *find(const char *name) const
    {
        T *found = m_window->findChild<T *>(QString::fromLatin1(name));
        if (!found)
            qWarning("no widget named %s", name);
        return found;
    }
    void trigger(const char *action) const { find<QAction>(action)->trigger(); }
    void openWindow();
    void openSmall();
    bool jobsDone() const { return m_window->session()->jobs().activeCount() == 0; }
    GridView *grid() const { return find<GridView>("catalogueGrid"); }
    int shown() const { return grid()->model()->rowCount(); }
    AnnotationId current() const { return AnnotationId(grid()->currentIndex().data(AnnotationModel::IdRole).toLongLong()); }
    catalogue::Annotation annotation(AnnotationId id) const
    {
        return catalogue::AnnotationStore(m_window->session()->catalogue()).get(id).value();
    }
    QString path(const char *name) const { return m_dir->filePath(QString::fromLatin1(name)); }
    /// Fills the picker that the next action opens.
    void answerPicker(const QString &text) const;

    QTemporaryDir m_template;
    testing::SmallCatalogue m_made;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<MainWindow> m_window;
};

void TestMainWindow::initTestCase()
{
    // The worker is other tests' matter; here nothing may wait for it.
    qputenv("FLUKEPRINT_MODELS", m_template.filePath(QStringLiteral("no models")).toUtf8());
    auto made = testing::makeSmallCatalogue(m_template.path().toStdString());
    QVERIFY2(made.ok(), made.ok() ? "" : made.error().debugText().c_str());
    m_made = made.value();
    m_theme = std::make_unique<Theme>(qApp, ThemeChoice::Dark);
}

void TestMainWindow::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_settings = std::make_unique<Settings>(path("settings.ini"));
    std::filesystem::copy(m_made.folder, path("small.flukeprint").toStdString(), std::filesystem::copy_options::recursive);
    openWindow();
}

void TestMainWindow::cleanup()
{
    m_window.reset();
    m_settings.reset();
    m_dir.reset();
    m_theme->setChoice(ThemeChoice::Dark);
}

void TestMainWindow::openWindow()
{
    m_window.reset();
    m_window = std::make_unique<MainWindow>(*m_settings, *m_theme, standardPages());
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void TestMainWindow::openSmall()
{
    QVERIFY(m_window->openCatalogue(path("small.flukeprint")));
    m_window->showPage(QStringLiteral("catalogue"));
    QTRY_COMPARE(shown(), m_made.photoCount);
}

void TestMainWindow::answerPicker(const QString &text) const
{
    QTimer::singleShot(0, m_window.get(), [text] {
        QWidget *picker = QApplication::activeModalWidget();
        QVERIFY(picker);
        picker->findChild<QLineEdit *>(QStringLiteral("individualPickerEdit"))->setText(text);
        QTest::mouseClick(picker->findChild<QPushButton *>(QStringLiteral("individualPickerAccept")), Qt::LeftButton);
    });
}

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

void TestMainWindow::relabelCanBeUndoneAndSurvivesARestart()
{
    openSmall();
    const AnnotationId id = current();
    const IndividualId before = annotation(id).individual;
    answerPicker(QStringLiteral("ZZ-new"));
    trigger("actionRelabelSelected");
    const IndividualId made = annotation(id).individual;
    QVERIFY(made.isValid() && made != before);
    QVERIFY(find<QAction>("actionUndo")->text().contains(QStringLiteral("ZZ-new")));

    openWindow(); // closes the old window and its session first
    openSmall();
    QCOMPARE(annotation(id).individual, made);
    QVERIFY(find<QAction>("actionUndo")->isEnabled());
    trigger("actionUndo");
    QCOMPARE(annotation(id).individual, before);
    trigger("actionRedo");
    QCOMPARE(annotation(id).individual, made);
}

void TestMainWindow::severalPhotosBecomeOneNewIndividualInOneStep()
{
    openSmall();
    grid()->setFocus();
    QTest::keyClick(grid(), Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(grid(), Qt::Key_Right, Qt::ShiftModifier);
    std::map<AnnotationId, IndividualId> before;
    for (const QModelIndex &index : grid()->selectionModel()->selectedIndexes()) {
        const AnnotationId id(index.data(AnnotationModel::IdRole).toLongLong());
        before[id] = annotation(id).individual;
    }
    QCOMPARE(before.size(), std::size_t {3});
    catalogue::IndividualStore individuals(m_window->session()->catalogue());
    answerPicker(QStringLiteral("ZZ-three"));
    trigger("actionRelabelSelected");
    const auto made = individuals.find(QStringLiteral("ZZ-three"));
    QVERIFY(made.ok() && made->has_value());
    const IndividualId founded = (*made)->id;
    for (const auto &[id, individual] : before)
        QCOMPARE(annotation(id).individual, founded);
    QVERIFY(find<QAction>("actionUndo")->text().contains(QStringLiteral("ZZ-three")));

    trigger("actionUndo");
    for (const auto &[id, individual] : before)
        QCOMPARE(annotation(id).individual, individual);
    QVERIFY(individuals.get(founded)->retired);
    QVERIFY(!find<QAction>("actionUndo")->isEnabled());
    trigger("actionRedo");
    for (const auto &[id, individual] : before)
        QCOMPARE(annotation(id).individual, founded);
    QVERIFY(!individuals.get(founded)->retired);
}

void TestMainWindow::unusablePhotosAreMarkedAndRestored()
{
    openSmall();
    grid()->setFocus();
    QTest::keyClick(grid(), Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(grid()->selectionModel()->selectedIndexes().size(), 2);
    QTest::keyClick(grid(), Qt::Key_X);
    trigger("state_unusable");
    QTRY_COMPARE(shown(), 2);
    // Undo stands beside the message, and takes both back as one step.
    QTest::mouseClick(find<QPushButton>("toastAction"), Qt::LeftButton);
    QTRY_COMPARE(shown(), 0);
    trigger("state_unusable");
    QTRY_COMPARE(shown(), m_made.photoCount);
}

void TestMainWindow::aSearchNeverTakesTheBoxThatIsEdited()
{
    openSmall();
    const AnnotationId id = current();
    const catalogue::RotatedBox before = annotation(id).box;
    auto *view = find<ImageView>("detailPhoto");
    QTRY_VERIFY(view->hasImage());
    trigger("actionEditBox");
    QTest::keyClick(view, Qt::Key_Right);
    const QString other = grid()->model()->index(3, 0).data().toString();
    QTest::keyClicks(find<QLineEdit>("catalogueSearch"), other);
    QTRY_COMPARE(shown(), 1);
    QVERIFY(view->isBoxEditable());
    QTest::mouseClick(find<QPushButton>("boxSave"), Qt::LeftButton);
    QVERIFY(annotation(id).box.centreXPx > before.centreXPx);
    // What was searched for comes on show once the box is saved.
    QTRY_COMPARE(find<QLabel>("detailFileName")->text(), other);
}

void TestMainWindow::joinedEncountersArePartedFromTheMenu()
{
    openSmall();
    QVERIFY(!find<QAction>("actionPartEncounters")->isEnabled());
    catalogue::Catalogue &catalogue = m_window->session()->catalogue();
    const auto rows = catalogue::EncounterStore(catalogue).list().value();
    QVERIFY(rows.size() >= 2);
    catalogue::EncounterMerges merges(catalogue, QStringLiteral("import"));
    QVERIFY(merges.merge(rows[0].encounter.id, rows[1].encounter.id, QStringLiteral("between.jpg")).ok());
    m_window->session()->notePhotosChanged();
    auto *part = find<QAction>("actionPartEncounters");
    QVERIFY(part->isEnabled());
    QVERIFY(part->text().contains(rows[0].encounter.code) && part->text().contains(rows[1].encounter.code));
    part->trigger();
    QCOMPARE(catalogue::EncounterStore(catalogue).list()->size(), rows.size());
    QVERIFY(!merges.newest().value());
    QVERIFY(!part->isEnabled());
    QVERIFY(find<QLabel>("toastText")->text().contains(rows[0].encounter.code));
}

void TestMainWindow::joinedEncountersStandInTheReport()
{
    workflows::ImportReport report;
    report.mergedEncounters = 3;
    const std::unique_ptr<ReportDialog> dialog(ReportDialog::forImport(report, nullptr));
    QVERIFY(dialog->findChild<QLabel *>(QStringLiteral("reportSummary"))->text().contains(QStringLiteral("3 encounters")));
}

void TestMainWindow::boxIsEditedSavedAndUndone()
{
    openSmall();
    const AnnotationId id = current();
    const catalogue::Annotation before = annotation(id);
    auto *view = find<ImageView>("detailPhoto");
    QTRY_VERIFY(view->hasImage());
    trigger("actionEditBox");
    QVERIFY(view->isBoxEditable());
    QTest::keyClick(view, Qt::Key_Right);
    QTest::keyClick(view, Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(annotation(id).box, before.box); // not before it is saved
    QTest::mouseClick(find<QPushButton>("boxSave"), Qt::LeftButton);
    const catalogue::Annotation after = annotation(id);
    QCOMPARE(after.box.angleDeg, before.box.angleDeg + 1);
    QVERIFY(after.box.centreXPx > before.box.centreXPx);
    QVERIFY(after.boxRevision > before.boxRevision);
    QCOMPARE(after.boxSource, catalogue::BoxSource::Manual);
    trigger("actionUndo");
    QCOMPARE(annotation(id).box, before.box);
    trigger("actionRedo");
    QCOMPARE(annotation(id).box, after.box);

    trigger("actionEditBox");
    QTest::keyClick(view, Qt::Key_Down);
    QTest::keyClick(view, Qt::Key_Escape);
    QVERIFY(!view->isBoxEditable());
    QCOMPARE(*view->box(), after.box);
    QCOMPARE(annotation(id).box, after.box);
}

void TestMainWindow::boxBecomesTheWholePhoto()
{
    openSmall();
    const AnnotationId id = current();
    const catalogue::RotatedBox before = annotation(id).box;
    auto *view = find<ImageView>("detailPhoto");
    QTRY_VERIFY(view->hasImage());
    QVERIFY(!find<QPushButton>("boxWholePhoto")->isVisible());
    trigger("actionEditBox");
    QTest::keyClick(view, Qt::Key_Right, Qt::ControlModifier); // so that the angle has to go back too
    QTest::mouseClick(find<QPushButton>("boxWholePhoto"), Qt::LeftButton);
    QVERIFY(view->isBoxEditable());
    QCOMPARE(annotation(id).box, before); // not before it is saved
    QTest::mouseClick(find<QPushButton>("boxSave"), Qt::LeftButton);
    const QSizeF size = view->photoSize();
    const catalogue::RotatedBox whole {size.width() / 2, size.height() / 2, size.width(), size.height(), 0};
    QCOMPARE(annotation(id).box, whole);
    trigger("actionUndo");
    QCOMPARE(annotation(id).box, before);
    trigger("actionRedo");
    QCOMPARE(annotation(id).box, whole);
}

void TestMainWindow::individualIsRenamedAndTheOldCodeStillFindsIt()
{
    openSmall();
    m_window->showPage(QStringLiteral("individuals"));
    auto *list = find<QListView>("individualsList");
    QCOMPARE(list->model()->rowCount(), m_made.individualCount);
    const QString oldCode = list->currentIndex().data().toString();
    auto *code = find<QLineEdit>("individualCode");
    QCOMPARE(code->text(), oldCode);
    code->setFocus();
    code->selectAll();
    QTest::keyClicks(code, QStringLiteral("CRC-00042"));
    QTest::keyClick(code, Qt::Key_Return);
    catalogue::IndividualStore store(m_window->session()->catalogue());
    const auto found = store.find(oldCode);
    QVERIFY(found.ok() && found.value().has_value());
    QCOMPARE(found.value()->code, QStringLiteral("CRC-00042"));
    QCOMPARE(list->currentIndex().data().toString(), QStringLiteral("CRC-00042"));

    trigger("actionUndo");
    QCOMPARE(code->text(), oldCode);
    QVERIFY(!store.find(QStringLiteral("CRC-00042")).value().has_value());
    trigger("actionRedo");
    QCOMPARE(code->text(), QStringLiteral("CRC-00042"));
    QCOMPARE(store.find(oldCode).value()->code, QStringLiteral("CRC-00042"));
}

void TestMainWindow::renamedIndividualIsCalledSoBesideItsPhotos()
{
    openSmall();
    catalogue::IndividualStore store(m_window->session()->catalogue());
    IndividualId shownOne;
    for (int row = 0; row < shown() && !shownOne.isValid(); ++row) {
        grid()->setCurrentIndex(grid()->model()->index(row, 0));
        shownOne = annotation(current()).individual;
    }
    const auto individual = store.get(shownOne);
    QVERIFY(individual.ok());
    auto *identity = find<Pill>("detailIdentity");
    QCOMPARE(identity->text(), individual.value().code);

    m_window->showPage(QStringLiteral("individuals"));
    auto *list = find<QListView>("individualsList");
    const auto row = list->model()->match(list->model()->index(0, 0), Qt::DisplayRole, individual.value().code, 1, Qt::MatchExactly);
    QCOMPARE(row.size(), 1);
    list->setCurrentIndex(row.front());
    auto *code = find<QLineEdit>("individualCode");
    code->setFocus();
    code->selectAll();
    QTest::keyClicks(code, QStringLiteral("CRC-00043"));
    QTest::keyClick(code, Qt::Key_Return);
    QCOMPARE(identity->text(), QStringLiteral("CRC-00043"));
}

void TestMainWindow::refusedCodeLeavesTheOldOne()
{
    openSmall();
    m_window->showPage(QStringLiteral("individuals"));
    auto *list = find<QListView>("individualsList");
    const QString first = list->model()->index(0, 0).data().toString();
    const QString second = list->model()->index(1, 0).data().toString();
    auto *code = find<QLineEdit>("individualCode");
    MessageBox::setNextAnswer(QMessageBox::Ok);
    code->setFocus();
    code->selectAll();
    QTest::keyClicks(code, second);
    QTest::keyClick(code, Qt::Key_Return);
    QVERIFY(MessageBox::lastText().contains(second));
    QCOMPARE(code->text(), first);
    QVERIFY(!find<QAction>("actionUndo")->isEnabled());
}

void TestMainWindow::newestEditIsUndoneFirst()
{
    openSmall();
    const AnnotationId id = current();
    const IndividualId identity = annotation(id).individual;
    trigger("actionMarkUnusable");
    m_window->showPage(QStringLiteral("individuals"));
    auto *name = find<QLineEdit>("individualName");
    name->setFocus();
    QTest::keyClicks(name, QStringLiteral("Salt"));
    QTest::keyClick(name, Qt::Key_Return);
    trigger("actionUndo"); // the name
    QVERIFY(name->text().isEmpty());
    QCOMPARE(annotation(id).state, catalogue::IdentityState::Unusable);
    trigger("actionUndo"); // then the decision
    QCOMPARE(annotation(id).individual, identity);
    QCOMPARE(annotation(id).state, catalogue::IdentityState::Identified);
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

QTEST_MAIN(TestMainWindow)
#include "tst_ui_main_window.moc"
