#include "core/learning/training/start_model.h"

#include "core/learning/embedding/embedder.h"
#include "core/learning/networks/restore_norms.h"

#include <torch/torch.h>

#include <algorithm>

namespace flukeprint::learning {

namespace {

constexpr double trainedNormEpsilon = 1e-5;

Pooling poolingOf(const std::string &name)
{
    if (name == "max")
        return Pooling::Max;
    return name == "average" ? Pooling::Average : Pooling::GeneralisedMean;
}

void applyConfig(const protocol::RunConfig &config, const RunData &data, ModelInfo &info)
{
    info.preset = config.preset;
    NetworkOptions &network = info.network;
    network.architecture = config.text("network");
    network.pooling = poolingOf(config.textOr("pooling", "gem"));
    network.hidden.clear();
    if (config.textOr("hidden", "none") == "512-256")
        network.hidden = {512, 256};
    network.dimension = config.integerOr("dimension", 0);
    network.linearBias = config.booleanOr("linear_bias", false);
    network.activation = config.textOr("activation", "none") == "sigmoid" ? OutputActivation::Sigmoid : OutputActivation::None;
    network.dropout = config.realOr("dropout", 0);
    network.trunkDropout = config.realOr("trunk_dropout", 0);
    network.bnNeck = config.booleanOr("bn_neck", true);
    network.l2Normalised = config.booleanOr("l2_normalised", true);
    info.inputWidthPx = static_cast<std::int32_t>(config.integer("input_width"));
    info.inputHeightPx = static_cast<std::int32_t>(config.integer("input_height"));
    info.testTime = config.textOr("test_time", "plain") == "mirror" ? TestTime::Mirror : TestTime::Plain;
    info.normalisation.whiteFrame = config.booleanOr("white_frame", false);
    info.ranksCentroids = config.textOr("ranking", "photos") == "centroids";
    info.snapshotHash = data.snapshot().hash;
    info.metricsJson = "{}";
    info.calibrationJson = "{}";
    info.created.clear();
}

Result<StartModel> makeModel(const protocol::RunConfig &config, ModelInfo info, const RunData &data)
{
    applyConfig(config, data, info);
    if (const Result<void> fits = checkInputSize(info.network.architecture, info.inputWidthPx, info.inputHeightPx); !fits)
        return fits.error();
    torch::manual_seed(static_cast<std::uint64_t>(config.integer("seed")));
    Result<EmbeddingNetwork> network = makeNetwork(info.network);
    if (!network)
        return network.error();
    StartModel model;
    model.info = std::move(info);
    model.network = std::move(*network);
    const torch::NoGradGuard noGradient;
    for (auto &[name, tensor] : namedTensors(model.network)) {
        if (name == "head.pool.p")
            tensor.fill_(config.realOr("gem_p", 3));
    }
    return model;
}

/// Some hundred training photos, spread over all, as the network will see them.
std::vector<torch::Tensor> normPhotos(const RunData &data, const Normalisation &normalisation)
{
    constexpr std::size_t wanted = 256;
    constexpr std::size_t batchSize = 32;
    std::vector<torch::Tensor> batches;
    std::vector<RunPhoto> photos;
    const std::size_t count = std::min(wanted, data.train().size());
    for (std::size_t i = 0; i < count; ++i) {
        photos.push_back(data.train()[i * data.train().size() / count]);
        if (photos.size() == batchSize || i + 1 == count) {
            batches.push_back(prepareChips(data.interleavedChips(photos), normalisation));
            photos.clear();
        }
    }
    return batches;
}

/// A fresh neck knows nothing of its inputs' range: with their mean and variance the start is comparable, and worth comparing with.
void calibrateNeck(StartModel &model, const std::vector<torch::Tensor> &photos)
{
    const torch::NoGradGuard noGradient;
    model.network->eval();
    std::vector<torch::Tensor> features;
    for (const torch::Tensor &batch : photos)
        features.push_back(model.network->forward(batch).feature);
    const torch::Tensor all = torch::cat(features);
    for (auto &[name, tensor] : namedTensors(model.network)) {
        if (name == "head.neck.running_mean")
            tensor.copy_(all.mean(0));
        else if (name == "head.neck.running_var" && all.size(0) > 1)
            tensor.copy_(all.var(0));
    }
    model.network->train();
}

std::string layersText(const std::vector<std::int64_t> &widths)
{
    std::string text;
    for (const std::int64_t width : widths) {
        if (!text.empty())
            text += '-';
        text += std::to_string(width);
    }
    return text.empty() ? "none" : text;
}

/// A head of another length or depth is another map altogether: what would be left of it are stray layers. Weights without a head fit.
Result<void> checkHead(const NetworkOptions &start, const NetworkOptions &run, const std::string &path)
{
    if (start.dimension == 0)
        return {};
    if (start.dimension != run.dimension) {
        return Error(ErrorCode::ModelIncompatible,
                     {path, "dimension " + std::to_string(start.dimension) + " instead of " + std::to_string(run.dimension)});
    }
    if (start.hidden != run.hidden) {
        return Error(ErrorCode::ModelIncompatible,
                     {path, "hidden layers " + layersText(start.hidden) + " instead of " + layersText(run.hidden)});
    }
    return {};
}

/// What the same weights will be used for in another way: training adapts to it, so it is worth a word and no refusal.
std::vector<std::string> headDifferences(const NetworkOptions &start, const NetworkOptions &run)
{
    std::vector<std::string> differences;
    const auto compare = [&differences](const char *what, const std::string &had, const std::string &has) {
        if (had != has)
            differences.push_back(std::string(what) + " " + had + " instead of " + has);
    };
    const auto yesNo = [](bool value) { return std::string(value ? "yes" : "no"); };
    const auto activation = [](const NetworkOptions &options) {
        return std::string(options.activation == OutputActivation::Sigmoid ? "sigmoid" : "none");
    };
    compare("pooling", poolingName(start.pooling), poolingName(run.pooling));
    compare("bn_neck", yesNo(start.bnNeck), yesNo(run.bnNeck));
    compare("linear_bias", yesNo(start.linearBias), yesNo(run.linearBias));
    compare("activation", activation(start), activation(run));
    return differences;
}

Result<void> takeWeights(StartModel &model, const std::string &path, const RunData &data, bool freshHead)
{
    const Result<TensorMismatch> loaded = loadWeights(model.network, path, !freshHead);
    if (!loaded)
        return loaded.error();
    model.missing = loaded->missing;
    model.unexpected = loaded->unexpected;
    const std::vector<torch::Tensor> photos = normPhotos(data, model.info.normalisation);
    if (model.info.network.normEpsilon == 0) {
        if (const Result<void> restored = restoreBatchNorm(model.network, photos, trainedNormEpsilon); !restored)
            return restored;
        model.info.network = model.network->options();
    }
    const std::vector<std::string> &fresh = model.missing;
    if (std::find(fresh.begin(), fresh.end(), "head.neck.running_mean") != fresh.end())
        calibrateNeck(model, photos);
    return {};
}

} // namespace

Result<StartModel> makeStartModel(const protocol::RunConfig &config, const std::string &startModelPath, const RunData &data,
                                  bool freshHead)
{
    ModelInfo info;
    if (startModelPath.empty()) {
        const ArchitectureInfo *architecture = findArchitecture(config.text("network"));
        const bool folded = !architecture || architecture->normEpsilon == 0;
        info.network.normEpsilon = folded ? trainedNormEpsilon : architecture->normEpsilon;
        return makeModel(config, std::move(info), data);
    }
    const Result<LoadedModel> start = loadModel(startModelPath);
    if (!start)
        return start.error();
    if (start->info.network.architecture != config.text("network"))
        return Error(ErrorCode::ModelIncompatible, {startModelPath, "architecture " + start->info.network.architecture
                                                                        + " instead of " + config.text("network")});
    info.network = start->info.network;
    info.normalisation = start->info.normalisation;
    info.other = start->info.other;
    Result<StartModel> model = makeModel(config, std::move(info), data);
    if (!model)
        return model;
    const bool takesHead = !freshHead && start->info.network.dimension != 0;
    if (takesHead) {
        if (const Result<void> fits = checkHead(start->info.network, model->info.network, startModelPath); !fits)
            return fits.error();
        model->differences = headDifferences(start->info.network, model->info.network);
    }
    if (const Result<void> taken = takeWeights(*model, startModelPath, data, freshHead); !taken)
        return taken.error();
    return model;
}

Result<StartModel> makeResumedModel(const protocol::RunConfig &config, const ModelInfo &info, const RunData &data)
{
    return makeModel(config, info, data);
}

} // namespace flukeprint::learning
