#include "core/catalogue/model_store.h"
#include "core/catalogue/proposal_store.h"
#include "tests/ui/review_bench.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QWindow>

#include <algorithm>

using namespace flukeprint;
using namespace flukeprint::ui;

/// Deciding by key on the review page: see ReviewBench for the photos.
class TestReview : public ReviewBench
{
    Q_OBJECT

private Q_SLOTS:
    void init() { start(); }
    void cleanup() { stop(); }

    void digitConfirmsThatCandidateAndGoesOn();
    void whoWantsToStaysOnThePhotoThatWasDecided();
    void enterConfirmsTheSelectedCandidate();
    void aHeldKeyDecidesOnce();
    void aHeldKeyWithoutItsMarkDecidesNothing();
    void newIndividualTakesTheCodeOnShow();
    void relabelCompletesNamesAndAliases();
    void typingNeverDecides();
    void aCodeThatNobodyHasIsMadeOnlyOnPurpose();
    void unusableCanBeLookedAtAgain();
    void laterWalksRoundWhatIsOpen();
    void undoReturnsToThePhotoAlsoAfterARestart();
    void theQueueEndsAndSaysSo();
    void anotherOrderBeginsWithItsFirstPhoto();
    void theQualityMenuTicksWhatIsChosen();
    void candidatesAreFoundAnewAfterDecisionsOfAnEarlierDay();
};

void TestReview::anotherOrderBeginsWithItsFirstPhoto()
{
    openWindow();
    QTRY_COMPARE(m_window->session()->jobs().activeCount(), 0);
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    find<QAction>("reviewOrder_1")->trigger();
    QTRY_COMPARE(file(), QStringLiteral("q3.jpg")); // the farthest from everybody
    QTRY_COMPARE(m_window->session()->jobs().activeCount(), 0);
    QCOMPARE(file(), QStringLiteral("q3.jpg"));
}

void TestReview::theQualityMenuTicksWhatIsChosen()
{
    openWindow();
    const auto ticked = [this] {
        QStringList names;
        for (const QAction *action : find<QMenu>("reviewQualityMenu")->actions()) {
            if (action->isChecked())
                names.append(action->objectName());
        }
        return names;
    };
    QCOMPARE(ticked(), QStringList {QStringLiteral("reviewQuality_0")});
    find<QAction>("reviewQuality_2")->trigger();
    QCOMPARE(ticked(), QStringList {QStringLiteral("reviewQuality_2")});
    find<QAction>("reviewQuality_2")->trigger(); // once more: it stays
    QCOMPARE(ticked(), QStringList {QStringLiteral("reviewQuality_2")});
}

void TestReview::candidatesAreFoundAnewAfterDecisionsOfAnEarlierDay()
{
    const auto candidatesOf = [this](const char *name) {
        const ModelId model = catalogue::ModelStore(catalogue()).active()->id;
        return catalogue::ProposalStore(catalogue()).get(model, annotation(name).id).value();
    };
    openWindow();
    QTRY_COMPARE(m_window->session()->jobs().activeCount(), 0);
    press(Qt::Key_N);
    const IndividualId founded = annotation("q1.jpg").individual;
    QVERIFY(founded.isValid());
    const auto isCandidate = [founded](const catalogue::Proposal &proposal) { return proposal.individual == founded; };

    openWindow();
    QTRY_COMPARE(m_window->session()->jobs().activeCount(), 0);
    QVERIFY(std::ranges::none_of(candidatesOf("q2.jpg"), isCandidate));
    find<QAction>("reviewOrder_1")->trigger();
    QTRY_VERIFY(std::ranges::any_of(candidatesOf("q2.jpg"), isCandidate));
    QTRY_COMPARE(m_window->session()->jobs().activeCount(), 0);

    // And not again where nobody has decided anything since.
    openWindow();
    QTRY_COMPARE(m_window->session()->jobs().activeCount(), 0);
    find<QAction>("reviewOrder_0")->trigger();
    find<QAction>("reviewOrder_1")->trigger();
    QCOMPARE(m_window->session()->jobs().activeCount(), 0);
}

void TestReview::digitConfirmsThatCandidateAndGoesOn()
{
    openWindow();
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    QCOMPARE(left(), QStringLiteral("3 left"));
    QCOMPARE(card(1)->content().title, QStringLiteral("A"));
    QCOMPARE(card(2)->content().title, QStringLiteral("B"));
    QVERIFY(!card(4)->isVisible());
    press(Qt::Key_4); // there is no fourth candidate
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    press(Qt::Key_2);
    QCOMPARE(codeOf("q1.jpg"), QStringLiteral("B"));
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
    QCOMPARE(left(), QStringLiteral("2 left"));
    QCOMPARE(m_window->page(QStringLiteral("review"))->badge(), 2);
    QVERIFY(find<QLabel>("toastText")->text().contains(QStringLiteral("q1.jpg")));
    const auto history
        = catalogue::DecisionLog(catalogue(), {}, catalogue::DecisionSource::Review).history(annotation("q1.jpg").id).value();
    QCOMPARE(history.back().evidence.candidateRank, 2);
}

void TestReview::whoWantsToStaysOnThePhotoThatWasDecided()
{
    m_settings->setValue(SettingKey::ReviewGoesOn, false);
    openWindow();
    QTRY_VERIFY(card(1)->isVisible());
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    press(Qt::Key_1);
    QCOMPARE(annotation("q1.jpg").state, catalogue::IdentityState::Identified);
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    press(Qt::Key_Space);
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
}

void TestReview::enterConfirmsTheSelectedCandidate()
{
    openWindow();
    QVERIFY(card(1)->isChecked());
    press(Qt::Key_Down);
    QVERIFY(card(2)->isChecked() && !card(1)->isChecked());
    QVERIFY(find<QPushButton>("reviewConfirm")->text().contains(QLatin1Char('B')));
    press(Qt::Key_Return);
    QCOMPARE(codeOf("q1.jpg"), QStringLiteral("B"));
    QTest::mouseClick(card(3), Qt::LeftButton);
    QVERIFY(codeOf("q2.jpg").isEmpty()); // a click only chooses
    const QString third = card(3)->content().title;
    QTest::mouseClick(find<QPushButton>("reviewConfirm"), Qt::LeftButton);
    QCOMPARE(codeOf("q2.jpg"), third);
}

void TestReview::aHeldKeyDecidesOnce()
{
    openWindow();
    const std::int64_t before = decisions();
    press(Qt::Key_1);
    QWidget *focus = QApplication::focusWidget();
    for (const auto key : {Qt::Key_1, Qt::Key_N, Qt::Key_X, Qt::Key_Return})
        QTest::simulateEvent(focus, true, key, Qt::NoModifier, QString(), true);
    QCOMPARE(decisions(), before + 1);
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
}

/// On a busy machine X11's repeats come as releases and presses that Qt does not mark; only their time stamps are the same.
void TestReview::aHeldKeyWithoutItsMarkDecidesNothing()
{
    openWindow();
    QWindow *window = m_window->windowHandle();
    const auto send = [window](QEvent::Type type, int key, quint64 atMs) {
        QKeyEvent event(type, key, Qt::NoModifier);
        event.setTimestamp(atMs);
        event.ignore();
        QCoreApplication::sendEvent(window, &event);
        return event.isAccepted();
    };
    // What Qt asks before it looks for a shortcut: accepted, the key is none.
    send(QEvent::KeyRelease, Qt::Key_1, 5000);
    QVERIFY(send(QEvent::ShortcutOverride, Qt::Key_1, 5000));
    QVERIFY(!send(QEvent::ShortcutOverride, Qt::Key_2, 5000)); // another key is another wish
    QVERIFY(!send(QEvent::ShortcutOverride, Qt::Key_1, 5060)); // so fast is a finger
    send(QEvent::KeyRelease, Qt::Key_Space, 6000);
    QVERIFY(!send(QEvent::ShortcutOverride, Qt::Key_Space, 6000)); // decides nothing: the queue may run past
    // Where keys are text they stay text.
    press(Qt::Key_R);
    send(QEvent::KeyRelease, Qt::Key_N, 7000);
    auto *field = find<QLineEdit>("relabelField");
    QTRY_VERIFY(field->hasFocus());
    QKeyEvent letter(QEvent::KeyPress, Qt::Key_N, Qt::NoModifier, QStringLiteral("n"));
    letter.setTimestamp(7000);
    QCoreApplication::sendEvent(field, &letter);
    QCOMPARE(field->text(), QStringLiteral("n"));
}

void TestReview::newIndividualTakesTheCodeOnShow()
{
    openWindow();
    const QString promised = find<CandidateCard>("candidate_new")->content().detail.section(QLatin1Char(' '), -1);
    QVERIFY(!promised.isEmpty());
    press(Qt::Key_N);
    QCOMPARE(codeOf("q1.jpg"), promised);
    // The row of a new individual can be chosen like a candidate.
    for (int i = 0; i < 8; ++i)
        press(Qt::Key_Down);
    QVERIFY(find<CandidateCard>("candidate_new")->isChecked());
    press(Qt::Key_Return);
    QVERIFY(!codeOf("q2.jpg").isEmpty() && codeOf("q2.jpg") != promised);
}

void TestReview::relabelCompletesNamesAndAliases()
{
    openWindow();
    catalogue::IndividualStore store(catalogue());
    catalogue::Individual c = store.get(annotation("c1.jpg").individual).value();
    c.name = QStringLiteral("Salt");
    QVERIFY(store.update(c).ok() && store.addAlias(c.id, QStringLiteral("CRC-77")).ok());
    press(Qt::Key_R);
    auto *field = find<QLineEdit>("relabelField");
    QCOMPARE(QApplication::focusWidget(), field);
    QTest::keyClicks(field, QStringLiteral("sal"));
    QWidget *popup = QApplication::activePopupWidget();
    QVERIFY(popup && popup->objectName() == QLatin1String("completionPopup"));
    QTest::keyClick(popup, Qt::Key_Down);
    QTest::keyClick(popup, Qt::Key_Return);
    // A completion fills the field; only the next Enter decides, and there is never one left over for the next photo.
    QCOMPARE(field->text(), QStringLiteral("C"));
    QVERIFY(field->isVisible() && codeOf("q1.jpg").isEmpty());
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(codeOf("q1.jpg"), QStringLiteral("C"));
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
    QVERIFY(!field->isVisible());

    press(Qt::Key_R);
    field->setText(QStringLiteral("crc-77"));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(codeOf("q2.jpg"), QStringLiteral("C"));
    press(Qt::Key_R);
    field->setText(QStringLiteral("SALT"));
    QTest::mouseClick(find<QPushButton>("relabelAccept"), Qt::LeftButton);
    QCOMPARE(codeOf("q3.jpg"), QStringLiteral("C"));
}

void TestReview::typingNeverDecides()
{
    openWindow();
    const std::int64_t before = decisions();
    press(Qt::Key_R);
    auto *field = find<QLineEdit>("relabelField");
    for (const char *key : {"n", "x", "1", "r", " ", "?"})
        QTest::keyClicks(field, QString::fromLatin1(key));
    QCOMPARE(field->text(), QStringLiteral("nx1r ?"));
    QTest::keyClick(field, Qt::Key_Backspace);
    QTest::keyClick(field, Qt::Key_Escape);
    QVERIFY(!field->isVisible());
    auto *search = find<QLineEdit>("reviewSearch");
    search->setFocus();
    QTest::keyClicks(search, QStringLiteral("1nx"));
    QCOMPARE(search->text(), QStringLiteral("1nx"));
    QCOMPARE(decisions(), before);
}

void TestReview::aCodeThatNobodyHasIsMadeOnlyOnPurpose()
{
    openWindow();
    press(Qt::Key_R);
    auto *field = find<QLineEdit>("relabelField");
    QTest::keyClicks(field, QStringLiteral("ZZ-9"));
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(codeOf("q1.jpg").isEmpty());
    QVERIFY(field->isVisible());
    QVERIFY(find<QPushButton>("relabelCreate")->isVisible());
    QVERIFY(!find<QPushButton>("relabelAccept")->isEnabled());
    QTest::keyClick(field, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(codeOf("q1.jpg"), QStringLiteral("ZZ-9"));
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
}

void TestReview::unusableCanBeLookedAtAgain()
{
    openWindow();
    QVERIFY(!find<Pill>("reviewState")->isVisible());
    press(Qt::Key_X);
    QCOMPARE(annotation("q1.jpg").state, catalogue::IdentityState::Unusable);
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
    press(Qt::Key_Backspace);
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    QVERIFY(find<Pill>("reviewState")->isVisible());
    press(Qt::Key_1); // and decided otherwise
    QCOMPARE(codeOf("q1.jpg"), QStringLiteral("A"));
}

void TestReview::laterWalksRoundWhatIsOpen()
{
    openWindow();
    const std::int64_t before = decisions();
    press(Qt::Key_Space);
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
    press(Qt::Key_1);
    QCOMPARE(file(), QStringLiteral("q3.jpg"));
    press(Qt::Key_Space);
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    press(Qt::Key_Space); // past q2, which is decided
    QCOMPARE(file(), QStringLiteral("q3.jpg"));
    QCOMPARE(decisions(), before + 1);
}

void TestReview::undoReturnsToThePhotoAlsoAfterARestart()
{
    openWindow();
    press(Qt::Key_1);
    press(Qt::Key_X);
    openWindow();
    QCOMPARE(file(), QStringLiteral("q3.jpg"));
    auto *undo = find<QPushButton>("reviewUndo");
    QVERIFY(undo->isVisible());
    press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(file(), QStringLiteral("q2.jpg"));
    // Open again; as "proposed" once the window has stored its candidates in the background.
    const auto state = annotation("q2.jpg").state;
    QVERIFY(state == catalogue::IdentityState::Unidentified || state == catalogue::IdentityState::Proposed);
    QVERIFY(undo->text().contains(QStringLiteral("confirm A")));
    QTest::mouseClick(undo, Qt::LeftButton);
    QCOMPARE(file(), QStringLiteral("q1.jpg"));
    QVERIFY(codeOf("q1.jpg").isEmpty());
    QCOMPARE(left(), QStringLiteral("3 left"));
    QVERIFY(!undo->isVisible());
    press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(codeOf("q1.jpg"), QStringLiteral("A"));
    QCOMPARE(left(), QStringLiteral("2 left"));
}

void TestReview::theQueueEndsAndSaysSo()
{
    openWindow();
    press(Qt::Key_1);
    press(Qt::Key_1);
    press(Qt::Key_N);
    QVERIFY(find<QWidget>("reviewEmpty")->isVisible());
    QVERIFY(!find<QPushButton>("reviewConfirm")->isVisible());
    QCOMPARE(m_window->page(QStringLiteral("review"))->badge(), 0);
    const std::int64_t before = decisions();
    press(Qt::Key_1);
    press(Qt::Key_N);
    QCOMPARE(decisions(), before);
    press(Qt::Key_Backspace);
    QCOMPARE(file(), QStringLiteral("q3.jpg"));
    QVERIFY(find<Pill>("reviewState")->isVisible());
    press(Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(codeOf("q3.jpg").isEmpty());
    QCOMPARE(left(), QStringLiteral("1 left"));
}

QTEST_MAIN(TestReview)
#include "tst_review.moc"
