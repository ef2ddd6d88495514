#include "core/catalogue/encounter_merges.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/import_log.h"
#include "tests/cli/cli_program.h"

#include <QDirIterator>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::cli;
using workflows::Workbench;

class TestCliImport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void badFilesAreListedAndTheRestGoesOn();
    void nothingUsableIsBadInput();
    void movedFilesAreNamed();
    void wrongTablesAreRefusedWithTheirLine();
    void aKilledImportIsContinued();
    void anInterruptCancelsCleanly();
    void progressGoesToStderrAlone();
    void mergedEncountersAreListedAndPartedAgain();
    void realFlukesImport();

private:
    [[nodiscard]] CliProgram cli() const { return CliProgram(*m_bench); }
    void startBlockedImport(QProcess &process, int photosBefore) const;
    [[nodiscard]] bool photosArrive(int count) const;
    [[nodiscard]] QStringList partialFiles() const;

    std::unique_ptr<Workbench> m_bench;
};

namespace {

std::uint32_t crc32Of(const QByteArray &bytes)
{
    std::uint32_t crc = 0xFFFF'FFFF;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB8'8320 : 0);
    }
    return ~crc;
}

QByteArray bigEndian(std::uint32_t value)
{
    QByteArray bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.append(static_cast<char>(value >> shift));
    return bytes;
}

QByteArray pngChunk(const QByteArray &type, const QByteArray &content)
{
    return bigEndian(static_cast<std::uint32_t>(content.size())) + type + content + bigEndian(crc32Of(type + content));
}

/// A PNG that says it is 30,000 px wide.
QByteArray hugePng()
{
    const QByteArray header = bigEndian(30'000) + bigEndian(100) + QByteArray("\x08\x02\x00\x00\x00", 5);
    return QByteArray("\x89PNG\r\n\x1a\n", 8) + pngChunk("IHDR", header)
        + pngChunk("IDAT", qCompress(QByteArray(64, 'x')).mid(4)) + pngChunk("IEND", {});
}

QMap<QString, QString> reasonsOf(const QJsonObject &answer)
{
    QMap<QString, QString> reasons;
    for (const QJsonValue &entry : answer.value(QStringLiteral("skipped")).toArray()) {
        const QString file = entry.toObject().value(QStringLiteral("file")).toString();
        reasons.insert(file.mid(file.lastIndexOf(QLatin1Char('/')) + 1),
                       entry.toObject().value(QStringLiteral("reason")).toString());
    }
    return reasons;
}

} // namespace

void TestCliImport::initTestCase()
{
    REQUIRE_CLI();
}

void TestCliImport::init()
{
    m_bench = std::make_unique<Workbench>();
    COMPARE_STATUS(cli().json("init c.flukeprint"), 0);
}

void TestCliImport::badFilesAreListedAndTheRestGoesOn()
{
    const auto good = m_bench->addPhoto(QStringLiteral("photos/good.jpg"), 1);
    m_bench->addPhoto(QStringLiteral("photos/twin.jpg"), 1);
    m_bench->addFile(QStringLiteral("photos/empty.jpg"), {});
    m_bench->addFile(QStringLiteral("photos/text.jpg"), "words, words, words and nothing else in here");
    m_bench->addFile(QStringLiteral("photos/huge.png"), hugePng());
    QFile file(QString::fromStdString(good.string()));
    QVERIFY(file.open(QIODevice::ReadOnly));
    m_bench->addFile(QStringLiteral("photos/cut.jpg"), file.readAll().chopped(400));
    const CliAnswer answer = cli().json("import c.flukeprint photos");
    COMPARE_STATUS(answer, 0);
    QCOMPARE(answer.json().value(QStringLiteral("photos")).toInt(), 1);
    QCOMPARE(answer.json().value(QStringLiteral("annotations")).toInt(), 1);
    QCOMPARE(answer.json().value(QStringLiteral("individuals")).toInt(), 0);
    const auto reasons = reasonsOf(answer.json());
    QCOMPARE(reasons.size(), 5);
    QCOMPARE(reasons.value(QStringLiteral("twin.jpg")), QStringLiteral("duplicate"));
    QCOMPARE(reasons.value(QStringLiteral("empty.jpg")), QStringLiteral("file_empty"));
    QCOMPARE(reasons.value(QStringLiteral("text.jpg")), QStringLiteral("format_unknown"));
    QCOMPARE(reasons.value(QStringLiteral("huge.png")), QStringLiteral("image_too_large"));
    QCOMPARE(reasons.value(QStringLiteral("cut.jpg")), QStringLiteral("file_truncated"));
}

void TestCliImport::nothingUsableIsBadInput()
{
    m_bench->addFile(QStringLiteral("zero.jpg"), {});
    const CliAnswer alone = cli().json("import c.flukeprint zero.jpg");
    COMPARE_STATUS(alone, 3);
    QCOMPARE(alone.errorCode(), QStringLiteral("file_empty"));
    QCOMPARE(reasonsOf(alone.json()).value(QStringLiteral("zero.jpg")), QStringLiteral("file_empty"));
    m_bench->addPhoto(QStringLiteral("good.jpg"), 1);
    COMPARE_STATUS(cli().json("import c.flukeprint zero.jpg good.jpg"), 0);
    COMPARE_STATUS(cli().json("import c.flukeprint zero.jpg good.jpg"), 0); // known already: of use
}

void TestCliImport::movedFilesAreNamed()
{
    for (int i = 0; i < 12; ++i)
        m_bench->addPhoto(QStringLiteral("old/%1.jpg").arg(i), static_cast<std::uint64_t>(i) + 1);
    COMPARE_STATUS(cli().json("import c.flukeprint old"), 0);
    std::filesystem::rename(m_bench->path(QStringLiteral("old")), m_bench->path(QStringLiteral("new")));
    const CliAnswer moved = cli().json("import c.flukeprint new");
    COMPARE_STATUS(moved, 0);
    const QJsonArray files = moved.json().value(QStringLiteral("moved_files")).toArray();
    QCOMPARE(files.size(), 12);
    QVERIFY(files.first().toString().endsWith(QStringLiteral("new/0.jpg")));
    QVERIFY(moved.json().value(QStringLiteral("without_fluke_files")).isArray());
    std::filesystem::rename(m_bench->path(QStringLiteral("new")), m_bench->path(QStringLiteral("newer")));
    const CliAnswer words = cli().run({QStringLiteral("import"), QStringLiteral("c.flukeprint"), QStringLiteral("newer")});
    COMPARE_STATUS(words, 0);
    QCOMPARE(words.out.count("/newer/"), 10);
    QVERIFY2(words.out.contains("2 more"), words.out.constData());
}

void TestCliImport::wrongTablesAreRefusedWithTheirLine()
{
    m_bench->addPhoto(QStringLiteral("photos/a.jpg"), 1);
    m_bench->addFile(QStringLiteral("labels.csv"), "Image,Id\na.jpg,w_1\nb.jpg\n");
    const CliAnswer labels = cli().json("import c.flukeprint photos --labels labels.csv");
    COMPARE_STATUS(labels, 3);
    QCOMPARE(labels.errorCode(), QStringLiteral("csv_invalid"));
    QCOMPARE(labels.json()
                 .value(QStringLiteral("error"))
                 .toObject()
                 .value(QStringLiteral("args"))
                 .toArray()
                 .at(1)
                 .toString(),
             QStringLiteral("3"));
    m_bench->addFile(QStringLiteral("boxes.csv"), "Image,x0_px,y0_px,x1_px,y1_px\na.jpg,ten,0,20,20\n");
    COMPARE_STATUS(cli().json("import c.flukeprint photos --boxes boxes.csv"), 3);
    const CliAnswer folder = cli().json("import c.flukeprint nowhere");
    COMPARE_STATUS(folder, 3);
    QCOMPARE(folder.errorCode(), QStringLiteral("file_not_found"));
}

/// An import that stands still: its last file is a pipe that nobody writes to, so that what happens next is up to the
/// test.
void TestCliImport::startBlockedImport(QProcess &process, int photosBefore) const
{
    for (int i = 0; i < photosBefore; ++i)
        m_bench->addPhoto(QStringLiteral("photos/%1.jpg").arg(i, 3, 10, QLatin1Char('0')),
                          static_cast<std::uint64_t>(i) + 1);
    const auto pipe = m_bench->path(QStringLiteral("photos/zzz.jpg"));
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    cli().prepare(process);
    process.setArguments({QStringLiteral("import"), QStringLiteral("c.flukeprint"), QStringLiteral("photos"),
                          QStringLiteral("photos/zzz.jpg"), QStringLiteral("--json")});
    process.start();
    QVERIFY(process.waitForStarted());
}

bool TestCliImport::photosArrive(int count) const
{
    const auto folder = m_bench->path(QStringLiteral("c.flukeprint"));
    return QTest::qWaitFor(
        [&] {
            auto reader = catalogue::Catalogue::open(folder, catalogue::Access::ReadOnly);
            return reader && catalogue::PhotoStore(*reader).count().valueOr(0) == count;
        },
        60'000);
}

/// Everything in the catalogue's folder that is not whole.
QStringList TestCliImport::partialFiles() const
{
    QStringList files;
    QDirIterator entries(QString::fromStdString(m_bench->path(QStringLiteral("c.flukeprint")).string()), {QStringLiteral("*.partial")},
                         QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (entries.hasNext())
        files.append(entries.next());
    return files;
}

void TestCliImport::aKilledImportIsContinued()
{
    constexpr int photoCount = 130;
    QProcess process;
    startBlockedImport(process, photoCount);
    QVERIFY(photosArrive(photoCount));
    process.kill();
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
    // The pack of chips that it was filling.
    QCOMPARE(partialFiles().size(), 1);

    const auto pipe = m_bench->path(QStringLiteral("photos/zzz.jpg"));
    QVERIFY(std::filesystem::remove(pipe));
    m_bench->addPhoto(QStringLiteral("photos/zzz.jpg"), 999);
    const CliAnswer answer = cli().json("import c.flukeprint photos photos/zzz.jpg");
    COMPARE_STATUS(answer, 0);
    QVERIFY(answer.json().value(QStringLiteral("continued")).toBool());
    QCOMPARE(answer.json().value(QStringLiteral("photos")).toInt(), photoCount + 1);
    QCOMPARE(partialFiles(), QStringList());
    QVERIFY(answer.json().value(QStringLiteral("skipped")).toArray().isEmpty());
    COMPARE_STATUS(cli().json("verify c.flukeprint"), 0);
}

void TestCliImport::anInterruptCancelsCleanly()
{
    constexpr int photoCount = 20;
    QProcess process;
    startBlockedImport(process, photoCount);
    QVERIFY(photosArrive(photoCount));
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    // The program must have taken note of the signal before the thread that waits for the pipe is let go: else the import ends first.
    QTest::qWait(2000);
    const int pipe = ::open(m_bench->path(QStringLiteral("photos/zzz.jpg")).c_str(), O_RDWR);
    QVERIFY(pipe >= 0);
    QVERIFY(process.waitForFinished());
    ::close(pipe);
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    const QJsonObject json = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
    QCOMPARE(json.value(QStringLiteral("error")).toObject().value(QStringLiteral("code")).toString(),
             QStringLiteral("cancelled"));
    COMPARE_STATUS(cli().json("verify c.flukeprint"), 0);
}

void TestCliImport::progressGoesToStderrAlone()
{
    m_bench->addPhoto(QStringLiteral("photos/a.jpg"), 1);
    const CliAnswer answer = cli().json("import c.flukeprint photos --copy");
    COMPARE_STATUS(answer, 0);
    QVERIFY(!answer.json().isEmpty());
    QVERIFY(answer.out.trimmed().startsWith('{') && answer.out.trimmed().endsWith('}'));
}

void TestCliImport::mergedEncountersAreListedAndPartedAgain()
{
    {
        auto catalogue = m_bench->createCatalogue(QStringLiteral("e.flukeprint"));
        catalogue::EncounterStore encounters(catalogue);
        const auto add = [&](const char *code, const char *at) {
            const QString moment = QString::fromLatin1(at);
            return encounters.add({{}, QString::fromLatin1(code), moment, moment, {}, {}, {}}).value();
        };
        const EncounterId morning = add("2019-07-14-1", "2019-07-14T10:00:00");
        const EncounterId noon = add("2019-07-14-2", "2019-07-14T13:00:00");
        QVERIFY(catalogue::EncounterMerges(catalogue, QStringLiteral("import")).merge(noon, morning).ok());
    }
    const CliAnswer listed = cli().json("encounters e.flukeprint");
    COMPARE_STATUS(listed, 0);
    QCOMPARE(listed.json().value(QStringLiteral("encounters")).toArray().size(), 1);
    const QJsonObject merge = listed.json().value(QStringLiteral("merges")).toArray().first().toObject();
    QCOMPARE(merge.value(QStringLiteral("from")).toString(), QStringLiteral("2019-07-14-2"));
    QVERIFY(merge.value(QStringLiteral("undone_at")).toString().isEmpty());
    const CliAnswer undone = cli().json({QStringLiteral("encounters"), QStringLiteral("e.flukeprint"), QStringLiteral("--undo-merge"),
                                         QString::number(merge.value(QStringLiteral("merge")).toInt())});
    COMPARE_STATUS(undone, 0);
    QCOMPARE(undone.json().value(QStringLiteral("encounters")).toArray().size(), 2);
    QVERIFY(cli().run({QStringLiteral("encounters"), QStringLiteral("e.flukeprint")}).out.contains("2019-07-14-2"));
    COMPARE_STATUS(cli().json("encounters e.flukeprint --undo-merge 1"), 3);
    COMPARE_STATUS(cli().json("encounters e.flukeprint --undo-merge 77"), 3);
}

void TestCliImport::realFlukesImport()
{
    const QDir full(QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/data/flukes_full"));
    if (!full.exists())
        QSKIP("the real photos of ../shared/data are not here");
    const CliAnswer answer =
        cli().json({QStringLiteral("import"), QStringLiteral("c.flukeprint"), full.filePath(QStringLiteral("photos")),
                    QStringLiteral("--labels"), full.filePath(QStringLiteral("train.csv")), QStringLiteral("--boxes"),
                    full.filePath(QStringLiteral("boxes.csv"))});
    COMPARE_STATUS(answer, 0);
    const qsizetype photos = QDir(full.filePath(QStringLiteral("photos"))).entryList(QDir::Files).size();
    QCOMPARE(answer.json().value(QStringLiteral("photos")).toInt(), static_cast<int>(photos));
    QVERIFY(answer.json().value(QStringLiteral("skipped")).toArray().isEmpty());
}

QTEST_GUILESS_MAIN(TestCliImport)
#include "tst_cli_import.moc"
