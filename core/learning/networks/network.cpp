#include "core/learning/networks/network.h"

#include "core/learning/networks/trunks.h"

#include <torch/nn/functional/normalization.h>
#include <torch/nn/init.h>

#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>

namespace flukeprint::learning {

namespace {

void initialise(Trunk &trunk)
{
    for (const auto &[convolution, norm] : trunk.convolutionNormPairs())
        torch::nn::init::kaiming_normal_(convolution->weight, 0, torch::kFanOut, torch::kReLU);
}

std::shared_ptr<Trunk> makeTrunk(const NetworkOptions &options)
{
    if (options.architecture == "mobilenet_v2")
        return makeMobileNetV2(options);
    if (options.architecture == "resnet18")
        return makeResNet(18, options);
    if (options.architecture == "resnet50")
        return makeResNet(50, options);
    if (options.architecture == "resnet101")
        return makeResNet(101, options);
    return nullptr;
}

Result<void> checkOptions(const NetworkOptions &options)
{
    constexpr std::int64_t widest = 8192;
    constexpr std::size_t mostLayers = 8;
    const auto invalid = [](std::string name, std::string value, std::string allowed) {
        return Error(ErrorCode::InvalidArgument, {std::move(name), std::move(value), std::move(allowed)});
    };
    const auto &known = architectures();
    if (std::find(known.begin(), known.end(), options.architecture) == known.end()) {
        std::string names;
        for (const std::string &name : known)
            names += (names.empty() ? "" : ", ") + name;
        return invalid("architecture", options.architecture, names);
    }
    if (options.tensorflowPadding && options.architecture != "mobilenet_v2")
        return invalid("tensorflow_padding", options.architecture, "mobilenet_v2");
    if (options.dimension < 0 || options.dimension > widest)
        return invalid("dimension", std::to_string(options.dimension), "0..8192");
    if (options.hidden.size() > mostLayers)
        return invalid("hidden", std::to_string(options.hidden.size()), "at most 8 layers");
    for (const std::int64_t width : options.hidden) {
        if (width < 1 || width > widest)
            return invalid("hidden", std::to_string(width), "1..8192");
    }
    if (!options.hidden.empty() && options.dimension == 0)
        return invalid("dimension", "0", "1..8192 after hidden layers");
    if (!(options.dropout >= 0 && options.dropout < 1))
        return invalid("dropout", std::to_string(options.dropout), "0..1");
    if (!(options.normEpsilon >= 0 && options.normEpsilon <= 1))
        return invalid("norm_epsilon", std::to_string(options.normEpsilon), "0..1");
    return {};
}

} // namespace

std::string poolingName(Pooling pooling)
{
    switch (pooling) {
    case Pooling::GeneralisedMean:
        return "gem";
    case Pooling::Max:
        return "max";
    case Pooling::Average:
        break;
    }
    return "average";
}

const std::vector<std::string> &architectures()
{
    static const std::vector<std::string> names{"mobilenet_v2", "resnet18", "resnet50", "resnet101"};
    return names;
}

EmbeddingNetworkImpl::EmbeddingNetworkImpl(std::shared_ptr<Trunk> trunk, NetworkOptions options)
    : m_options(std::move(options))
    , m_dimension(m_options.dimension > 0 ? m_options.dimension : trunk->channels())
    , m_trunk(register_module("trunk", std::move(trunk)))
    , m_head(register_module("head", Head(m_trunk->channels(), m_options)))
{
}

Features EmbeddingNetworkImpl::forward(torch::Tensor images)
{
    return m_head->forward(m_trunk->forward(std::move(images)));
}

torch::Tensor EmbeddingNetworkImpl::embed(torch::Tensor images)
{
    namespace functional = torch::nn::functional;
    return functional::normalize(forward(std::move(images)).neck, functional::NormalizeFuncOptions().dim(1));
}

std::vector<NormImpl *> EmbeddingNetworkImpl::trunkNorms()
{
    std::vector<NormImpl *> norms;
    for (const auto &[convolution, norm] : m_trunk->convolutionNormPairs())
        norms.push_back(norm);
    return norms;
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
    for (NormImpl *norm : trunkNorms())
        norm->eval();
}

void EmbeddingNetworkImpl::setNormEpsilon(double epsilon)
{
    m_options.normEpsilon = epsilon;
    for (NormImpl *norm : trunkNorms())
        norm->epsilon = epsilon;
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
        convolution->bias = (norm->bias - norm->runningMean * scale).to(convolution->weight.scalar_type());
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
