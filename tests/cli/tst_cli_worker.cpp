#include "core/catalogue/database.h"
#include "core/demo/demo_photos.h"
#include "tests/cli/cli_program.h"

using namespace flukeprint;
using namespace flukeprint::cli;
using workflows::Workbench;

/// The way from photos to names with the real worker and real weights: ImageNet's MobileNetV2, frozen.
class TestCliWorker : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void importedPhotosAreEmbeddedOnDemand();
    void aPhotoOutsideTheCatalogueIsNamed();
    void badQueriesAreSkippedOrRefused();
    void queriesAndSplitsAreMeasured();
    void modelsAreExportedAndPromoted();
    void weightsAreInspected();
    void minedTripletsAreTrainedWith();
    void everythingIsEmbeddedAtOnce();
    void aDamagedEmbeddingIsMadeAnew();
    void tripletsAreMined();
    void theLocaliserIsMeasured();
    void theModelThatShipsLoadsAndIsCalibrated();
    void trainingAsksForTheDeviceFirst();
    void aWorkerThatIsNotThereIsSaidToBeSo();

private:
    [[nodiscard]] CliProgram cli() const { return CliProgram(m_bench); }
    [[nodiscard]] QString firstPhoto() const;

    Workbench m_bench;
};

void TestCliWorker::initTestCase()
{
    REQUIRE_CLI();
    if (!QFile::exists(qEnvironmentVariable("FLUKEPRINT_WORKER")))
        QFAIL("FLUKEPRINT_WORKER does not name the worker");
    const QString weights = QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/weights/mobilenetv2_imagenet.safetensors");
    if (!QFile::exists(weights))
        QSKIP("the weights of ../shared are not here");
    demo::DemoOptions options;
    options.individuals = 6;
    options.photosPerIndividual = 3;
    QVERIFY(demo::writeDemoPhotos(m_bench.path(QStringLiteral("demo")), options).ok());
    COMPARE_STATUS(cli().json("init c.flukeprint"), 0);
    COMPARE_STATUS(cli().json("import c.flukeprint demo/photos --labels demo/labels.csv --boxes demo/boxes.csv"), 0);
    const CliAnswer model =
        cli().json({QStringLiteral("model"), QStringLiteral("c.flukeprint"), QStringLiteral("import"), weights,
                    QStringLiteral("--architecture"), QStringLiteral("mobilenet_v2"), QStringLiteral("--name"),
                    QStringLiteral("imagenet")});
    COMPARE_STATUS(model, 0);
    QVERIFY(model.json().value(QStringLiteral("model")).toObject().value(QStringLiteral("active")).toBool());
}

QString TestCliWorker::firstPhoto() const
{
    return QDir(QString::fromStdString(m_bench.path(QStringLiteral("demo/photos")).string()))
        .entryList(QDir::Files)
        .value(0);
}

void TestCliWorker::importedPhotosAreEmbeddedOnDemand()
{
    const CliAnswer answer =
        cli().json({QStringLiteral("identify"), QStringLiteral("c.flukeprint"),
                    QStringLiteral("demo/photos/") + firstPhoto(), QStringLiteral("--top"), QStringLiteral("3")});
    COMPARE_STATUS(answer, 0);
    const QJsonArray results = answer.json().value(QStringLiteral("results")).toArray();
    QCOMPARE(results.size(), 1);
    const QJsonObject result = results.first().toObject();
    QVERIFY(result.value(QStringLiteral("annotation")).isDouble());
    const QJsonArray candidates = result.value(QStringLiteral("candidates")).toArray();
    QCOMPARE(candidates.size(), 3);
    double last = 0;
    for (const QJsonValue &candidate : candidates) {
        const double distance = candidate.toObject().value(QStringLiteral("distance")).toDouble(-1);
        QVERIFY(distance >= last && distance <= 2);
        last = distance;
        QVERIFY(candidate.toObject().value(QStringLiteral("photo")).toString() != firstPhoto());
        QVERIFY(candidate.toObject().value(QStringLiteral("probability")).isNull());
    }
    const QJsonObject model =
        cli().json("model c.flukeprint list").json().value(QStringLiteral("models")).toArray().first().toObject();
    QCOMPARE(model.value(QStringLiteral("embedded")), model.value(QStringLiteral("usable")));
}

void TestCliWorker::aPhotoOutsideTheCatalogueIsNamed()
{
    // The same picture in other bytes: outside the catalogue, and nearest to itself.
    const auto original = imaging::decodeFile(m_bench.path(QStringLiteral("demo/photos/") + firstPhoto()));
    QVERIFY(original.ok());
    const auto bytes = imaging::encodeJpeg(original->image, 97);
    QVERIFY(bytes.ok());
    m_bench.addFile(QStringLiteral("outside.jpg"),
                    {reinterpret_cast<const char *>(bytes->data()), static_cast<qsizetype>(bytes->size())});
    const CliAnswer answer = cli().json("identify c.flukeprint outside.jpg");
    COMPARE_STATUS(answer, 0);
    const QJsonObject result = answer.json().value(QStringLiteral("results")).toArray().first().toObject();
    QVERIFY(result.value(QStringLiteral("annotation")).isNull());
    QVERIFY(!result.value(QStringLiteral("candidates")).toArray().isEmpty());
}

void TestCliWorker::badQueriesAreSkippedOrRefused()
{
    m_bench.addFile(QStringLiteral("bad.jpg"), "no photo");
    const CliAnswer alone = cli().json("identify c.flukeprint bad.jpg");
    COMPARE_STATUS(alone, 3);
    QCOMPARE(alone.errorCode(), QStringLiteral("format_unknown"));
    const CliAnswer both = cli().json(
        {QStringLiteral("identify"), QStringLiteral("c.flukeprint"), QStringLiteral("bad.jpg"), firstPhoto()});
    COMPARE_STATUS(both, 0);
    QCOMPARE(both.json().value(QStringLiteral("results")).toArray().size(), 1);
    QCOMPARE(both.json().value(QStringLiteral("skipped")).toArray().size(), 1);
}

void TestCliWorker::queriesAndSplitsAreMeasured()
{
    QFile labels(QString::fromStdString(m_bench.path(QStringLiteral("demo/labels.csv")).string()));
    QVERIFY(labels.open(QIODevice::ReadOnly));
    QByteArray queries = "Image,Id\n";
    QByteArray split = "Image,Id,role,near_duplicate_group\n";
    const QList<QByteArray> lines = labels.readAll().split('\n');
    for (qsizetype i = 1; i < lines.size(); ++i) {
        const QList<QByteArray> fields = lines[i].trimmed().split(',');
        if (fields.size() < 2)
            continue;
        queries += "demo/photos/" + fields[0] + ',' + fields[1] + '\n';
        const bool isNew = fields[1] == "new_whale";
        const QByteArray role = isNew ? "test_new" : i % 3 == 0 ? "test_known" : "train";
        split += fields[0] + ',' + fields[1] + ',' + role + ',' + QByteArray::number(i) + '\n';
    }
    m_bench.addFile(QStringLiteral("queries.csv"), queries);
    m_bench.addFile(QStringLiteral("split.csv"), split);
    const CliAnswer closed = cli().json("evaluate c.flukeprint --queries queries.csv --resamples 100");
    COMPARE_STATUS(closed, 0);
    const QJsonObject map5 = closed.json().value(QStringLiteral("map5")).toObject();
    QVERIFY(map5.value(QStringLiteral("value")).toDouble(-1) >= 0);
    QVERIFY(map5.value(QStringLiteral("low")).toDouble() <= map5.value(QStringLiteral("high")).toDouble());
    QVERIFY(closed.json().value(QStringLiteral("queries")).toInt() > 0);

    const CliAnswer whole = cli().json("evaluate c.flukeprint --split split.csv --resamples 100");
    COMPARE_STATUS(whole, 0);
    const QJsonObject json = whole.json();
    for (const char *key : {"closed", "kaggle", "disjoint", "auroc_new", "auroc_new_shown", "ece", "radius", "separation", "model",
                            "preset", "snapshot", "split", "seed", "device", "command"})
        QVERIFY2(json.contains(QLatin1String(key)), key);
    QVERIFY(json.value(QStringLiteral("closed")).toObject().value(QStringLiteral("queries")).toInt() > 0);
    QCOMPARE(json.value(QStringLiteral("model")).toString(), QStringLiteral("imagenet"));
    QVERIFY(json.value(QStringLiteral("missing")).toArray().isEmpty());
}

void TestCliWorker::modelsAreExportedAndPromoted()
{
    COMPARE_STATUS(cli().json("model c.flukeprint export imagenet out.safetensors"), 0);
    COMPARE_STATUS(cli().json("model c.flukeprint export imagenet out.safetensors"), 3);
    COMPARE_STATUS(cli().json("model c.flukeprint import out.safetensors --name second"), 0);
    COMPARE_STATUS(cli().json("model c.flukeprint promote second"), 0);
    QString active;
    for (const QJsonValue &model :
         cli().json("model c.flukeprint list").json().value(QStringLiteral("models")).toArray()) {
        if (model.toObject().value(QStringLiteral("active")).toBool())
            active = model.toObject().value(QStringLiteral("name")).toString();
    }
    QCOMPARE(active, QStringLiteral("second"));
    COMPARE_STATUS(cli().json("model c.flukeprint promote imagenet"), 0);
}

void TestCliWorker::weightsAreInspected()
{
    const QString weights = QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/weights/mobilenetv2_imagenet.safetensors");
    const QStringList command{QStringLiteral("model"), QStringLiteral("c.flukeprint"), QStringLiteral("inspect"), weights};
    const CliAnswer answer = cli().json(command);
    COMPARE_STATUS(answer, 0);
    QCOMPARE(answer.json().value(QStringLiteral("architecture")).toString(), QStringLiteral("mobilenet_v2"));
    QVERIFY(answer.json().value(QStringLiteral("usable")).toBool());
    QVERIFY(answer.json().value(QStringLiteral("missing")).isArray() && answer.json().value(QStringLiteral("missing")).toArray().isEmpty());
    QCOMPARE(answer.json().value(QStringLiteral("unexpected")).toArray().first().toString(), QStringLiteral("classifier.1.bias"));
    QVERIFY(cli().run(command).out.contains("left over (2): classifier.1.bias, classifier.1.weight"));
}

void TestCliWorker::minedTripletsAreTrainedWith()
{
    const CliAnswer mined = cli().json("mine c.flukeprint hard.csv --miner semi-hard --count 40 --seed 3");
    COMPARE_STATUS(mined, 0);
    QVERIFY(mined.json().value(QStringLiteral("triplets")).toInt() > 4);
    QCOMPARE(mined.json().value(QStringLiteral("rejections")).toInt(-1), 0);
    COMPARE_STATUS(cli().json("mine c.flukeprint hard.csv --miner luck"), 2);
    const char *train = "train c.flukeprint --preset plankton-curriculum --from-scratch --device cpu --threads 1 --name %1 --triplets %2"
                        " --set network=resnet18 --set input_width=32 --set input_height=32 --set dimension=8 --set epochs=1"
                        " --set batch_size=4 --set freeze_epochs=0";
    const auto training = [&](const char *name, const char *table) {
        return cli().json(qPrintable(QString::fromLatin1(train).arg(QLatin1String(name), QLatin1String(table))));
    };
    const CliAnswer trained = training("mined", "hard.csv");
    COMPARE_STATUS(trained, 0);
    QVERIFY(QString::fromUtf8(trained.err).contains(QStringLiteral("held out"))); // nobody knew the split when it was mined
    QFile rows(QString::fromStdString(m_bench.path(QStringLiteral("c.flukeprint/runs/mined/triplets.csv")).string()));
    QVERIFY(rows.open(QIODevice::ReadOnly));
    QVERIFY(rows.readAll().count('\n') > 2);
    // A row that contradicts the catalogue is named, and no run begins.
    QFile table(QString::fromStdString(m_bench.path(QStringLiteral("hard.csv")).string()));
    QVERIFY(table.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = table.readAll().split('\n');
    const QByteArray anchor = lines[1].split(',')[0];
    m_bench.addFile(QStringLiteral("wrong.csv"), lines[0] + '\n' + lines[1] + '\n' + anchor + ',' + anchor + ",1,0,0,a,b,c\n");
    const CliAnswer wrong = training("wrong", "wrong.csv");
    COMPARE_STATUS(wrong, 3);
    QCOMPARE(wrong.errorCode(), QStringLiteral("csv_invalid"));
    QVERIFY(wrong.err.contains("line 3") || wrong.out.contains("\"3\""));
    QVERIFY(!QFile::exists(QString::fromStdString(m_bench.path(QStringLiteral("c.flukeprint/runs/wrong")).string())));
}

void TestCliWorker::everythingIsEmbeddedAtOnce()
{
    COMPARE_STATUS(cli().json("init e.flukeprint"), 0);
    COMPARE_STATUS(cli().json("import e.flukeprint demo/photos --labels demo/labels.csv --boxes demo/boxes.csv"), 0);
    COMPARE_STATUS(cli().json("model c.flukeprint export imagenet e.safetensors"), 0);
    COMPARE_STATUS(cli().json("model e.flukeprint import e.safetensors"), 0);
    const CliAnswer embedded = cli().json("embed e.flukeprint --threads 1");
    COMPARE_STATUS(embedded, 0);
    const qsizetype photos =
        QDir(QString::fromStdString(m_bench.path(QStringLiteral("demo/photos")).string())).entryList(QDir::Files).size();
    QCOMPARE(embedded.json().value(QStringLiteral("embedded")).toInt(), static_cast<int>(photos));
    QCOMPARE(embedded.json().value(QStringLiteral("left_out")).toInt(-1), 0);
    QCOMPARE(cli().json("embed e.flukeprint").json().value(QStringLiteral("embedded")).toInt(-1), 0);
    COMPARE_STATUS(cli().json("verify e.flukeprint"), 0);
}

void TestCliWorker::aDamagedEmbeddingIsMadeAnew()
{
    {
        auto catalogue = catalogue::Catalogue::open(m_bench.path(QStringLiteral("c.flukeprint")));
        QVERIFY(catalogue.ok());
        QVERIFY(catalogue->database()
                    .run(QStringLiteral("UPDATE embedding SET vector = CAST(x'0000c07f' || substr(vector, 5) AS BLOB) WHERE annotation_id = 2 "
                                        "AND model_id = (SELECT id FROM model WHERE active = 1)"))
                    .ok());
    }
    COMPARE_STATUS(cli().json("verify c.flukeprint"), 4);
    const CliAnswer answer =
        cli().json({QStringLiteral("identify"), QStringLiteral("c.flukeprint"), QStringLiteral("demo/photos/") + firstPhoto()});
    COMPARE_STATUS(answer, 0);
    auto catalogue = catalogue::Catalogue::open(m_bench.path(QStringLiteral("c.flukeprint")), catalogue::Access::ReadOnly);
    const auto photo = catalogue::PhotoStore(*catalogue).get(catalogue::AnnotationStore(*catalogue).get(AnnotationId(2))->photo);
    QVERIFY2(answer.err.contains(photo->fileName.toUtf8()), answer.err.constData());
    COMPARE_STATUS(cli().json("verify c.flukeprint"), 0);
}

void TestCliWorker::tripletsAreMined()
{
    const CliAnswer mined = cli().json("mine c.flukeprint triplets.csv --count 5");
    COMPARE_STATUS(mined, 0);
    QVERIFY(mined.json().value(QStringLiteral("triplets")).toInt() > 0);
    QFile table(QString::fromStdString(m_bench.path(QStringLiteral("triplets.csv")).string()));
    QVERIFY(table.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = table.readAll().trimmed().split('\n');
    QCOMPARE(lines.size() - 1, mined.json().value(QStringLiteral("triplets")).toInt());
    QVERIFY(lines.value(1).contains(".jpg"));
}

void TestCliWorker::theLocaliserIsMeasured()
{
    QFile none(QStringLiteral(FLUKEPRINT_SOURCE_DIR "/resources/localiser/fluke-localiser-2.safetensors"));
    const CliAnswer measured =
        cli().json({QStringLiteral("localiser"), QStringLiteral("evaluate"), none.fileName(), QStringLiteral("--photos"),
                    QStringLiteral("demo/photos"), QStringLiteral("--boxes"), QStringLiteral("demo/boxes.csv")});
    COMPARE_STATUS(measured, 0);
    QVERIFY(measured.json().value(QStringLiteral("boxes")).toInt() > 0);
    const QJsonObject overlap = measured.json().value(QStringLiteral("iou")).toObject();
    QVERIFY(overlap.value(QStringLiteral("value")).toDouble() > 0);
    QVERIFY(overlap.value(QStringLiteral("low")).toDouble() <= overlap.value(QStringLiteral("high")).toDouble());
}

/// The file in resources/models, as a new catalogue gets it.
void TestCliWorker::theModelThatShipsLoadsAndIsCalibrated()
{
    const QDir models(QStringLiteral(FLUKEPRINT_SOURCE_DIR "/resources/models"));
    const QFileInfoList files = models.entryInfoList({QStringLiteral("*.safetensors")}, QDir::Files);
    QCOMPARE(files.size(), 1);
    QVERIFY2(files.first().size() <= 10'000'000, qPrintable(QString::number(files.first().size())));
    COMPARE_STATUS(cli().json("init s.flukeprint"), 0);
    COMPARE_STATUS(cli().json("import s.flukeprint demo/photos --labels demo/labels.csv --boxes demo/boxes.csv"), 0);
    COMPARE_STATUS(cli().json({QStringLiteral("model"), QStringLiteral("s.flukeprint"), QStringLiteral("import"), files.first().filePath()}), 0);
    const CliAnswer answer =
        cli().json({QStringLiteral("identify"), QStringLiteral("s.flukeprint"), QStringLiteral("demo/photos/") + firstPhoto()});
    COMPARE_STATUS(answer, 0);
    const QJsonObject result = answer.json().value(QStringLiteral("results")).toArray().first().toObject();
    QVERIFY(result.value(QStringLiteral("calibrated")).toBool());
    const double isNew = result.value(QStringLiteral("new_probability")).toDouble(-1);
    QVERIFY(isNew > 0 && isNew < 1);
    for (const QJsonValue &candidate : result.value(QStringLiteral("candidates")).toArray()) {
        const double probability = candidate.toObject().value(QStringLiteral("probability")).toDouble(-1);
        QVERIFY(probability > 0 && probability < 1);
    }
    COMPARE_STATUS(cli().json("verify s.flukeprint"), 0);
}

void TestCliWorker::trainingAsksForTheDeviceFirst()
{
    const std::filesystem::path folder = m_bench.path(QStringLiteral("c.flukeprint/runs"));
    const auto runs = [&folder] { return std::distance(std::filesystem::directory_iterator(folder), {}); };
    const auto before = runs();
    const CliAnswer answer = cli().json("train c.flukeprint --device cuda --set epochs=1");
    if (answer.status == 0)
        QSKIP("this machine has a GPU");
    COMPARE_STATUS(answer, 3);
    QCOMPARE(answer.errorCode(), QStringLiteral("device_unavailable"));
    QCOMPARE(runs(), before);
}

void TestCliWorker::aWorkerThatIsNotThereIsSaidToBeSo()
{
    m_bench.addPhoto(QStringLiteral("stranger.jpg"), 77);
    const QByteArray before = qgetenv("FLUKEPRINT_WORKER");
    qputenv("FLUKEPRINT_WORKER", "/nowhere/flukeprint-worker");
    const CliAnswer answer = cli().json("identify c.flukeprint stranger.jpg");
    qputenv("FLUKEPRINT_WORKER", before);
    COMPARE_STATUS(answer, 5);
    QCOMPARE(answer.errorCode(), QStringLiteral("worker_missing"));
}

QTEST_GUILESS_MAIN(TestCliWorker)
#include "tst_cli_worker.moc"
