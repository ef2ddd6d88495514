#include "core/learning/training/learner.h"

#include "core/learning/networks/compat.h"
#include "core/learning/training/out_of_memory.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

namespace {

constexpr double white = 255;

AdamWOptions optimizerOptions(const protocol::RunConfig &config)
{
    AdamWOptions options;
    options.weightDecay = config.real("weight_decay");
    return options;
}

/// Channels last in memory: depthwise convolutions run twice as fast in it on the CPU.
void useChannelsLast(EmbeddingNetwork &network)
{
    for (auto &[name, tensor] : namedTensors(network)) {
        if (tensor.dim() == 4)
            tensor.set_data(tensor.contiguous(torch::MemoryFormat::ChannelsLast));
    }
}

/// The part `number` of `parts`, cut between individuals.
LoadedBatch partOf(const LoadedBatch &batch, std::int64_t number, std::int64_t parts, std::int64_t photosPerIndividual)
{
    if (parts == 1)
        return batch;
    const std::int64_t individuals = batch.identified / photosPerIndividual;
    const std::int64_t unidentified = batch.labels.size(0) - batch.identified;
    const std::int64_t first = individuals * number / parts * photosPerIndividual;
    const std::int64_t last = individuals * (number + 1) / parts * photosPerIndividual;
    const std::int64_t firstOther = batch.identified + unidentified * number / parts;
    const std::int64_t lastOther = batch.identified + unidentified * (number + 1) / parts;
    const auto cut = [&](const torch::Tensor &rows) {
        return torch::cat({rows.slice(0, first, last), rows.slice(0, firstOther, lastOther)});
    };
    return {cut(batch.photos), cut(batch.labels), last - first};
}

} // namespace

Learner::Learner(const protocol::RunConfig &config, const ModelInfo &info, EmbeddingNetwork network,
                 const std::vector<std::int64_t> &classCounts, torch::Device device)
    : m_device(device)
    , m_seed(static_cast<std::uint64_t>(config.integer("seed")))
    , m_bfloat16(device.is_cuda() && config.text("precision") != "fp32")
    , m_averaging(config.boolean("weight_averaging"))
    , m_averagingDecay(config.real("averaging_decay"))
    , m_gradientClip(config.real("gradient_clip"))
    , m_photosPerIndividual(config.integer("photos_per_individual"))
    , m_network(std::move(network))
    , m_objective(config, classCounts)
    , m_averageObjective(config, classCounts)
    , m_optimizer(optimizerOptions(config))
    , m_augmenter(AugmentationOptions::named(config.text("augmentation")).value_or(AugmentationOptions{}), m_seed)
{
    m_network->to(device);
    useChannelsLast(m_network);
    m_objective.arcFace()->to(device);
    m_averageObjective.arcFace()->to(device);
    if (m_averaging) {
        m_average = copyNetwork(m_network);
        useChannelsLast(m_average);
        m_average->eval();
        const torch::NoGradGuard noGradient;
        m_averageObjective.arcFace()->centres.copy_(m_objective.arcFace()->centres);
    }
    std::vector<double> scale, offset;
    for (std::size_t channel = 0; channel < 3; ++channel) {
        scale.push_back(1 / (white * info.normalisation.deviation[channel]));
        offset.push_back(-info.normalisation.mean[channel] / info.normalisation.deviation[channel]);
    }
    m_scale = torch::tensor(scale, torch::kFloat).view({1, 3, 1, 1}).to(device);
    m_offset = torch::tensor(offset, torch::kFloat).view({1, 3, 1, 1}).to(device);
    addParameters(config);
}

void Learner::addParameters(const protocol::RunConfig &config)
{
    const double headFactor = config.real("head_rate_factor");
    for (auto &[name, tensor] : namedTensors(m_network)) {
        if (tensor.requires_grad())
            m_optimizer.add("network." + name, tensor, name.rfind("head.", 0) == 0 ? headFactor : 1.0);
        else if (tensor.is_floating_point())
            m_buffers.push_back(tensor);
    }
    m_optimizer.add("objective.centres", m_objective.arcFace()->centres, headFactor);
}

torch::Tensor Learner::normalised(const torch::Tensor &photos) const
{
    return (photos * m_scale + m_offset).contiguous(torch::MemoryFormat::ChannelsLast);
}

Objective::Value Learner::forward(const LoadedBatch &part, Random &random)
{
    if (beforeForward)
        beforeForward(part.labels.size(0));
    const torch::Tensor photos = m_augmenter.apply(part.photos.to(m_device).to(torch::kFloat), random);
    Features features;
    {
        const AutocastScope reduced(m_device.type(), m_bfloat16);
        features = m_network->forward(normalised(photos));
    }
    return m_objective.evaluate(features, part.labels.to(m_device), part.identified);
}

StepOutcome Learner::accumulate(const LoadedBatch &batch, std::int64_t step)
{
    m_optimizer.zeroGradients();
    Random random(m_seed, "augment/" + std::to_string(step));
    StepOutcome outcome;
    for (std::int64_t number = 0; number < parts; ++number) {
        const LoadedBatch part = partOf(batch, number, parts, m_photosPerIndividual);
        if (part.labels.size(0) == 0)
            continue;
        const double share = static_cast<double>(part.identified) / static_cast<double>(batch.identified);
        const Objective::Value value = forward(part, random);
        const torch::Tensor weighted = value.loss * share;
        outcome.loss += weighted.item<double>();
        outcome.activeTriplets += value.activeTriplets.item<double>() * share;
        outcome.finite = outcome.finite && std::isfinite(outcome.loss);
        if (!outcome.finite)
            return outcome;
        weighted.backward();
    }
    return outcome;
}

Result<StepOutcome> Learner::step(const LoadedBatch &batch, std::int64_t step, double rate)
{
    m_network->train();
    m_network->freezeNorms(m_trunkFrozen);
    saveBuffers();
    const std::int64_t individuals = batch.identified / m_photosPerIndividual;
    for (;;) {
        StepOutcome outcome;
        const bool outOfMemory = ranOutOfMemory([&] { outcome = accumulate(batch, step); });
        if (outOfMemory) {
            restoreBuffers();
            m_optimizer.zeroGradients();
            if (parts * 2 > individuals)
                return Error(ErrorCode::OutOfMemory, {m_device.str(), "training step"});
            parts *= 2;
            if (warning)
                warning(Error(ErrorCode::OutOfMemory, {m_device.str(), "batch in " + std::to_string(parts) + " parts"}));
            continue;
        }
        if (outcome.finite)
            outcome.finite = std::isfinite(m_optimizer.clipGradients(m_gradientClip));
        if (!outcome.finite) {
            restoreBuffers();
            m_optimizer.zeroGradients();
            return outcome;
        }
        m_optimizer.step(rate);
        average();
        return outcome;
    }
}

void Learner::saveBuffers()
{
    const torch::NoGradGuard noGradient;
    m_savedBuffers.resize(m_buffers.size());
    for (std::size_t i = 0; i < m_buffers.size(); ++i)
        m_savedBuffers[i] = m_buffers[i].clone();
}

void Learner::restoreBuffers()
{
    const torch::NoGradGuard noGradient;
    for (std::size_t i = 0; i < m_buffers.size(); ++i)
        m_buffers[i].copy_(m_savedBuffers[i]);
}

void Learner::average()
{
    if (!m_averaging)
        return;
    const torch::NoGradGuard noGradient;
    ++m_averagedSteps;
    const auto steps = static_cast<double>(m_averagedSteps);
    // Early on the average must follow quickly, or the start weights would linger in it.
    const double decay = std::min(m_averagingDecay, (1 + steps) / (10 + steps));
    const auto current = namedTensors(m_network);
    const auto averaged = namedTensors(m_average);
    for (std::size_t i = 0; i < current.size(); ++i) {
        torch::Tensor target = averaged[i].second;
        if (target.is_floating_point())
            target.lerp_(current[i].second, 1 - decay);
        else
            target.copy_(current[i].second);
    }
    m_averageObjective.arcFace()->centres.lerp_(m_objective.arcFace()->centres, 1 - decay);
}

void Learner::imprint(const std::vector<std::int64_t> &labels, const torch::Tensor &embeddings)
{
    namespace functional = torch::nn::functional;
    const torch::NoGradGuard noGradient;
    ArcFace &arcFace = m_objective.arcFace();
    const std::int64_t classes = arcFace->margins.size(0);
    const std::int64_t dimension = arcFace->centres.size(1);
    const std::int64_t subCentres = arcFace->centres.size(0) / classes;
    const torch::Tensor classOfRow = torch::tensor(labels, torch::kLong);
    torch::Tensor sums = torch::zeros({classes, dimension});
    for (std::int64_t side = 0; side < std::min<std::int64_t>(2, embeddings.size(1) / dimension); ++side) {
        const std::int64_t firstClass = side * (classes / 2);
        if (side == 0 || firstClass > classOfRow.max().item<std::int64_t>())
            sums.index_add_(0, classOfRow + firstClass, embeddings.narrow(1, side * dimension, dimension));
    }
    const torch::Tensor found = sums.square().sum(1) > 0;
    const torch::Tensor means = functional::normalize(sums, functional::NormalizeFuncOptions().dim(1));
    torch::Tensor centres = means.unsqueeze(1).repeat({1, subCentres, 1});
    // The first stands on the mean, the others around it: equal ones would never part.
    const double spread = 0.5 / std::sqrt(static_cast<double>(dimension));
    centres.narrow(1, 1, subCentres - 1).add_(torch::randn({classes, subCentres - 1, dimension}), spread);
    const torch::Tensor rows = found.repeat_interleave(subCentres).unsqueeze(1).to(m_device);
    const torch::Tensor imprinted = (centres.view({-1, dimension}) * ArcFaceImpl::startNorm).to(m_device);
    arcFace->centres.copy_(torch::where(rows, imprinted, arcFace->centres));
    m_averageObjective.arcFace()->centres.copy_(arcFace->centres);
}

void Learner::freezeTrunk(bool frozen)
{
    m_trunkFrozen = frozen;
    for (AdamW::Slot &slot : m_optimizer.slots()) {
        const bool ofTrunk = slot.name.rfind("network.", 0) == 0 && slot.name.rfind("network.head.", 0) != 0;
        if (ofTrunk)
            slot.parameter.set_requires_grad(!frozen);
    }
}

EmbeddingNetwork &Learner::evaluationNetwork()
{
    EmbeddingNetwork &network = m_averaging ? m_average : m_network;
    network->eval();
    return network;
}

double Learner::evaluationLoss(const LoadedBatch &batch)
{
    const torch::NoGradGuard noGradient;
    const Features features = evaluationNetwork()->forward(normalised(batch.photos.to(m_device).to(torch::kFloat)));
    Objective &objective = m_averaging ? m_averageObjective : m_objective;
    return objective.evaluate(features, batch.labels.to(m_device), batch.identified).loss.item<double>();
}

NamedTensors Learner::weights()
{
    NamedTensors tensors;
    for (auto &[name, tensor] : namedTensors(m_network))
        tensors["network." + name] = tensor.detach();
    tensors["objective.centres"] = m_objective.arcFace()->centres.detach();
    if (m_averaging) {
        for (auto &[name, tensor] : namedTensors(m_average))
            tensors["average.network." + name] = tensor.detach();
        tensors["average.objective.centres"] = m_averageObjective.arcFace()->centres.detach();
    }
    return tensors;
}

NamedTensors Learner::optimizerState()
{
    NamedTensors tensors;
    std::vector<std::int64_t> steps;
    for (AdamW::Slot &slot : m_optimizer.slots()) {
        tensors["first." + slot.name] = slot.firstMoment;
        tensors["second." + slot.name] = slot.secondMoment;
        steps.push_back(slot.steps);
    }
    steps.push_back(m_averagedSteps);
    tensors["steps"] = torch::tensor(steps, torch::kLong);
    return tensors;
}

Result<void> Learner::restore(const NamedTensors &savedWeights, const NamedTensors &savedState, const std::string &path)
{
    const torch::NoGradGuard noGradient;
    NamedTensors ownState = optimizerState();
    const auto check = [&](const NamedTensors &own, const NamedTensors &saved) -> Result<void> {
        for (const auto &[name, tensor] : own) {
            const auto found = saved.find(name);
            if (found == saved.end() || found->second.sizes() != tensor.sizes())
                return Error(ErrorCode::DataDamaged, {path, "tensor " + name + " is missing or of another shape"});
        }
        return {};
    };
    for (const Result<void> &checked : {check(weights(), savedWeights), check(ownState, savedState)}) {
        if (!checked)
            return checked;
    }
    for (auto &[name, tensor] : weights())
        tensor.copy_(savedWeights.at(name));
    for (auto &[name, tensor] : ownState)
        tensor.copy_(savedState.at(name));
    const std::int64_t *steps = ownState.at("steps").data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < m_optimizer.slots().size(); ++i)
        m_optimizer.slots()[i].steps = steps[i];
    m_averagedSteps = steps[m_optimizer.slots().size()];
    return {};
}

} // namespace flukeprint::learning
