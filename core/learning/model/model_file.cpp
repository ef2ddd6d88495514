#include "core/learning/model/model_file.h"

#include "core/learning/model/model_metadata.h"
#include "core/learning/model/tensor_file.h"
#include "core/protocol/foreign_weights.h"

#include <torch/torch.h>

#include <ctime>
#include <set>

namespace flukeprint::learning {

namespace {

constexpr std::string_view countName = "num_batches_tracked"; // bookkeeping without effect, absent from many files
constexpr std::string_view headPrefix = "head.";

std::string shapeText(at::IntArrayRef shape)
{
    std::string text = "[";
    for (const std::int64_t side : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(side);
    return text + "]";
}

Result<void> copyInto(torch::Tensor &target, const torch::Tensor &source, const std::string &path,
                      const std::string &name)
{
    if (source.sizes() != target.sizes())
        return Error(ErrorCode::TensorInvalid,
                     {path, name, "shape " + shapeText(source.sizes()) + " instead of " + shapeText(target.sizes())});
    if (source.is_floating_point() != target.is_floating_point())
        return Error(ErrorCode::TensorInvalid, {path, name, std::string("type ") + toString(source.scalar_type())});
    if (source.is_floating_point() && !torch::isfinite(source).all().item<bool>())
        return Error(ErrorCode::TensorInvalid, {path, name, "a value that is not finite"});
    target.copy_(source);
    return {};
}

Result<TensorMismatch> copyTensors(EmbeddingNetwork &network, const NamedTensors &tensors, const std::string &path,
                                   bool withHead)
{
    const torch::NoGradGuard noGradients;
    TensorMismatch mismatch;
    std::set<std::string> used; // names of the file
    std::map<std::string, NamedTensors::const_iterator> byName; // as the network calls them
    for (auto tensor = tensors.begin(); tensor != tensors.end(); ++tensor)
        byName.emplace(protocol::torchvisionName(network->options().architecture, tensor->first), tensor);
    for (auto &[name, target] : namedTensors(network)) {
        const auto source = byName.find(name);
        if (source == byName.end() || (!withHead && name.starts_with(headPrefix))) {
            if (!name.ends_with(countName))
                mismatch.missing.push_back(name);
            continue;
        }
        const auto &[nameInFile, tensor] = *source->second;
        const bool isDenseConvolution = nameInFile != name && tensor.dim() == 4 && target.dim() == 2;
        if (Result<void> copied = copyInto(target, isDenseConvolution ? tensor.flatten(1) : tensor, path, nameInFile); !copied)
            return copied.error();
        used.insert(nameInFile);
    }
    for (const auto &[name, tensor] : tensors) {
        if (!used.contains(name))
            mismatch.unexpected.push_back(name);
    }
    return mismatch;
}

Result<ModelInfo> infoOf(const SafetensorsReader &file, const std::string &architecture, const std::string &path)
{
    if (!isOwnModel(file.metadata()))
        return foreignModelInfo(file, architecture, path);
    Result<ModelInfo> info = ownModelInfo(file.metadata(), path);
    if (info && !architecture.empty() && architecture != info->network.architecture)
        return Error(ErrorCode::ModelIncompatible, {path, "architecture " + info->network.architecture});
    return info;
}

/// A file may lack what training would add, never the trunk: an untrained layer gives embeddings that mean nothing.
Result<void> checkComplete(const std::vector<std::string> &missing, const std::string &path)
{
    if (missing.empty())
        return {};
    std::string all;
    for (const std::string &name : missing)
        all += (all.empty() ? "missing: " : ", ") + name;
    std::string summary = "missing " + missing.front();
    if (missing.size() > 1)
        summary += " and " + std::to_string(missing.size() - 1) + " more";
    return Error(ErrorCode::ModelIncompatible, {path, std::move(summary)}, std::move(all));
}

std::string nowUtc()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

} // namespace

Normalisation Normalisation::imageNet()
{
    return {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}, false};
}

Normalisation Normalisation::around128()
{
    constexpr double middle = 128.0 / 255.0;
    return {{middle, middle, middle}, {middle, middle, middle}, false};
}

std::int64_t LoadedModel::embeddingDimension() const
{
    return network->dimension() * (info.testTime == TestTime::Mirror ? 2 : 1);
}

Result<ModelInfo> readModelInfo(const std::filesystem::path &path)
{
    Result<SafetensorsReader> file = SafetensorsReader::open(path);
    if (!file)
        return file.error();
    if (!isOwnModel(file->metadata()))
        return Error(ErrorCode::ModelIncompatible, {path.string(), "no flukeprint model"});
    return ownModelInfo(file->metadata(), path.string());
}

Result<LoadedModel> listModel(const std::filesystem::path &path, const std::string &architecture)
{
    Result<SafetensorsReader> opened = SafetensorsReader::open(path);
    if (!opened)
        return opened.error();
    Result<ModelInfo> info = infoOf(*opened, architecture, path.string());
    if (!info)
        return info.error();
    Result<void> fits = checkOptions(info->network);
    if (fits)
        fits = checkInputSize(info->network.architecture, info->inputWidthPx, info->inputHeightPx);
    if (!fits)
        return Error(ErrorCode::ModelIncompatible, {path.string(), fits.error().debugText()});
    Result<EmbeddingNetwork> network = makeNetwork(info->network);
    if (!network)
        return network.error();
    Result<TensorFile> file = readTensorFile(path);
    if (!file)
        return file.error();
    Result<TensorMismatch> mismatch = copyTensors(*network, file->tensors, path.string(), true);
    if (!mismatch)
        return mismatch.error();
    LoadedModel model;
    model.info = std::move(info).value();
    model.info.network = (*network)->options();
    model.network = std::move(network).value();
    model.network->eval();
    model.unexpected = std::move(mismatch->unexpected);
    model.missing = std::move(mismatch->missing);
    return model;
}

Result<LoadedModel> loadModel(const std::filesystem::path &path, const std::string &architecture)
{
    Result<LoadedModel> model = listModel(path, architecture);
    if (!model)
        return model;
    if (Result<void> complete = checkComplete(model->missing, path.string()); !complete)
        return complete.error();
    return model;
}

Result<void> saveModel(const std::filesystem::path &path, const ModelInfo &info, EmbeddingNetwork &network, bool half,
                       const NamedTensors &beside)
{
    NamedTensors tensors = beside;
    for (auto &[name, tensor] : namedTensors(network))
        tensors.emplace(name, tensor);
    ModelInfo complete = info;
    complete.network = network->options();
    if (complete.created.empty())
        complete.created = nowUtc();
    auto metadata = modelMetadata(complete);
    metadata["dimension"] = std::to_string(network->dimension() * (info.testTime == TestTime::Mirror ? 2 : 1));
    return writeTensorFile(path, tensors, metadata, half);
}

Result<TensorMismatch> loadWeights(EmbeddingNetwork &network, const std::filesystem::path &path, bool withHead)
{
    Result<TensorFile> file = readTensorFile(path);
    if (!file)
        return file.error();
    return copyTensors(network, file->tensors, path.string(), withHead);
}

} // namespace flukeprint::learning
