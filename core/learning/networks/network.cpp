#include "core/learning/networks/network.h"

#include "core/learning/networks/trunks.h"

#include <torch/nn/functional/normalization.h>
#include <torch/nn/init.h>

#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>
#include <array>
#include <string_view>

namespace flukeprint::learning {

namespace {

void initialise(Trunk &trunk)
{
    for (const torch::Tensor &parameter : trunk.parameters()) {
        if (parameter.dim() == 4)
            torch::nn::init::kaiming_normal_(parameter, 0, torch::kFanOut, torch::kReLU);
    }
}

/// Photos as the network takes them: colour weighed to grey, or grey spread over three channels.
torch::Tensor withChannels(torch::Tensor images, std::int64_t channels)
{
    if (images.size(1) == channels)
        return images;
    if (channels == 3)
        return images.expand({-1, 3, -1, -1});
    return greyOf(images, 1);
}

NetworkOptions withInputChannels(NetworkOptions options)
{
    options.inputChannels = inputChannelsOf(options);
    return options;
}

struct TrunkMaker
{
    std::string_view architecture;
    std::shared_ptr<Trunk> (*make)(const NetworkOptions &);
};

using Options = NetworkOptions;
constexpr std::array<TrunkMaker, 12> trunkMakers{{
    {"mobilenet_v2", makeMobileNetV2},
    {"resnet18", [](const Options &options) { return makeResNet(18, options); }},
    {"resnet50", [](const Options &options) { return makeResNet(50, options); }},
    {"resnet101", [](const Options &options) { return makeResNet(101, options); }},
    {"vgg16", [](const Options &options) { return makeVgg16(options); }},
    {"deep_ranking", [](const Options &options) { return makeDeepRanking(options); }},
    {"mlp", makeMlp},
    {"inception_v3", makeInceptionV3},
    {"branch_siamese", makeBranchSiamese},
    {"siamese_cnn", makeSiameseCnn},
    {"resnet101_v2_c4", makeResNet101V2C4},
    {"nasnet_a_mobile", makeNasNetMobile},
}};

std::shared_ptr<Trunk> makeTrunk(const NetworkOptions &options)
{
    for (const TrunkMaker &maker : trunkMakers) {
        if (maker.architecture == options.architecture)
            return maker.make(options);
    }
    return nullptr;
}

} // namespace

torch::Tensor greyOf(const torch::Tensor &photos, std::int64_t channels)
{
    constexpr double red = 0.299;
    constexpr double green = 0.587;
    constexpr double blue = 0.114;
    const auto channel = [&](std::int64_t number) { return photos.narrow(channels, number, 1); };
    return (channel(0) * red).add_(channel(1), green).add_(channel(2), blue);
}

std::vector<NormImpl *> Trunk::norms()
{
    std::vector<NormImpl *> all;
    for (const auto &[convolution, norm] : convolutionNormPairs())
        all.push_back(norm);
    return all;
}

void Trunk::setNormEpsilon(double epsilon)
{
    for (NormImpl *norm : norms())
        norm->epsilon = epsilon;
}

EmbeddingNetworkImpl::EmbeddingNetworkImpl(std::shared_ptr<Trunk> trunk, NetworkOptions options)
    : m_options(withInputChannels(std::move(options)))
    , m_dimension(m_options.dimension > 0 ? m_options.dimension : trunk->channels())
    , m_trunk(register_module("trunk", std::move(trunk)))
    , m_head(register_module("head", Head(m_trunk->channels(), m_options)))
{
}

torch::Tensor EmbeddingNetworkImpl::map(torch::Tensor images)
{
    return m_trunk->forward(withChannels(std::move(images), m_options.inputChannels));
}

Features EmbeddingNetworkImpl::forward(torch::Tensor images)
{
    return m_head->forward(map(std::move(images)));
}

Features EmbeddingNetworkImpl::forwardFrozen(torch::Tensor images)
{
    constexpr std::int64_t photosAtATime = 64;
    std::vector<torch::Tensor> maps;
    {
        const torch::NoGradGuard noGradient;
        for (const torch::Tensor &part : images.split(photosAtATime))
            maps.push_back(map(part));
    }
    return m_head->forward(torch::cat(maps));
}

torch::Tensor EmbeddingNetworkImpl::embeddingOf(const Features &features) const
{
    namespace functional = torch::nn::functional;
    if (!m_options.l2Normalised)
        return features.neck;
    return functional::normalize(features.neck, functional::NormalizeFuncOptions().dim(1));
}

torch::Tensor EmbeddingNetworkImpl::embed(torch::Tensor images)
{
    return embeddingOf(forward(std::move(images)));
}

void EmbeddingNetworkImpl::freezeNorms(bool frozen)
{
    m_normsFrozen = frozen;
    train(is_training());
}

void EmbeddingNetworkImpl::train(bool on)
{
    torch::nn::Module::train(on);
    if (!on || !m_normsFrozen)
        return;
    for (NormImpl *norm : m_trunk->norms())
        norm->eval();
}

void EmbeddingNetworkImpl::setNormEpsilon(double epsilon)
{
    m_options.normEpsilon = epsilon;
    m_trunk->setNormEpsilon(epsilon);
}

Result<EmbeddingNetwork> makeNetwork(const NetworkOptions &options)
{
    if (Result<void> checked = checkOptions(options); !checked)
        return checked.error();
    std::shared_ptr<Trunk> trunk = makeTrunk(options);
    initialise(*trunk);
    return EmbeddingNetwork(std::move(trunk), options);
}

std::vector<std::pair<std::string, torch::Tensor>> namedTensors(EmbeddingNetwork &network)
{
    constexpr std::string_view trunkPrefix = "trunk.";
    std::vector<std::pair<std::string, torch::Tensor>> tensors;
    const auto append = [&](const auto &items) {
        for (const auto &item : items) {
            const std::string &key = item.key();
            tensors.emplace_back(key.starts_with(trunkPrefix) ? key.substr(trunkPrefix.size()) : key, item.value());
        }
    };
    append(network->named_parameters());
    append(network->named_buffers());
    std::sort(tensors.begin(), tensors.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    return tensors;
}

EmbeddingNetwork copyNetwork(EmbeddingNetwork &network)
{
    const torch::NoGradGuard noGradients;
    // A copy must not disturb the random numbers of a training run that is under way.
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const at::Tensor randomState = generator.get_state();
    EmbeddingNetwork copy(makeTrunk(network->options()), network->options());
    generator.set_state(randomState);
    const auto source = namedTensors(network);
    auto target = namedTensors(copy);
    if (!source.empty())
        copy->to(source.front().second.device());
    target = namedTensors(copy);
    for (std::size_t i = 0; i < source.size(); ++i)
        target[i].second.copy_(source[i].second);
    copy->train(network->is_training());
    return copy;
}

void foldNorms(Trunk &trunk)
{
    const torch::NoGradGuard noGradients;
    for (const auto &[convolution, norm] : trunk.convolutionNormPairs()) {
        const torch::Tensor scale = norm->scale();
        convolution->weight.copy_(convolution->weight * scale.view({-1, 1, 1, 1}));
        const torch::Tensor mean =
            convolution->bias.defined() ? norm->runningMean - convolution->bias : norm->runningMean;
        convolution->bias = (norm->bias - mean * scale).to(convolution->weight.scalar_type());
        norm->setFolded(true);
    }
}

EmbeddingNetwork foldedForInference(EmbeddingNetwork &network)
{
    EmbeddingNetwork copy = copyNetwork(network);
    copy->eval();
    foldNorms(copy->trunk());
    return copy;
}

} // namespace flukeprint::learning
