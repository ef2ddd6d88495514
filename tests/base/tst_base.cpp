#include "core/base/atomic_file.h"
#include "core/base/file_lock.h"
#include "core/base/partial_file.h"
#include "core/base/random.h"
#include "core/base/result.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <future>
#include <numeric>
#include <set>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace flukeprint;

class TestBase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyErrorCodeHasItsOwnNameAndComesBack();
    void categoriesGiveTheExitStatuses();
    void randomNumbersAreTheSameEverywhere();
    void randomContinuesFromItsState();
    void belowIsUniformAndInRange();
    void atomicWriteReplacesWhole();
    void failedWriteKeepsTheOldFile();
    void writeIntoMissingFolderIsAnError();
    void fullDiskIsNamed();
    void unfinishedFilesAreCalledAsTheyWillBe();
    void readingTellsMissingFromUnreadable();
    void onlyAbandonedPartialFilesAreRemoved();
    void writersOfOneFileWaitForEachOther();
    void manyWritersOfOneFileLeaveItWhole();
    void aFileThatGotItsNameIsNotTaken();
    void aLockIsHeldByOneAndEndsWithIt();
    void aLockDiesWithItsProcess();
};

void TestBase::everyErrorCodeHasItsOwnNameAndComesBack()
{
    std::set<std::string_view> names;
    for (int raw = 0; raw <= static_cast<int>(ErrorCode::NothingToDo); ++raw) {
        const auto code = static_cast<ErrorCode>(raw);
        const std::string_view name = errorCodeName(code);
        QVERIFY2(names.insert(name).second, name.data());
        QCOMPARE(errorCodeFromName(name), code);
    }
    QCOMPARE(errorCodeFromName("from_the_future"), ErrorCode::Internal);
}

void TestBase::categoriesGiveTheExitStatuses()
{
    QCOMPARE(static_cast<int>(errorCategory(ErrorCode::FileEmpty)), 3);
    QCOMPARE(static_cast<int>(errorCategory(ErrorCode::DataDamaged)), 4);
    QCOMPARE(static_cast<int>(errorCategory(ErrorCode::WorkerCrashed)), 5);
    QCOMPARE(static_cast<int>(errorCategory(ErrorCode::Cancelled)), 130);
}

void TestBase::randomNumbersAreTheSameEverywhere()
{
    // xoshiro256** seeded by splitmix64(42), computed with an independent Python implementation.
    Random random(42);
    QCOMPARE(random.next(), std::uint64_t{1546998764402558742ULL});
    QCOMPARE(random.next(), std::uint64_t{6990951692964543102ULL});
    QCOMPARE(stableHash("fluke"), std::uint64_t{9242982555830758798ULL});
    QVERIFY(Random(1, "augment").next() != Random(1, "sampler").next());
}

void TestBase::randomContinuesFromItsState()
{
    Random first(7);
    first.next();
    Random second = Random::fromState(first.state());
    for (int i = 0; i < 100; ++i)
        QCOMPARE(second.next(), first.next());
}

void TestBase::belowIsUniformAndInRange()
{
    Random random(3);
    std::vector<int> counts(7, 0);
    for (int i = 0; i < 70000; ++i)
        ++counts.at(random.below(7));
    // 5 standard deviations of a binomial with p = 1/7 around 10,000.
    for (const int count : counts)
        QVERIFY(std::abs(count - 10000) < 463);
    std::vector<int> items(50);
    std::iota(items.begin(), items.end(), 0);
    std::vector<int> shuffled = items;
    random.shuffle(std::span(shuffled));
    QVERIFY(shuffled != items);
    std::sort(shuffled.begin(), shuffled.end());
    QCOMPARE(shuffled, items);
}

void TestBase::atomicWriteReplacesWhole()
{
    const QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.filePath("a.txt").toStdString());
    QVERIFY(writeFileAtomically(path, "first").ok());
    QVERIFY(writeFileAtomically(path, "second, longer").ok());
    QCOMPARE(*readFile(path), std::string("second, longer"));
    QCOMPARE(QDir(dir.path()).entryList(QDir::Files).size(), 1);
}

void TestBase::failedWriteKeepsTheOldFile()
{
    const QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.filePath("a.txt").toStdString());
    QVERIFY(writeFileAtomically(path, "old").ok());
    const Result<void> result = writeFileAtomically(path, [](const ByteSink &sink) -> Result<void> {
        sink("half", 4);
        return Error(ErrorCode::Cancelled);
    });
    QVERIFY(!result.ok());
    QCOMPARE(result.error().code, ErrorCode::Cancelled);
    QCOMPARE(*readFile(path), std::string("old"));
    QCOMPARE(QDir(dir.path()).entryList(QDir::Files).size(), 1);
}

void TestBase::writeIntoMissingFolderIsAnError()
{
    const QTemporaryDir dir;
    const Result<void> result = writeFileAtomically(dir.filePath("none/a.txt").toStdString(), "x");
    QVERIFY(!result.ok());
    QCOMPARE(result.error().code, ErrorCode::FileUnwritable);
}

void TestBase::fullDiskIsNamed()
{
    if (!QFile::exists("/dev/full"))
        QSKIP("needs /dev/full");
    const QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.filePath("a.txt").toStdString());
    std::filesystem::create_symlink("/dev/full", path.string() + ".partial");
    const Result<void> result = writeFileAtomically(path, "x");
    QVERIFY(!result.ok());
    QCOMPARE(result.error().code, ErrorCode::DiskFull);
    QVERIFY(!std::filesystem::exists(path));
}

void TestBase::unfinishedFilesAreCalledAsTheyWillBe()
{
    QCOMPARE(finalPath("/c/chips/a.fpc.partial"), std::string("/c/chips/a.fpc"));
    QCOMPARE(finalPath("/c/thumbnails/ab.jpg.139847362.partial"), std::string("/c/thumbnails/ab.jpg"));
    QCOMPARE(finalPath("/backups/Season.flukeprint.partial/catalogue.sqlite"), std::string("/backups/Season.flukeprint/catalogue.sqlite"));
    QCOMPARE(finalPath("IMG.20190714.jpg"), std::string("IMG.20190714.jpg"));
    QCOMPARE(finalPath("/c/.partial"), std::string("/c/.partial"));
}

void TestBase::readingTellsMissingFromUnreadable()
{
    const QTemporaryDir dir;
    QCOMPARE(readFile(dir.filePath("none").toStdString()).error().code, ErrorCode::FileNotFound);
    QCOMPARE(readFile(dir.path().toStdString()).error().code, ErrorCode::FileUnreadable);
}

void TestBase::onlyAbandonedPartialFilesAreRemoved()
{
    const QTemporaryDir folder;
    const auto path = [&](const char *name) { return std::filesystem::path(folder.filePath(name).toStdString()); };
    QVERIFY(QDir(folder.path()).mkpath("deeper"));
    for (const char *name : {"left.fpc.partial", "deeper/left.partial", "whole.fpc", "partial"})
        QVERIFY(writeFileAtomically(path(name), "bytes").ok());
    int ready[2];
    QCOMPARE(::pipe(ready), 0);
    const pid_t writer = ::fork();
    if (writer == 0) {
        const char good = openPartial(path("written.partial")) >= 0 ? 'y' : 'n';
        [[maybe_unused]] const ssize_t told = ::write(ready[1], &good, 1);
        for (;;)
            ::pause();
    }
    char good = 0;
    QCOMPARE(::read(ready[0], &good, 1), ssize_t{1});
    ::close(ready[0]);
    ::close(ready[1]);
    QCOMPARE(good, 'y');

    QCOMPARE(removeAbandonedPartials(folder.path().toStdString(), Depth::Folder), std::size_t{1});
    QVERIFY(!std::filesystem::exists(path("left.fpc.partial")));
    QCOMPARE(takeIfAbandoned(path("written.partial")), -1);
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    QCOMPARE(removeAbandonedPartials(folder.path().toStdString(), Depth::Tree), std::size_t{2});
    QVERIFY(!std::filesystem::exists(path("written.partial")) && !std::filesystem::exists(path("deeper/left.partial")));
    QVERIFY(std::filesystem::exists(path("whole.fpc")) && std::filesystem::exists(path("partial")));
    QCOMPARE(removeAbandonedPartials(path("no-such-folder"), Depth::Tree), std::size_t{0});
    // A file whose name is free again is written as if nothing had been.
    QVERIFY(writeFileAtomically(path("written"), "new").ok());
    QCOMPARE(*readFile(path("written")), std::string("new"));
}

void TestBase::writersOfOneFileWaitForEachOther()
{
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("photo").toStdString();
    const std::string half(100'000, 'a');
    std::future<Result<void>> other;
    const Result<void> first = writeFileAtomically(path, [&](const ByteSink &sink) -> Result<void> {
        sink(half.data(), half.size());
        other = std::async(std::launch::async, [&] { return writeFileAtomically(path, "the other's"); });
        // Time for the other to do harm, if it does any.
        other.wait_for(std::chrono::milliseconds(100));
        sink(half.data(), half.size());
        // The other still waits: nothing has the name yet.
        return std::filesystem::exists(path) ? Result<void>(Error(ErrorCode::Internal)) : Result<void>();
    });
    QVERIFY2(first.ok(), first.ok() ? "" : first.error().debugText().c_str());
    const Result<void> second = other.get();
    QVERIFY2(second.ok(), second.ok() ? "" : second.error().debugText().c_str());
    QCOMPARE(*readFile(path), std::string("the other's"));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
}

void TestBase::manyWritersOfOneFileLeaveItWhole()
{
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("photo").toStdString();
    constexpr std::size_t pieces = 16;
    constexpr std::size_t pieceBytes = 4096;
    std::vector<std::future<Result<void>>> writers;
    for (const char letter : {'a', 'b', 'c', 'd', 'e', 'f'}) {
        writers.push_back(std::async(std::launch::async, [&path, letter] {
            return writeFileAtomically(path, [letter](const ByteSink &sink) -> Result<void> {
                const std::string piece(pieceBytes, letter);
                for (std::size_t i = 0; i < pieces; ++i)
                    sink(piece.data(), piece.size());
                return {};
            });
        }));
    }
    for (std::future<Result<void>> &writer : writers) {
        const Result<void> written = writer.get();
        QVERIFY2(written.ok(), written.ok() ? "" : written.error().debugText().c_str());
    }
    const std::string content = *readFile(path);
    QCOMPARE(content, std::string(pieces * pieceBytes, content.front()));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
}

void TestBase::aFileThatGotItsNameIsNotTaken()
{
    const QTemporaryDir folder;
    const std::filesystem::path whole = folder.filePath("whole").toStdString();
    const std::filesystem::path partial = whole.string() + std::string(partialSuffix);
    const int descriptor = openPartial(partial);
    QVERIFY(descriptor >= 0);
    QCOMPARE(::write(descriptor, "whole", 5), ssize_t{5});
    QCOMPARE(::rename(partial.c_str(), whole.c_str()), 0);
    // The next writer begins while the last has not closed what has its name already.
    const int next = openPartial(partial);
    QVERIFY(next >= 0);
    QCOMPARE(::write(next, "half", 4), ssize_t{4});
    QCOMPARE(takeIfAbandoned(partial), -1);
    ::close(descriptor);
    ::close(next);
    QCOMPARE(*readFile(whole), std::string("whole"));
    QCOMPARE(removeAbandonedPartials(folder.path().toStdString(), Depth::Folder), std::size_t{1});
}

void TestBase::aLockIsHeldByOneAndEndsWithIt()
{
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("run.json").toStdString();
    QCOMPARE(FileLock::take(path).error().code, ErrorCode::FileNotFound);
    QVERIFY(writeFileAtomically(path, "content").ok());
    {
        Result<FileLock> first = FileLock::take(path);
        QVERIFY(first.ok());
        QCOMPARE(FileLock::take(path).error().code, ErrorCode::AlreadyExists);
        const FileLock moved = std::move(*first);
        QCOMPARE(FileLock::take(path).error().code, ErrorCode::AlreadyExists);
    }
    QVERIFY(FileLock::take(path).ok());
    QCOMPARE(*readFile(path), std::string("content"));
}

void TestBase::aLockDiesWithItsProcess()
{
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("run.json").toStdString();
    QVERIFY(writeFileAtomically(path, "content").ok());
    int told[2];
    QCOMPARE(::pipe(told), 0);
    const pid_t child = ::fork();
    QVERIFY(child >= 0);
    if (child == 0) {
        const Result<FileLock> lock = FileLock::take(path);
        const char answer = lock ? 'y' : 'n';
        (void)!::write(told[1], &answer, 1);
        ::pause();
    }
    char answer = 0;
    QCOMPARE(::read(told[0], &answer, 1), ssize_t{1});
    QCOMPARE(answer, 'y');
    QCOMPARE(FileLock::take(path).error().code, ErrorCode::AlreadyExists);
    ::kill(child, SIGKILL);
    QCOMPARE(::waitpid(child, nullptr, 0), child);
    ::close(told[0]);
    ::close(told[1]);
    QVERIFY(FileLock::take(path).ok());
}

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
