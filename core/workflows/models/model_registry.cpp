#include "core/workflows/models/model_registry.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/settings_store.h"
#include "core/jobs/worker_call.h"
#include "core/workflows/models/model_header.h"
#include "core/workflows/models/register_model.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>
#include <system_error>

namespace flukeprint::workflows {

namespace {

/// Names of shipped models that were registered once: one that a person removed does not come back by itself.
const QString offeredKey = QStringLiteral("models.offered");

/// Formats that people have weights in and that we do not open: reading a pickle runs the code inside.
const std::array<QString, 14> refusedSuffixes{
    QStringLiteral("pt"),   QStringLiteral("pth"),    QStringLiteral("bin"),  QStringLiteral("ckpt"),
    QStringLiteral("pkl"),  QStringLiteral("pickle"), QStringLiteral("onnx"), QStringLiteral("h5"),
    QStringLiteral("hdf5"), QStringLiteral("keras"),  QStringLiteral("pb"),   QStringLiteral("tflite"),
    QStringLiteral("npz"),  QStringLiteral("mlmodel")};

Result<void> checkFormat(const std::filesystem::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    if (!QFileInfo(file).isFile())
        return Error(ErrorCode::FileNotFound, {path.string()});
    const QString suffix = QFileInfo(file).suffix().toLower();
    if (std::ranges::find(refusedSuffixes, suffix) != refusedSuffixes.end())
        return Error(ErrorCode::FormatUnsupported, {path.string(), suffix.toStdString()});
    if (!file.open(QIODevice::ReadOnly))
        return Error(ErrorCode::FileUnreadable, {path.string(), file.errorString().toStdString()});
    const QByteArray start = file.read(8);
    if (start.startsWith("PK\x03\x04"))
        return Error(ErrorCode::FormatUnsupported, {path.string(), "zip"});
    if (start.startsWith("\x80\x02") || start.startsWith("\x80\x03") || start.startsWith("\x80\x04"))
        return Error(ErrorCode::FormatUnsupported, {path.string(), "pickle"});
    return {};
}

QStringList texts(const QJsonValue &list)
{
    QStringList all;
    for (const QJsonValue &text : list.toArray())
        all << text.toString();
    return all;
}

/// Lets the worker judge the file; with `exportPath`, has it written there as a model of our own.
Result<ModelInspection> inspect(protocol::InspectJob job, const std::filesystem::path &file, const ModelImportOptions &options,
                                const std::stop_token &stop)
{
    jobs::WorkerProcess worker(options.worker);
    job.modelPath = file.string();
    job.architecture = options.architecture;
    const auto answer = jobs::callWorker(worker, job, stop);
    if (!answer)
        return answer.error();
    const QJsonObject result = QJsonDocument::fromJson(*answer).object();
    ModelInspection inspection;
    inspection.architecture = result.value(QStringLiteral("architecture")).toString();
    inspection.dimension = result.value(QStringLiteral("dimension")).toInt();
    inspection.inputWidthPx = result.value(QStringLiteral("input_width")).toInt();
    inspection.inputHeightPx = result.value(QStringLiteral("input_height")).toInt();
    inspection.preset = result.value(QStringLiteral("preset")).toString();
    inspection.missing = texts(result.value(QStringLiteral("missing")));
    inspection.leftOver = texts(result.value(QStringLiteral("unexpected")));
    return inspection;
}

std::vector<std::filesystem::path> modelsIn(const QString &folder)
{
    std::vector<std::filesystem::path> paths;
    const QDir directory(folder);
    for (const QFileInfo &file : directory.entryInfoList({QStringLiteral("*.safetensors")}, QDir::Files, QDir::Name))
        paths.emplace_back(file.absoluteFilePath().toStdString());
    return paths;
}

} // namespace

Result<ModelInspection> inspectModel(const std::filesystem::path &file, const ModelImportOptions &options, const std::stop_token &stop)
{
    if (const auto checked = checkFormat(file); !checked)
        return checked.error();
    if (const auto header = readModelHeader(file); !header)
        return header.error();
    protocol::InspectJob job;
    job.listMissing = true;
    return inspect(std::move(job), file, options, stop);
}

Result<ImportedModel> importModel(catalogue::Catalogue &catalogue, const std::filesystem::path &file,
                                  const ModelImportOptions &options, const std::stop_token &stop)
{
    if (const auto checked = checkFormat(file); !checked)
        return checked.error();
    const auto header = readModelHeader(file);
    if (!header)
        return header.error();
    const QString name =
        options.name.empty() ? QString::fromStdString(file.stem().string()) : QString::fromStdString(options.name);
    QStringList leftOver;
    const auto model = registerModel(catalogue, name, {}, [&](const std::filesystem::path &target) -> Result<void> {
        protocol::InspectJob job;
        if (!isOwnModel(*header))
            job.exportPath = target.string();
        const auto inspected = inspect(std::move(job), file, options, stop);
        if (!inspected)
            return inspected.error();
        leftOver = inspected->leftOver;
        return isOwnModel(*header) ? copyFile(file, target) : Result<void>();
    });
    if (!model)
        return model.error();
    return ImportedModel{*model, leftOver};
}

Result<void> exportModel(catalogue::Catalogue &catalogue, ModelId model, const std::filesystem::path &target,
                         bool overwrite)
{
    const auto record = catalogue::ModelStore(catalogue).get(model);
    if (!record)
        return record.error();
    if (!overwrite && std::filesystem::exists(target))
        return Error(ErrorCode::AlreadyExists, {"file", target.string()});
    return copyFile(catalogue.resolve(record->file), target);
}

Result<void> removeModel(catalogue::Catalogue &catalogue, ModelId model)
{
    catalogue::ModelStore store(catalogue);
    const auto record = store.get(model);
    if (!record)
        return record.error();
    if (const auto removed = store.remove(model); !removed)
        return removed.error();
    std::error_code ignored; // a file that is gone already is what was wanted
    std::filesystem::remove(catalogue.resolve(record->file), ignored);
    return {};
}

std::vector<std::filesystem::path> shippedModels()
{
    const QString chosen = qEnvironmentVariable("FLUKEPRINT_MODELS");
    if (!chosen.isEmpty())
        return modelsIn(chosen);
    const QString beside = QCoreApplication::applicationDirPath() + QStringLiteral("/../share/flukeprint/models");
    for (const QString &folder : {beside, QStringLiteral(FLUKEPRINT_SOURCE_MODELS)}) {
        if (auto paths = modelsIn(folder); !paths.empty())
            return paths;
    }
    return {};
}

Result<std::vector<ModelId>> adoptShippedModels(catalogue::Catalogue &catalogue)
{
    std::vector<ModelId> adopted;
    catalogue::ModelStore store(catalogue);
    catalogue::SettingsStore settings(catalogue);
    const auto offered = settings.value(offeredKey);
    if (!offered)
        return offered.error();
    QStringList names = offered->value_or(QString()).split(u'\n', Qt::SkipEmptyParts);
    for (const std::filesystem::path &path : shippedModels()) {
        const QString name = QString::fromStdString(path.stem().string());
        const auto known = store.find(name);
        if (!known)
            return known.error();
        if (known->has_value() || names.contains(name))
            continue;
        const auto model = registerModel(catalogue, name, {},
                                         [&](const std::filesystem::path &target) { return copyFile(path, target); });
        if (!model)
            return model.error();
        adopted.push_back(*model);
        names << name;
        if (const auto kept = settings.set(offeredKey, names.join(u'\n')); !kept)
            return kept.error();
    }
    return adopted;
}

} // namespace flukeprint::workflows
