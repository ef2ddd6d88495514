// What dialogs say and do beside their errand: reports, keys, the picker of individuals, the import dialog, questions.
#include "core/catalogue/individual_store.h"
#include "core/workflows/import_photos.h"
#include "tests/ui/unnamed_widgets.h"
#include "tests/ui/window_bench.h"
#include "ui/dialogs/about_dialog.h"
#include "ui/dialogs/import_dialog.h"
#include "ui/dialogs/individual_picker.h"
#include "ui/dialogs/keys_dialog.h"
#include "ui/dialogs/message_box.h"
#include "ui/dialogs/report_dialog.h"
#include "ui/text/decision_text.h"
#include "ui/text/messages.h"

#include <QClipboard>
#include <QFile>
#include <QPlainTextEdit>
#include <QPointer>
#include <QScrollArea>
#include <QSysInfo>
#include <QTableWidget>

using namespace flukeprint;
using namespace flukeprint::ui;

class TestDialogs : public WindowBench
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { makeTemplate(); }
    void init() { start(); }
    void cleanup() { stop(); }

    void everyWidgetOfADialogHasAName();
    void reportsCloseByDefault();
    void missingPhotosAreOneLineAFolder();
    void countsOfOneAreSingular();
    void keysAreSeenAtOnceAndNameTheirPage();
    void aSlipOfTheFingerMakesNobody();
    void aCodeThatCannotBeIsSaidInThePicker();
    void theImportDialogSaysWhichTableItFound();
    void aFolderWithoutPhotosIsSaidAfterTheJob();
    void errorsAreInWords();
    void mergingTakesTheNotesAlong();
    void theFirstAliasMovesNothing();
    void pagesShareOneSmallestSize();
    void theTrainingColumnKeepsItsWidth();
};

void TestDialogs::everyWidgetOfADialogHasAName()
{
    const auto check = [](const QWidget &dialog) { QCOMPARE(unnamedWidgets(&dialog), QStringList()); };
    check(AboutDialog(m_window.get()));
    check(KeysDialog(m_window->menuBar(), m_window.get()));
    check(ImportDialog({path("cards/a"), path("cards/labels.csv")}, m_window.get()));
    check(IndividualPicker(m_window->session()->catalogue(), QStringLiteral("Relabel"), true, m_window.get()));
    const std::unique_ptr<ReportDialog> report(ReportDialog::forImport({}, m_window.get()));
    check(*report);
    QTimer::singleShot(0, m_window.get(), [&check] {
        QWidget *dialog = QApplication::activeModalWidget();
        QVERIFY(dialog);
        QCOMPARE(dialog->objectName(), QStringLiteral("preferencesDialog"));
        check(*dialog);
        dialog->close();
    });
    trigger("actionPreferences");
}

void TestDialogs::reportsCloseByDefault()
{
    workflows::ImportReport report;
    report.photos = 1;
    report.unmatchedLabelCount = 1;
    QPointer<ReportDialog> dialog = ReportDialog::forImport(report, m_window.get());
    dialog->open();
    QVERIFY(dialog->findChild<QPushButton *>(QStringLiteral("reportClose"))->isDefault());
    QVERIFY(!dialog->findChild<QPushButton *>(QStringLiteral("reportCopy"))->autoDefault());
    QApplication::clipboard()->setText(QStringLiteral("mine"));
    QTest::keyClick(dialog, Qt::Key_Return);
    QTRY_VERIFY(!dialog);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("mine"));
}

void TestDialogs::missingPhotosAreOneLineAFolder()
{
    std::vector<catalogue::Finding> findings {{"schema_changed", {"index", "photo_missing"}}};
    for (int i = 0; i < 500; ++i)
        findings.push_back({"photo_missing", {std::to_string(i), "/card/season/IMG_" + std::to_string(i) + ".jpg"}});
    findings.push_back({"photo_missing", {"900", "/card/other/a.jpg"}});
    const QStringList texts = findingTexts(findings);
    QCOMPARE(texts.size(), 3);
    QCOMPARE(texts[0], findingText(findings[0]));
    for (const char *part : {"500 photos", "season", "IMG_0.jpg", "IMG_2.jpg", "\u2026"})
        QVERIFY2(texts[1].contains(QString::fromUtf8(part)), qPrintable(texts[1]));
    QVERIFY2(!texts[1].contains(QStringLiteral("IMG_3.jpg")), qPrintable(texts[1]));
    QVERIFY2(texts[2].startsWith(QStringLiteral("1 photo not")) && texts[2].contains(QStringLiteral("it lies")), qPrintable(texts[2]));

    QCOMPARE(findingText({"projection_annotation", {"5", "unusable", "", "proposed", "", "a.jpg"}, {}}),
             QStringLiteral("a.jpg (photo entry 5) says unusable, but the decisions say proposed."));

    // Only a person brings photos back, so no repair is offered for them; Copy still has every file.
    catalogue::IntegrityReport report;
    report.findings.assign(findings.begin() + 1, findings.end());
    std::unique_ptr<ReportDialog> dialog(ReportDialog::forIntegrity(report, m_window.get()));
    QVERIFY(!dialog->findChild<QLabel *>(QStringLiteral("reportSummary"))->text().contains(QStringLiteral("Repair")));
    dialog->findChild<QPushButton *>(QStringLiteral("reportCopy"))->click();
    QCOMPARE(QApplication::clipboard()->text().count(QStringLiteral(".jpg")), 501);
    // The sentence is seen whole.
    dialog->show();
    const auto *table = dialog->findChild<QTableWidget *>();
    QTRY_VERIFY(table->rowHeight(0) >= 2 * table->fontMetrics().lineSpacing());
    report.findings = findings;
    dialog.reset(ReportDialog::forIntegrity(report, m_window.get()));
    QVERIFY(dialog->findChild<QLabel *>(QStringLiteral("reportSummary"))->text().contains(QStringLiteral("Repair")));
}

void TestDialogs::countsOfOneAreSingular()
{
    workflows::ImportReport report;
    report.photos = 1;
    report.unmatchedLabelCount = 1;
    report.known = 2;
    std::unique_ptr<ReportDialog> dialog(ReportDialog::forImport(report, m_window.get()));
    QCOMPARE(dialog->findChild<QLabel *>(QStringLiteral("reportSummary"))->text(),
             QStringLiteral("1 photo imported. 2 were known already. 1 label had no photo."));
}

void TestDialogs::keysAreSeenAtOnceAndNameTheirPage()
{
    openSmall();
    QTimer::singleShot(0, m_window.get(), [] {
        QWidget *dialog = QApplication::activeModalWidget();
        QVERIFY(dialog);
        QTRY_VERIFY(dialog->isVisible());
        QVERIFY(!dialog->findChild<QScrollArea *>());
        QVERIFY2(dialog->width() <= 1200 && dialog->height() <= 720,
                 qPrintable(QStringLiteral("%1 x %2").arg(dialog->width()).arg(dialog->height())));
        QStringList titles;
        for (const QLabel *label : dialog->findChildren<QLabel *>()) {
            QVERIFY2(label->width() >= label->sizeHint().width(), qPrintable(label->text()));
            if (label->property("role").toString() == QStringLiteral("cardTitle"))
                titles << label->text();
        }
        for (const char *title : {"Everywhere", "Catalogue", "Review", "Training", "On a photo"})
            QVERIFY2(titles.contains(QString::fromLatin1(title)), title);
        dialog->close();
    });
    trigger("actionKeys");
}

void TestDialogs::aSlipOfTheFingerMakesNobody()
{
    openSmall();
    IndividualPicker picker(m_window->session()->catalogue(), QStringLiteral("Relabel"), true, m_window.get());
    picker.show();
    QVERIFY(QTest::qWaitForWindowExposed(&picker));
    auto *edit = picker.findChild<QLineEdit *>(QStringLiteral("individualPickerEdit"));
    const auto *create = picker.findChild<QPushButton *>(QStringLiteral("individualPickerCreate"));
    QVERIFY(!create->isVisible());
    QTest::keyClicks(edit, QStringLiteral("nobody has this"));
    QVERIFY(create->isVisible() && create->text().contains(QStringLiteral("nobody has this")));
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(picker.isVisible());
    // Somebody who is known is never made anew.
    const QString known = catalogue::IndividualStore(m_window->session()->catalogue()).list()->front().code;
    edit->setText(known);
    QTest::keyClick(edit, Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(picker.isVisible() && !create->isVisible());
    // A new code that others begin with: their completion is on offer and is not taken.
    edit->clear();
    QTest::keyClicks(edit, known.left(known.size() - 1));
    QWidget *popup = QApplication::activePopupWidget();
    QVERIFY(popup);
    QTest::keyClick(popup, Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!picker.isVisible());
    QCOMPARE(picker.choice().newCode, known.left(known.size() - 1));
    QCOMPARE(edit->text(), known.left(known.size() - 1));
    picker.show();
    edit->setText(QStringLiteral("nobody has this"));
    QTest::keyClick(edit, Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!picker.isVisible());
    QCOMPARE(picker.result(), static_cast<int>(QDialog::Accepted));
    QCOMPARE(picker.choice().newCode, QStringLiteral("nobody has this"));
    QVERIFY(!picker.choice().individual.isValid());
}

void TestDialogs::aCodeThatCannotBeIsSaidInThePicker()
{
    openSmall();
    IndividualPicker picker(m_window->session()->catalogue(), QStringLiteral("Relabel"), true, m_window.get());
    picker.show();
    auto *edit = picker.findChild<QLineEdit *>(QStringLiteral("individualPickerEdit"));
    const auto *accept = picker.findChild<QPushButton *>(QStringLiteral("individualPickerAccept"));
    edit->setText(QString(65, QLatin1Char('x')));
    QVERIFY(!accept->isEnabled());
    QVERIFY(picker.findChild<QLabel *>(QStringLiteral("individualPickerHint"))->text().contains(QStringLiteral("65")));
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(picker.isVisible());
    QCOMPARE(edit->text().size(), 65);
    const auto *create = picker.findChild<QPushButton *>(QStringLiteral("individualPickerCreate"));
    QVERIFY(!create->isEnabled());
    edit->setText(QString(64, QLatin1Char('x')));
    QVERIFY(create->isEnabled());
    // A merge is confirmed by its own word, and never makes anybody.
    IndividualPicker merge(m_window->session()->catalogue(), QStringLiteral("Merge"), false, m_window.get(), QStringLiteral("Merge"));
    QCOMPARE(merge.findChild<QPushButton *>(QStringLiteral("individualPickerAccept"))->text(), QStringLiteral("Merge"));
    merge.show();
    auto *into = merge.findChild<QLineEdit *>(QStringLiteral("individualPickerEdit"));
    into->setText(QStringLiteral("nobody"));
    QTest::keyClick(into, Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(merge.isVisible());
}

void TestDialogs::theImportDialogSaysWhichTableItFound()
{
    QVERIFY(QDir().mkpath(path("cards/a")));
    QFile table(path("cards/labels.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write("Image,Id\na.jpg,w_1\n");
    table.close();
    ImportDialog dialog({path("cards/a")}, m_window.get());
    dialog.show();
    auto *labels = dialog.findChild<QLineEdit *>(QStringLiteral("labelsTable"));
    QCOMPARE(labels->text(), path("cards/labels.csv"));
    QCOMPARE(labels->selectedText(), labels->text());
    const auto *found = dialog.findChild<QLabel *>(QStringLiteral("labelsTableFound"));
    QVERIFY(found && found->isVisible());
    QVERIFY2(found->text().contains(QStringLiteral("labels.csv")) && found->text().contains(QStringLiteral("beside")), qPrintable(found->text()));
    QTest::keyClicks(labels, QStringLiteral("x"));
    QCOMPARE(labels->text(), QStringLiteral("x"));
    QVERIFY(!found->isVisible());
    // One that was chosen was not found.
    ImportDialog chosen({path("cards/a"), path("cards/labels.csv")}, m_window.get());
    QVERIFY(!chosen.findChild<QLabel *>(QStringLiteral("labelsTableFound")));
}

void TestDialogs::aFolderWithoutPhotosIsSaidAfterTheJob()
{
    QVERIFY(m_window->createCatalogue(path("mine.flukeprint")));
    QVERIFY(QDir().mkpath(path("empty")));
    bool wasActive = true;
    QString said;
    QTimer closer;
    connect(&closer, &QTimer::timeout, this, [&] {
        auto *box = qobject_cast<QMessageBox *>(QApplication::activeModalWidget());
        if (!box)
            return;
        wasActive = !jobsDone(); // while the message stands, nothing seems to go on
        said = box->text();
        QVERIFY(!box->iconPixmap().isNull());
        box->close();
    });
    closer.start(20);
    m_window->importPaths({path("empty")});
    QTRY_VERIFY_WITH_TIMEOUT(!said.isEmpty(), 30'000);
    QVERIFY(!wasActive);
    QVERIFY2(said.contains(QStringLiteral("no photo")) && said.contains(QStringLiteral("JPEG")), qPrintable(said));
}

void TestDialogs::errorsAreInWords()
{
    QVERIFY(messageFor(Error(ErrorCode::AlreadyExists, {"individual", "w_1"})).contains(QStringLiteral("an individual")));
    QVERIFY(messageFor(Error(ErrorCode::FormatUnknown, {"/x/labels.csv", "model"})).contains(QStringLiteral("not a model")));
    QVERIFY(messageFor(Error(ErrorCode::FormatUnknown, {"/x/labels.csv"})).contains(QStringLiteral("JPEG")));
    const std::string here = QSysInfo::machineHostName().toStdString();
    const QString mine = messageFor(Error(ErrorCode::CatalogueLocked, {"/x/a.flukeprint", "pid 12 on " + here + ", flukeprint"}));
    QVERIFY2(mine.contains(QStringLiteral("another Flukeprint window")) && !mine.contains(QStringLiteral("pid")), qPrintable(mine));
    const QString ship = messageFor(Error(ErrorCode::CatalogueLocked, {"/x/a.flukeprint", "pid 12 on some-ship, flukeprint"}));
    QVERIFY2(ship.contains(QStringLiteral("on the computer some-ship")), qPrintable(ship));
}

void TestDialogs::mergingTakesTheNotesAlong()
{
    openSmall();
    catalogue::IndividualStore store(m_window->session()->catalogue());
    auto all = store.list().value();
    QVERIFY(all.size() > 1);
    auto from = store.get(all[0].id).value();
    from.notes = QStringLiteral("scar on the left");
    QVERIFY(store.update(from).ok());
    m_window->showPage(QStringLiteral("individuals"));
    auto *page = find<Page>("individuals");
    page->showIndividual(all[0].id);
    answerPicker(all[1].code);
    trigger("actionMergeIndividual");
    const auto notes = [&] { return store.get(all[1].id).value().notes; };
    QCOMPARE(notes(), all[0].code + QStringLiteral(": scar on the left"));
    QTRY_COMPARE(find<QPlainTextEdit>("individualNotes")->toPlainText(), notes()); // and they are seen
    trigger("actionUndo");
    QCOMPARE(notes(), QString());
    QCOMPARE(store.get(all[0].id).value().notes, QStringLiteral("scar on the left"));
}

void TestDialogs::theFirstAliasMovesNothing()
{
    openSmall();
    m_window->showPage(QStringLiteral("individuals"));
    auto *code = find<QLineEdit>("individualCode");
    const auto places = [this] {
        QList<QPoint> all;
        for (const char *name : {"individualCode", "individualName", "individualNotes", "individualSex"})
            all << find<QWidget>(name)->mapTo(m_window.get(), QPoint());
        return all;
    };
    const QList<QPoint> before = places();
    const QString was = code->text();
    code->setFocus();
    code->setText(QStringLiteral("Salty"));
    QTest::keyClick(code, Qt::Key_Return);
    QTRY_VERIFY(find<QLabel>("individualAliases")->text().contains(was));
    QApplication::processEvents();
    QCOMPARE(places(), before);
    QVERIFY(find<QWidget>("individualAliases")->isVisible());
}

void TestDialogs::pagesShareOneSmallestSize()
{
    const QSize smallest = m_window->minimumSizeHint(); // before any catalogue is open
    QVERIFY2(smallest.width() <= 1150 && smallest.height() <= 660,
             qPrintable(QStringLiteral("%1 x %2").arg(smallest.width()).arg(smallest.height())));
    openSmall();
    m_window->resize(smallest);
    for (const char *page : {"catalogue", "review", "individuals", "training"}) {
        m_window->showPage(QString::fromLatin1(page));
        QApplication::processEvents();
        QCOMPARE(m_window->minimumSizeHint(), smallest);
        const QWidget *shown = find<QWidget>(page);
        const QSize needed = shown->minimumSizeHint();
        QVERIFY2(needed.width() <= shown->width() && needed.height() <= shown->height(),
                 qPrintable(QStringLiteral("%1 needs %2 x %3, has %4 x %5")
                                .arg(QLatin1String(page))
                                .arg(needed.width())
                                .arg(needed.height())
                                .arg(shown->width())
                                .arg(shown->height())));
    }
}

void TestDialogs::theTrainingColumnKeepsItsWidth()
{
    openSmall();
    m_window->showPage(QStringLiteral("training"));
    const auto *card = find<QWidget>("newRunCard");
    const int width = card->width();
    find<QPushButton>("moreSettings")->setChecked(true);
    for (const QSize size : {QSize(1150, 655), QSize(1280, 800), QSize(1600, 1000)}) {
        m_window->resize(size);
        QApplication::processEvents();
        QCOMPARE(card->width(), width);
        const QWidget *view = find<QScrollArea>("newRunScroll")->viewport();
        for (const char *field : {"presetChoice", "setting_epochs", "setting_augmentation", "setting_weight_decay"})
            QVERIFY2(find<QWidget>(field)->mapTo(view, QPoint(find<QWidget>(field)->width(), 0)).x() <= view->width(), field);
    }
}

QTEST_MAIN(TestDialogs)
#include "tst_ui_dialogs.moc"
