#include "core/demo/demo_photos.h"
#include "tests/cli/cli_program.h"

#include <csignal>
#include <unistd.h>

using namespace flukeprint;
using namespace flukeprint::cli;
using workflows::Workbench;

/// `train` with the real worker on a catalogue small enough for a test, interrupted and gone on with.
class TestCliTrain : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void anInterruptedRunGoesOnByName_data();
    void anInterruptedRunGoesOnByName();
    void aPreparedRunIsTrainedByAWorkerAndTakenOver();
    void wrongNamesAreRefused();
    void withoutAnythingToValidateWithNothingBegins();
    void anAugmentationIsDrawn();

private:
    [[nodiscard]] CliProgram cli() const { return CliProgram(m_bench); }
    void startTraining(QProcess &process, const QString &name) const;
    [[nodiscard]] QByteArray runFile(const QString &run, const QString &file) const;

    Workbench m_bench;
};

void TestCliTrain::initTestCase()
{
    REQUIRE_CLI();
    if (!QFile::exists(qEnvironmentVariable("FLUKEPRINT_WORKER")))
        QFAIL("FLUKEPRINT_WORKER does not name the worker");
    demo::DemoOptions options;
    options.individuals = 6;
    options.photosPerIndividual = 4;
    QVERIFY(demo::writeDemoPhotos(m_bench.path(QStringLiteral("demo")), options).ok());
    COMPARE_STATUS(cli().json("init c.flukeprint"), 0);
    COMPARE_STATUS(cli().json("import c.flukeprint demo/photos --labels demo/labels.csv --boxes demo/boxes.csv"), 0);
}

void TestCliTrain::startTraining(QProcess &process, const QString &name) const
{
    cli().prepare(process);
    QStringList arguments{QStringLiteral("train"), QStringLiteral("c.flukeprint"), QStringLiteral("--from-scratch"),
                          QStringLiteral("--device"), QStringLiteral("cpu"), QStringLiteral("--threads"), QStringLiteral("1"),
                          QStringLiteral("--name"), name, QStringLiteral("--json")};
    for (const char *setting : {"input_width=64", "input_height=32", "epochs=40", "validate_every=40", "dimension=32",
                                "individuals_per_batch=4", "negatives_per_batch=1", "warmup_epochs=0"})
        arguments << QStringLiteral("--set") << QString::fromLatin1(setting);
    process.setArguments(arguments);
    process.setChildProcessModifier([] { ::setsid(); }); // a terminal's Ctrl-C goes to such a group
    process.start();
}

QByteArray TestCliTrain::runFile(const QString &run, const QString &file) const
{
    QFile content(QString::fromStdString(m_bench.path(QStringLiteral("c.flukeprint/runs/%1/%2").arg(run, file)).string()));
    return content.open(QIODevice::ReadOnly) ? content.readAll() : QByteArray();
}

void TestCliTrain::anInterruptedRunGoesOnByName_data()
{
    QTest::addColumn<int>("signal");
    QTest::addColumn<bool>("wholeGroup");
    QTest::addColumn<int>("status");
    QTest::newRow("Ctrl-C") << SIGINT << true << 130;
    QTest::newRow("interrupt of the program alone") << SIGINT << false << 130;
    QTest::newRow("kill") << SIGKILL << false << -1;
}

void TestCliTrain::anInterruptedRunGoesOnByName()
{
    QFETCH(int, signal);
    QFETCH(bool, wholeGroup);
    QFETCH(int, status);
    const QString name = QString::fromLatin1(QTest::currentDataTag()).section(u' ', 0, 0);
    QProcess process;
    startTraining(process, name);
    const auto steps = [&] { return runFile(name, QStringLiteral("metrics.jsonl")).count('\n'); };
    QTRY_VERIFY_WITH_TIMEOUT(steps() > 4 || process.state() == QProcess::NotRunning, 120'000);
    QCOMPARE(process.state(), QProcess::Running);
    const auto group = static_cast<pid_t>(process.processId());
    QCOMPARE(::kill(wholeGroup ? -group : group, signal), 0);
    QVERIFY(process.waitForFinished(120'000));
    const QByteArray said = process.readAllStandardOutput();
    if (status >= 0) {
        QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == status, process.readAllStandardError().constData());
        const QJsonObject error = QJsonDocument::fromJson(said).object().value(QStringLiteral("error")).toObject();
        QCOMPARE(error.value(QStringLiteral("code")).toString(), QStringLiteral("cancelled"));
        QVERIFY(runFile(name, QStringLiteral("log.txt")).contains("cancelled"));
    }
    QVERIFY(runFile(name, QStringLiteral("model.safetensors")).isEmpty());

    const CliAnswer resumed = cli().json({QStringLiteral("train"), QStringLiteral("c.flukeprint"), QStringLiteral("--resume"), name});
    COMPARE_STATUS(resumed, 0);
    QCOMPARE(resumed.json().value(QStringLiteral("run")).toString(), name);
    QCOMPARE(resumed.json().value(QStringLiteral("model")).toString(), name);
    QVERIFY(resumed.json().value(QStringLiteral("metrics")).toObject().contains(QStringLiteral("map5")));
    const QByteArray log = runFile(name, QStringLiteral("log.txt"));
    if (status >= 0) // a kill may come before any checkpoint
        QVERIFY(log.contains("resumed after step"));
    QVERIFY(log.contains("finished: "));
    // Finished is finished.
    COMPARE_STATUS(cli().json({QStringLiteral("train"), QStringLiteral("c.flukeprint"), QStringLiteral("--resume"), name}), 3);
}

void TestCliTrain::aPreparedRunIsTrainedByAWorkerAndTakenOver()
{
    const QString name = QStringLiteral("cluster");
    const CliAnswer prepared = cli().json("train c.flukeprint --prepare --name cluster --from-scratch --threads 1 --set epochs=2"
                                          " --set input_width=64 --set input_height=32 --set dimension=32 --set individuals_per_batch=4");
    COMPARE_STATUS(prepared, 0);
    QCOMPARE(prepared.json().value(QStringLiteral("run")).toString(), name);
    const QString job = prepared.json().value(QStringLiteral("job")).toString();
    QVERIFY(QFile::exists(job));
    QVERIFY(runFile(name, QStringLiteral("metrics.jsonl")).isEmpty()); // nothing was trained yet

    QProcess worker;
    worker.setProgram(qEnvironmentVariable("FLUKEPRINT_WORKER"));
    worker.setArguments({QStringLiteral("--train"), job});
    worker.start();
    QVERIFY(worker.waitForFinished(120'000));
    QVERIFY2(worker.exitStatus() == QProcess::NormalExit && worker.exitCode() == 0, worker.readAllStandardError().constData());
    QVERIFY(worker.readAllStandardOutput().contains("\"done\""));
    const QByteArray curves = runFile(name, QStringLiteral("metrics.jsonl"));

    const CliAnswer taken = cli().json("train c.flukeprint --resume cluster");
    COMPARE_STATUS(taken, 0);
    QCOMPARE(taken.json().value(QStringLiteral("model")).toString(), name);
    QCOMPARE(runFile(name, QStringLiteral("metrics.jsonl")), curves); // it had been trained to its end
}

void TestCliTrain::wrongNamesAreRefused()
{
    COMPARE_STATUS(cli().json("train c.flukeprint --prepare --resume cluster"), 2); // one or the other
    const CliAnswer answer = cli().json("train c.flukeprint --resume nobody");
    COMPARE_STATUS(answer, 3);
    QCOMPARE(answer.errorCode(), QStringLiteral("not_found"));
}

void TestCliTrain::withoutAnythingToValidateWithNothingBegins()
{
    QFile labels(QString::fromStdString(m_bench.path(QStringLiteral("demo/labels.csv")).string()));
    QVERIFY(labels.open(QIODevice::ReadOnly));
    QByteArray split = "Image,Id,role,near_duplicate_group\n";
    for (const QByteArray &line : labels.readAll().split('\n').mid(1)) {
        const QList<QByteArray> fields = line.trimmed().split(',');
        if (fields.size() > 1)
            split += fields[0] + ',' + fields[1] + ",train," + QByteArray::number(split.size()) + '\n';
    }
    m_bench.addFile(QStringLiteral("train_only.csv"), split);
    const CliAnswer answer = cli().json("train c.flukeprint --split train_only.csv --name unmeasured --from-scratch");
    COMPARE_STATUS(answer, 3);
    QCOMPARE(answer.errorCode(), QStringLiteral("too_few_photos"));
    QVERIFY(!QFile::exists(QString::fromStdString(m_bench.path(QStringLiteral("c.flukeprint/runs/unmeasured")).string())));
    const CliAnswer said = cli().run(QStringLiteral("train c.flukeprint --split train_only.csv --from-scratch").split(u' '));
    QVERIFY2(said.err.contains("two encounters") && said.err.contains("--split"), said.err.constData());
}

void TestCliTrain::anAugmentationIsDrawn()
{
    const auto draw = [this](const char *augmentation) {
        return cli().json({QStringLiteral("train"), QStringLiteral("c.flukeprint"), QStringLiteral("--set"),
                           QStringLiteral("augmentation=") + QLatin1String(augmentation), QStringLiteral("--preview"),
                           QLatin1String(augmentation) + QStringLiteral(".png")});
    };
    const auto sheet = [this](const char *name) { return imaging::decodeFile(m_bench.path(QLatin1String(name) + QStringLiteral(".png"))); };
    for (const char *augmentation : {"off", "strong"})
        COMPARE_STATUS(draw(augmentation), 0);
    const auto off = sheet("off");
    const auto strong = sheet("strong");
    QVERIFY(off.ok() && strong.ok());
    // Six rows of the chip and five copies, 256 x 128 each, with 4 px in between.
    QCOMPARE(off->image.width, 4 + 6 * 260);
    QCOMPARE(off->image.height, 4 + 6 * 132);
    const auto cell = [](const imaging::Image &image, int row, int column) {
        std::vector<std::uint8_t> pixels;
        for (int y = 0; y < 128; ++y) {
            const std::uint8_t *start = image.row(4 + row * 132 + y) + 3 * (4 + column * 260);
            pixels.insert(pixels.end(), start, start + 3 * 256);
        }
        return pixels;
    };
    for (int row = 0; row < 6; ++row) {
        QVERIFY(cell(off->image, row, 0) == cell(strong->image, row, 0));
        QVERIFY(cell(off->image, row, 0) == cell(off->image, row, 3));
        QVERIFY(cell(strong->image, row, 0) != cell(strong->image, row, 3));
        QVERIFY(cell(strong->image, row, 2) != cell(strong->image, row, 3));
    }
    COMPARE_STATUS(draw("wild"), 3);
    QVERIFY(!QFile::exists(QString::fromStdString(m_bench.path(QStringLiteral("wild.png")).string())));
}

QTEST_GUILESS_MAIN(TestCliTrain)
#include "tst_cli_train.moc"
