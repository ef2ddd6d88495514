#include "core/workflows/scratch_folder.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTest>
#include <QThreadPool>

#include <atomic>
#include <csignal>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace flukeprint::workflows;

class TestScratchFolder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void itGoesWithItsOwner();
    void whatAKilledProgramLeftGoesWithTheNext();
    void foldersOfOthersStay();
    void aFolderIsNeverSweptWhileItIsMade();

private:
    std::optional<QTemporaryDir> m_temp; ///< stands for /tmp
};

void TestScratchFolder::init()
{
    QThreadPool::globalInstance()->waitForDone(); // the first folder of a program sweeps in the background
    qunsetenv("TMPDIR");
    m_temp.emplace();
    qputenv("TMPDIR", QFile::encodeName(m_temp->path()));
}

void TestScratchFolder::itGoesWithItsOwner()
{
    QString path;
    {
        const ScratchFolder folder;
        QVERIFY(folder.isValid());
        path = folder.path();
        QVERIFY(path.startsWith(m_temp->path()));
        QFile file(folder.filePath("chips.fpc"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(ScratchFolder::removeAbandoned(), 0); // one in use is left alone
        QVERIFY(QFileInfo::exists(path));
    }
    QVERIFY(!QFileInfo::exists(path));
}

void TestScratchFolder::whatAKilledProgramLeftGoesWithTheNext()
{
    int ready[2];
    QCOMPARE(::pipe(ready), 0);
    const pid_t owner = ::fork();
    if (owner == 0) {
        const ScratchFolder folder;
        QFile file(folder.filePath("chips.fpc"));
        const char good = file.open(QIODevice::WriteOnly) ? 'y' : 'n';
        [[maybe_unused]] const ssize_t told = ::write(ready[1], &good, 1);
        for (;;)
            ::pause();
    }
    char good = 0;
    QCOMPARE(::read(ready[0], &good, 1), ssize_t{1});
    QCOMPARE(good, 'y');
    QCOMPARE(QDir(m_temp->path()).entryList({"flukeprint-*"}, QDir::Dirs).size(), 1);
    QCOMPARE(ScratchFolder::removeAbandoned(), 0);
    ::kill(owner, SIGKILL);
    ::waitpid(owner, nullptr, 0);
    QCOMPARE(ScratchFolder::removeAbandoned(), 1);
    QVERIFY(QDir(m_temp->path()).isEmpty());
}

void TestScratchFolder::foldersOfOthersStay()
{
    // Named alike, but nothing says that a Flukeprint made them.
    QVERIFY(QDir(m_temp->path()).mkpath("flukeprint-photos"));
    QVERIFY(QDir(m_temp->path()).mkpath("flukeprint-abcdef"));
    QCOMPARE(ScratchFolder::removeAbandoned(), 0);
    QVERIFY(QFileInfo::exists(m_temp->filePath("flukeprint-abcdef")));
}

void TestScratchFolder::aFolderIsNeverSweptWhileItIsMade()
{
    std::atomic<int> removed = 0;
    std::jthread sweeper([&removed](const std::stop_token &stop) {
        while (!stop.stop_requested())
            removed += ScratchFolder::removeAbandoned();
    });
    for (int i = 0; i < 500; ++i) {
        const ScratchFolder folder;
        QFile file(folder.filePath("chips.fpc"));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    sweeper.request_stop();
    sweeper.join();
    QCOMPARE(removed.load(), 0);
}

QTEST_GUILESS_MAIN(TestScratchFolder)
#include "tst_scratch_folder.moc"
