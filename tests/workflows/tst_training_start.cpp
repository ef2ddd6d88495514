#include "core/catalogue/exchange/csv.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/run_store.h"
#include "core/workflows/models/register_model.h"
#include "core/workflows/training/run_request_json.h"
#include "core/workflows/training/training_controller.h"
#include "tests/workflows/model_files.h"
#include "tests/workflows/run_bench.h"

#include <QSignalSpy>
#include <QTest>

#include <memory>

using namespace flukeprint;
using namespace flukeprint::workflows;
using catalogue::RunState;

/// What is refused before there is a run, and what a run fails of before there is a worker.
class TestTrainingStart : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_bench = std::make_unique<RunBench>(); }
    void cleanup() { m_bench.reset(); }
    void wrongWishesAreRefusedAtOnce();
    void startModelsThatDoNotFitAreRefusedAtOnce_data();
    void startModelsThatDoNotFitAreRefusedAtOnce();
    void aModelWithAnotherHeadGivesItsTrunk();
    void tripletsThatDoNotFitAreRefusedAtOnce();
    void tripletsGoToTheRun();
    void whatShowsOnlyInTheDataIsRefusedAtOnce();
    void whatShowsOnlyInThePhotosFailsBeforeAnyWorker();

private:
    void verifyNothingWasBegun();

    std::unique_ptr<RunBench> m_bench;
};

void TestTrainingStart::verifyNothingWasBegun()
{
    QVERIFY(catalogue::RunStore(*m_bench->catalogue).list()->empty());
    const auto runs = m_bench->catalogue->runsFolder();
    QVERIFY(!std::filesystem::exists(runs) || std::filesystem::is_empty(runs));
}

void TestTrainingStart::wrongWishesAreRefusedAtOnce()
{
    m_bench->makeController();
    const auto refused = [&](auto change) {
        TrainingRequest wish = RunBench::request();
        change(wish);
        const auto id = m_bench->controller->start(wish);
        return id ? ErrorCode::Internal : id.error().code;
    };
    QCOMPARE(refused([](auto &wish) { wish.preset = "nonsense"; }), ErrorCode::PresetUnknown);
    QCOMPARE(refused([](auto &wish) { wish.settings["colour"] = "blue"; }), ErrorCode::SettingUnknown);
    QCOMPARE(refused([](auto &wish) { wish.settings["epochs"] = "0"; }), ErrorCode::SettingOutOfRange);
    QCOMPARE(refused([](auto &wish) { wish.splitFile = "/nowhere.csv"; }), ErrorCode::FileNotFound);
    QCOMPARE(refused([](auto &wish) { wish.startModelFile = "/nowhere.safetensors"; }), ErrorCode::FileNotFound);
    QCOMPARE(refused([](auto &wish) { wish.name = "../../etc"; }), ErrorCode::InvalidArgument);
    QCOMPARE(refused([](auto &wish) { wish.device = protocol::Device::Cuda; }), ErrorCode::DeviceUnavailable); // that worker has a CPU
    verifyNothingWasBegun();
    TrainingCatalogue empty;
    jobs::JobQueue queue;
    TrainingController controller(*empty, queue, scriptedWorker());
    QCOMPARE(controller.start(RunBench::request()).error().code, ErrorCode::TooFewIndividuals);
    empty.addPhoto(QStringLiteral("a.png"), QStringLiteral("A"), 0, 1);
    empty.addPhoto(QStringLiteral("b.png"), QStringLiteral("B"), 0, 2);
    QCOMPARE(controller.start(RunBench::request()).error().code, ErrorCode::TooFewPhotos);
}

void TestTrainingStart::startModelsThatDoNotFitAreRefusedAtOnce_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("freshHead");
    QTest::addColumn<QString>("difference"); // empty: it fits
    const auto own = [](const char *architecture, const char *network, const char *dimension, const char *testTime) {
        QJsonObject metadata = ownMetadata();
        metadata.insert(QStringLiteral("architecture"), QLatin1String(architecture));
        metadata.insert(QStringLiteral("network"), QLatin1String(network));
        metadata.insert(QStringLiteral("dimension"), QLatin1String(dimension));
        metadata.insert(QStringLiteral("test_time"), QLatin1String(testTime));
        return modelBytes(metadata);
    };
    const auto foreign = [](const QStringList &tensors) {
        QJsonObject header;
        for (const QString &name : tensors)
            header.insert(name, QJsonObject());
        return safetensorsBytes(QJsonDocument(header).toJson(QJsonDocument::Compact));
    };
    const char *fitting = R"({"dimension":512,"hidden":[]})";
    QTest::newRow("the run's own kind") << own("mobilenet_v2", fitting, "1024", "mirror") << false << QString();
    QTest::newRow("another architecture") << own("resnet18", fitting, "1024", "mirror") << false
                                          << QStringLiteral("architecture resnet18 instead of mobilenet_v2");
    QTest::newRow("another architecture, its trunk alone") << own("resnet18", fitting, "1024", "mirror") << true
                                                           << QStringLiteral("architecture resnet18 instead of mobilenet_v2");
    QTest::newRow("another dimension") << own("mobilenet_v2", R"({"dimension":256,"hidden":[]})", "512", "mirror") << false
                                       << QStringLiteral("dimension 256 instead of 512");
    QTest::newRow("another dimension, its trunk alone")
        << own("mobilenet_v2", R"({"dimension":256,"hidden":[]})", "512", "mirror") << true << QString();
    QTest::newRow("hidden layers") << own("mobilenet_v2", R"({"dimension":512,"hidden":[512,256]})", "512", "plain") << false
                                   << QStringLiteral("hidden layers 512-256 instead of none");
    QTest::newRow("adopted from ImageNet, without a head") << own("mobilenet_v2", R"({"dimension":0,"hidden":[]})", "1280", "plain") << false
                                                           << QString();
    QTest::newRow("ImageNet weights") << foreign({QStringLiteral("features.18.0.weight"), QStringLiteral("features.1.conv.0.0.weight")}) << false
                                      << QString();
    QTest::newRow("ImageNet weights of another network")
        << foreign({QStringLiteral("conv1.weight"), QStringLiteral("layer4.0.conv1.weight")}) << false
        << QStringLiteral("architecture resnet18 instead of mobilenet_v2");
    QTest::newRow("weights of nobody knows what") << foreign({QStringLiteral("w")}) << false
                                                  << QStringLiteral("architecture unknown instead of mobilenet_v2");
}

void TestTrainingStart::startModelsThatDoNotFitAreRefusedAtOnce()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, freshHead);
    QFETCH(QString, difference);
    m_bench->makeController();
    TrainingRequest wish = RunBench::request();
    wish.startModelFile = m_bench->catalogue.path(QStringLiteral("start.safetensors")).toStdString();
    wish.freshHead = freshHead;
    writeFile(QString::fromStdString(wish.startModelFile.string()), bytes);
    const auto id = m_bench->controller->start(wish);
    if (difference.isEmpty()) {
        QVERIFY2(id.ok(), id.ok() ? "" : id.error().debugText().c_str());
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
        return;
    }
    QVERIFY(!id.ok());
    QCOMPARE(id.error().code, ErrorCode::ModelIncompatible);
    QCOMPARE(QString::fromStdString(id.error().args.at(1)), difference);
    verifyNothingWasBegun();
}

void TestTrainingStart::aModelWithAnotherHeadGivesItsTrunk()
{
    const QString source = m_bench->catalogue.path(QStringLiteral("serving.safetensors"));
    writeFile(source, modelBytes(ownMetadata())); // of dimension 2
    const auto copy = [&](const std::filesystem::path &target) { return copyFile(source.toStdString(), target); };
    QVERIFY(registerModel(*m_bench->catalogue, QStringLiteral("serving"), {}, copy).ok());
    m_bench->makeController();
    const auto id = m_bench->controller->start(RunBench::request());
    QVERIFY(id.ok());
    const auto kept = requestFromConfig(m_bench->run(*id).configJson, QStringLiteral("again"));
    QVERIFY(kept->startModelFile.string().ends_with("serving.safetensors"));
    QVERIFY(kept->freshHead);
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    m_bench->outcome.reset();
    TrainingRequest fitting = RunBench::request();
    fitting.settings["dimension"] = "8";
    QJsonObject metadata = ownMetadata();
    metadata.insert(QStringLiteral("dimension"), QStringLiteral("8"));
    writeFile(m_bench->catalogue.path(QStringLiteral("t.flukeprint/models/serving.safetensors")), modelBytes(metadata));
    const auto second = m_bench->controller->start(fitting);
    QVERIFY(second.ok());
    QVERIFY(!requestFromConfig(m_bench->run(*second).configJson, QStringLiteral("again"))->freshHead);
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value() || m_bench->failure.has_value(), patienceMs);
}

void TestTrainingStart::tripletsThatDoNotFitAreRefusedAtOnce()
{
    m_bench->makeController({QStringLiteral("silent")}); // would never answer
    const auto refused = [this](const char *preset, const QByteArray &table, bool curriculum = false) {
        const QString path = m_bench->catalogue.path(QStringLiteral("triplets.csv"));
        writeFile(path, table);
        TrainingRequest wish;
        wish.preset = preset;
        wish.tripletsFile = path.toStdString();
        if (curriculum)
            wish.settings["curriculum"] = "true";
        const auto id = m_bench->controller->start(wish);
        return id ? Error() : id.error();
    };
    const QByteArray good = "anchor,positive,negative\n1,2,5\n";
    QCOMPARE(refused("flukeprint", good).code, ErrorCode::InvalidArgument);
    QCOMPARE(QString::fromStdString(refused("flukeprint", good).args.at(2)),
             QStringLiteral("presets that learn from triplets: facenet-transfer, deep-ranking, plankton-curriculum"));
    QCOMPARE(refused("plankton-curriculum", good, true).code, ErrorCode::SettingOutOfRange);
    const Error wrong = refused("plankton-curriculum", good + "1,5,9\n");
    QCOMPARE(wrong.code, ErrorCode::CsvInvalid);
    QCOMPARE(wrong.args.at(1), std::string("3"));
    TrainingRequest nowhere;
    nowhere.tripletsFile = "/nowhere.csv";
    QCOMPARE(m_bench->controller->start(nowhere).error().code, ErrorCode::FileNotFound);
    verifyNothingWasBegun();
}

void TestTrainingStart::tripletsGoToTheRun()
{
    // x was taken for another animal once: the run's data say so.
    auto log = m_bench->catalogue.log();
    const auto individuals = catalogue::IndividualStore(*m_bench->catalogue).list().value();
    QVERIFY(log.relabel(AnnotationId(1), individuals[1].id).ok());
    QVERIFY(log.relabel(AnnotationId(1), individuals[0].id).ok());
    m_bench->makeController();
    const QString path = m_bench->catalogue.path(QStringLiteral("triplets.csv"));
    QByteArray all = "anchor,positive,negative\n";
    for (int photo = 1; photo <= 24; ++photo) // each with the next one of its own, and one of the next animal
        all += QByteArray::number(photo) + ',' + QByteArray::number(photo % 4 == 0 ? photo - 3 : photo + 1) + ','
            + QByteArray::number((photo + 3) % 24 + 1) + '\n';
    writeFile(path, all);
    TrainingRequest wish = RunBench::request();
    wish.preset = "facenet-transfer";
    wish.tripletsFile = path.toStdString();
    QSignalSpy warnings(m_bench->controller.get(), &TrainingController::warned);
    const auto id = m_bench->controller->start(wish);
    QVERIFY2(id.ok(), id.ok() ? "" : id.error().debugText().c_str());
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->outcome.has_value(), patienceMs);
    const auto folder = m_bench->catalogue->resolve(m_bench->run(*id).folder);
    const auto rows = catalogue::exchange::readCsv(folder / "triplets.csv");
    QVERIFY(rows.ok());
    const auto snapshot = protocol::readSnapshot(folder / "snapshot.json").value();
    const auto trained = std::ranges::count(snapshot.items, protocol::SampleRole::Train, &protocol::SnapshotItem::role);
    QVERIFY(trained < 24);
    QVERIFY(!rows->records.empty() && rows->records.size() < 24);
    for (const auto &record : rows->records) {
        for (const QString &row : record.fields)
            QVERIFY(row.toLongLong() >= 0 && row.toLongLong() < trained);
    }
    QCOMPARE(warnings.count(), 1); // of those that name photos held out
    const auto what = warnings.first().at(1).value<Error>();
    QCOMPARE(QString::fromStdString(what.args.at(2)), QStringLiteral("held_out:%1").arg(24 - rows->records.size()));
    const bool trainsBoth = std::ranges::any_of(
        snapshot.items, [](const auto &item) { return item.annotation == AnnotationId(1) && item.role == protocol::SampleRole::Train; });
    QCOMPARE(snapshot.rejections.size(), std::size_t{trainsBoth ? 1U : 0U});
}

void TestTrainingStart::whatShowsOnlyInTheDataIsRefusedAtOnce()
{
    const QString table = m_bench->catalogue.path(QStringLiteral("split.csv"));
    writeFile(table, "Image,Id,role,near_duplicate_group\nW-001-0.png,W-001,test_known,0\n");
    m_bench->makeController({QStringLiteral("silent")}); // would never answer
    TrainingRequest wish = RunBench::request();
    wish.splitFile = table.toStdString();
    QCOMPARE(m_bench->controller->start(wish).error().code, ErrorCode::TooFewIndividuals);
    // All photos of each in one encounter: there is nothing to validate with.
    TrainingCatalogue together;
    for (int i = 0; i < 3; ++i) {
        const QString code = QStringLiteral("T%1").arg(i);
        for (int k = 0; k < 3; ++k)
            together.addPhoto(QStringLiteral("%1-%2.png").arg(code).arg(k), code, i + 1, i + 1);
    }
    jobs::JobQueue queue;
    TrainingController controller(*together, queue, scriptedWorker({QStringLiteral("silent")}));
    const auto refused = controller.start(RunBench::request());
    QVERIFY(!refused.ok());
    QCOMPARE(refused.error().code, ErrorCode::TooFewPhotos);
    QCOMPARE(refused.error().args, (std::vector<std::string>{"0", "1", "validation"}));
    QVERIFY(catalogue::RunStore(*together).list()->empty());
    verifyNothingWasBegun();
}

void TestTrainingStart::whatShowsOnlyInThePhotosFailsBeforeAnyWorker()
{
    m_bench->makeController({QStringLiteral("silent")}); // would never answer
    const auto id = m_bench->controller->start(RunBench::request());
    QVERIFY(id.ok());
    // All but one individual's photos are gone when the run's turn comes.
    for (int i = 2; i <= 6; ++i) {
        for (int k = 0; k < 4; ++k)
            QVERIFY(QFile::remove(m_bench->catalogue.path(QStringLiteral("W-00%1-%2.png").arg(i).arg(k))));
    }
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->failure.has_value(), patienceMs);
    QCOMPARE(m_bench->failure->code, ErrorCode::TooFewIndividuals);
    QCOMPARE(m_bench->run(*id).state, RunState::Failed);
    QVERIFY(m_bench->run(*id).errorJson.contains(QStringLiteral("too_few_individuals")));
    QVERIFY(std::filesystem::is_empty(m_bench->catalogue->resolve(m_bench->run(*id).folder)));
}

QTEST_GUILESS_MAIN(TestTrainingStart)
#include "tst_training_start.moc"
