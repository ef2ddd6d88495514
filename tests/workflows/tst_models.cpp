#include "core/catalogue/model_store.h"
#include "core/jobs/worker_locator.h"
#include "core/workflows/models/model_header.h"
#include "core/workflows/models/model_registry.h"
#include "core/workflows/models/register_model.h"
#include "tests/workflows/model_files.h"
#include "tests/workflows/training_catalogue.h"

#include <QDir>
#include <QTest>

using namespace flukeprint;
using namespace flukeprint::workflows;

class TestModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theHeaderSaysWhatAModelIs();
    void damagedHeadersAreRefusedByName_data();
    void damagedHeadersAreRefusedByName();
    void formatsThatRunCodeAreRefused_data();
    void formatsThatRunCodeAreRefused();
    void shippedModelsAreAdoptedOnce();
    void exportAndRemove();
    void nothingIsLeftBehindAfterAnError();
    void imageNetWeightsBecomeAModelOfOurs();
    void whatAFileLacksIsListed();

private:
    QStringList modelFiles(TrainingCatalogue &catalogue) const;
};

QStringList TestModels::modelFiles(TrainingCatalogue &catalogue) const
{
    const QDir folder(QString::fromStdString(catalogue->modelsFolder().string()));
    return folder.entryList(QDir::Files | QDir::Hidden, QDir::Name);
}

void TestModels::theHeaderSaysWhatAModelIs()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("m.safetensors"));
    writeFile(path, modelBytes(ownMetadata()));
    const auto header = readModelHeader(path.toStdString());
    QVERIFY(header.ok());
    QVERIFY(isOwnModel(*header));
    const auto model = modelRecord(*header, path.toStdString());
    QVERIFY(model.ok());
    QCOMPARE(model->dimension, 2);
    QCOMPARE(model->inputWidthPx, 32);
    QCOMPARE(model->architecture, QStringLiteral("mobilenet_v2"));
    QCOMPARE(model->metricsJson, QStringLiteral("{\"map5\":0.25}"));
    QCOMPARE(model->calibrationJson, QStringLiteral("{}"));
}

void TestModels::damagedHeadersAreRefusedByName_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("code");
    const auto row = [](const char *name, const QByteArray &bytes, ErrorCode code) {
        QTest::newRow(name) << bytes << static_cast<int>(code);
    };
    const auto with = [](const char *key, const char *value) {
        QJsonObject metadata = ownMetadata();
        metadata.insert(QLatin1String(key), QLatin1String(value));
        return modelBytes(metadata);
    };
    row("empty", {}, ErrorCode::FileEmpty);
    row("three bytes", "abc", ErrorCode::FormatUnknown);
    row("absurd length", QByteArray(8, '\xff') + "{}", ErrorCode::FormatUnknown);
    row("text", "# a text file, no model at all", ErrorCode::FormatUnknown);
    row("cut off", modelBytes(ownMetadata()).chopped(10), ErrorCode::FileTruncated);
    row("no JSON", safetensorsBytes("{\"a\":,}"), ErrorCode::DataDamaged);
    row("dimension 0", with("dimension", "0"), ErrorCode::DataDamaged);
    row("dimension is text", with("dimension", "many"), ErrorCode::DataDamaged);
    row("input too wide", with("input_width", "100000"), ErrorCode::DataDamaged);
    row("metrics are no object", with("metrics", "[1]"), ErrorCode::DataDamaged);
    row("newer format", with("format_version", "2"), ErrorCode::VersionTooNew);
    row("somebody else's", with("format", "pt"), ErrorCode::DataDamaged);
}

void TestModels::damagedHeadersAreRefusedByName()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, code);
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("m.safetensors"));
    writeFile(path, bytes);
    const auto header = readModelHeader(path.toStdString());
    const Error error = header ? modelRecord(*header, path.toStdString()).error() : header.error();
    QCOMPARE(static_cast<int>(error.code), code);
    QVERIFY(!error.args.empty());
    QCOMPARE(QString::fromStdString(error.args[0]), path);
}

void TestModels::formatsThatRunCodeAreRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("PyTorch") << QStringLiteral("weights.pth") << QByteArray("anything");
    QTest::newRow("zipped PyTorch under another name")
        << QStringLiteral("weights.safetensors") << QByteArray("PK\x03\x04rest");
    QTest::newRow("pickle under another name") << QStringLiteral("weights.dat") << QByteArray("\x80\x02}q");
    QTest::newRow("ONNX") << QStringLiteral("net.ONNX") << QByteArray("anything");
}

void TestModels::formatsThatRunCodeAreRefused()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    TrainingCatalogue catalogue;
    const QString path = catalogue.path(name);
    writeFile(path, bytes);
    const auto imported = importModel(*catalogue, path.toStdString(), {}, {});
    QVERIFY(!imported.ok());
    QCOMPARE(imported.error().code, ErrorCode::FormatUnsupported);
    QVERIFY(modelFiles(catalogue).isEmpty());
    QCOMPARE(importModel(*catalogue, "/nowhere/m.safetensors", {}, {}).error().code, ErrorCode::FileNotFound);
}

void TestModels::shippedModelsAreAdoptedOnce()
{
    QTemporaryDir shipped;
    writeFile(shipped.filePath(QStringLiteral("flukeprint-base.safetensors")), modelBytes(ownMetadata()));
    writeFile(shipped.filePath(QStringLiteral("readme.txt")), "no model");
    qputenv("FLUKEPRINT_MODELS", shipped.path().toUtf8());
    TrainingCatalogue catalogue;
    catalogue::ModelStore store(*catalogue);
    const auto first = adoptShippedModels(*catalogue);
    QVERIFY2(first.ok(), first.ok() ? "" : first.error().debugText().c_str());
    QCOMPARE(first->size(), 1U);
    QCOMPARE(store.active()->name, QStringLiteral("flukeprint-base"));
    QVERIFY(store.active()->file.startsWith(QStringLiteral("models/")));
    QVERIFY(adoptShippedModels(*catalogue)->empty());

    writeFile(shipped.filePath(QStringLiteral("flukeprint-large.safetensors")), modelBytes(ownMetadata()));
    const auto second = adoptShippedModels(*catalogue);
    QCOMPARE(second->size(), 1U);
    QCOMPARE(store.active()->name, QStringLiteral("flukeprint-base")); // a new one does not take over by itself
    QVERIFY(removeModel(*catalogue, second->front()).ok());
    QVERIFY(adoptShippedModels(*catalogue)->empty()); // removed stays removed
    qunsetenv("FLUKEPRINT_MODELS");
}

void TestModels::exportAndRemove()
{
    TrainingCatalogue catalogue;
    const QByteArray bytes = modelBytes(ownMetadata());
    const QString source = catalogue.path(QStringLiteral("s.safetensors"));
    writeFile(source, bytes);
    const auto add = [&](const char *name) {
        return registerModel(*catalogue, QString::fromLatin1(name), {}, [&](const std::filesystem::path &target) {
            return copyFile(source.toStdString(), target);
        });
    };
    const auto active = add("one");
    const auto spare = add("one"); // the same name again
    QVERIFY(active.ok() && spare.ok());
    catalogue::ModelStore store(*catalogue);
    QCOMPARE(store.get(*spare)->name, QStringLiteral("one-2"));
    const QString target = catalogue.path(QStringLiteral("out.safetensors"));
    QVERIFY(exportModel(*catalogue, *spare, target.toStdString()).ok());
    QFile exported(target);
    QVERIFY(exported.open(QIODevice::ReadOnly));
    QCOMPARE(exported.readAll(), bytes);
    QCOMPARE(exportModel(*catalogue, *spare, target.toStdString()).error().code, ErrorCode::AlreadyExists);
    QVERIFY(exportModel(*catalogue, *spare, target.toStdString(), true).ok());
    QCOMPARE(modelFiles(catalogue).size(), 2);
    QVERIFY(removeModel(*catalogue, *spare).ok());
    QCOMPARE(modelFiles(catalogue).size(), 1);
    QCOMPARE(removeModel(*catalogue, *active).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(modelFiles(catalogue).size(), 1);
}

void TestModels::nothingIsLeftBehindAfterAnError()
{
    TrainingCatalogue catalogue;
    const QString source = catalogue.path(QStringLiteral("s.safetensors"));
    writeFile(source, modelBytes({{QStringLiteral("format"), QStringLiteral("flukeprint-model")}}));
    const auto model = registerModel(*catalogue, QStringLiteral("bad"), {}, [&](const std::filesystem::path &target) {
        return copyFile(source.toStdString(), target);
    });
    QVERIFY(!model.ok());
    QVERIFY(modelFiles(catalogue).isEmpty());
    QVERIFY(catalogue::ModelStore(*catalogue).list()->empty());
}

void TestModels::imageNetWeightsBecomeAModelOfOurs()
{
    const QString weights = QStringLiteral(FLUKEPRINT_SHARED_DATA_DIR "/weights/mobilenetv2_imagenet.safetensors");
    if (!QFile::exists(weights))
        QSKIP("the ImageNet weights are not at hand");
    if (!jobs::locateWorker())
        QFAIL("flukeprint-worker is not built");
    TrainingCatalogue catalogue;
    ModelImportOptions options;
    options.name = "imagenet";
    const auto model = importModel(*catalogue, weights.toStdString(), options, {});
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().debugText().c_str());
    const auto record = catalogue::ModelStore(*catalogue).get(model->id);
    QCOMPARE(record->name, QStringLiteral("imagenet"));
    QCOMPARE(record->architecture, QStringLiteral("mobilenet_v2"));
    QVERIFY(record->dimension >= 1280);
    QVERIFY(record->active);
    const QStringList classifier{QStringLiteral("classifier.1.bias"), QStringLiteral("classifier.1.weight")};
    QCOMPARE(model->leftOver, classifier);
    const auto inspected = inspectModel(weights.toStdString(), {}, {});
    QVERIFY(inspected.ok());
    QCOMPARE(inspected->architecture, QStringLiteral("mobilenet_v2"));
    QCOMPARE(inspected->leftOver, classifier);
    QVERIFY(inspected->missing.isEmpty());
    const QString text = catalogue.path(QStringLiteral("t.safetensors"));
    writeFile(text, safetensorsBytes(R"({"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})"));
    const auto truncated = importModel(*catalogue, text.toStdString(), {}, {});
    QVERIFY(!truncated.ok());
    QCOMPARE(modelFiles(catalogue).size(), 1);
}

void TestModels::whatAFileLacksIsListed()
{
    if (!jobs::locateWorker())
        QFAIL("flukeprint-worker is not built");
    TrainingCatalogue catalogue;
    const QString path = catalogue.path(QStringLiteral("part.safetensors"));
    writeFile(path, safetensorsBytes(R"({"features.0.1.weight":{"dtype":"F32","shape":[32],"data_offsets":[0,128]},)"
                                     R"("fc.weight":{"dtype":"F32","shape":[2],"data_offsets":[128,136]}})")
                        + QByteArray(136, '\0'));
    ModelImportOptions options;
    options.architecture = "mobilenet_v2";
    const auto inspected = inspectModel(path.toStdString(), options, {});
    QVERIFY2(inspected.ok(), inspected.ok() ? "" : inspected.error().debugText().c_str());
    QCOMPARE(inspected->leftOver, QStringList{QStringLiteral("fc.weight")});
    QVERIFY(inspected->missing.contains(QStringLiteral("features.0.0.weight")));
    QVERIFY(!inspected->missing.contains(QStringLiteral("features.0.1.weight")));
    const auto imported = importModel(*catalogue, path.toStdString(), options, {});
    QCOMPARE(imported.error().code, ErrorCode::ModelIncompatible);
    QVERIFY(modelFiles(catalogue).isEmpty());
    QCOMPARE(inspectModel(catalogue.path(QStringLiteral("m.pth")).toStdString(), {}, {}).error().code, ErrorCode::FileNotFound);
}

QTEST_GUILESS_MAIN(TestModels)
#include "tst_models.moc"
