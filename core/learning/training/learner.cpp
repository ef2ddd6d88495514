#include "core/learning/training/learner.h"

#include "core/learning/augmentation/pixel_values.h"
#include "core/learning/distributed/joint_batch.h"
#include "core/learning/distributed/peers.h"
#include "core/learning/embedding/embedder.h"
#include "core/learning/networks/compat.h"
#include "core/learning/networks/upload.h"
#include "core/learning/training/out_of_memory.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace flukeprint::learning {

namespace {

OptimizerOptions optimizerOptions(const protocol::RunConfig &config)
{
    OptimizerOptions options;
    options.kind = OptimizerOptions::kindNamed(config.textOr("optimizer", "adamw")).value_or(OptimizerOptions::Kind::AdamW);
    options.weightDecay = config.realOr("weight_decay", 0);
    options.momentum = config.realOr("momentum", 0);
    return options;
}

WeightAveragingOptions averagingOptions(const protocol::RunConfig &config)
{
    using Kind = WeightAveragingOptions::Kind;
    return {config.textOr("averaging", "ema") == "swa" ? Kind::Stochastic : Kind::Exponential, config.realOr("averaging_decay", 0.999)};
}

/// A running average carries running statistics along well enough; those of a mean of far-apart weights fit none of them.
bool takesFreshNorms(const protocol::RunConfig &config)
{
    const std::string norms = config.textOr("averaging_norms", "auto");
    return norms == "fresh" || (norms == "auto" && config.textOr("averaging", "ema") == "swa");
}

/// The name of the last dense layer's weights; empty: there is none.
std::string lastDense(EmbeddingNetwork &network)
{
    std::string last;
    for (const auto &[name, tensor] : namedTensors(network)) {
        if (name.starts_with("head.dense.") && name.ends_with(".weight"))
            last = name; // numbered below 10, so in their order
    }
    return last;
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
LoadedBatch partOf(const LoadedBatch &batch, std::int64_t number, std::int64_t parts, std::int64_t rowsTogether)
{
    if (parts == 1)
        return batch;
    const BatchShare share = shareOf(batch.rows(), batch.identified, rowsTogether, number, parts);
    const auto cut = [&](const torch::Tensor &rows) {
        return torch::cat({rows.slice(0, share.first, share.last), rows.slice(0, share.firstOther, share.lastOther)});
    };
    return {cut(batch.photos), cut(batch.labels), share.identified()};
}

/// What a part's means over its rows add to those over the rows of the whole batch: identified and unidentified ones each by their share.
Objective::Value weighted(const Objective::Value &value, const LoadedBatch &part, const LoadedBatch &batch)
{
    const auto share = [](std::int64_t rows, std::int64_t all) { return static_cast<double>(rows) / static_cast<double>(all); };
    const double identified = share(part.identified, batch.identified);
    torch::Tensor loss = value.loss * identified;
    if (value.unidentifiedLoss.defined())
        loss = loss + value.unidentifiedLoss * share(part.labels.size(0) - part.identified, batch.labels.size(0) - batch.identified);
    return {loss, value.activeTriplets * identified, {}};
}

} // namespace

Learner::Learner(const protocol::RunConfig &config, const ModelInfo &info, EmbeddingNetwork network,
                 const std::vector<std::int64_t> &classCounts, torch::Device device)
    : late(device.is_cuda())
    , m_device(device)
    , m_seed(static_cast<std::uint64_t>(config.integer("seed")))
    , m_averaging(config.booleanOr("weight_averaging", false))
    , m_gradientClip(config.realOr("gradient_clip", 0))
    , m_rowsTogether(rowsTogether(config))
    , m_fewestTogether(config.has("loss") && config.textOr("sampler", "individuals") != "individuals" ? 1 : 2)
    , m_freshNorms(takesFreshNorms(config))
    , m_averager(averagingOptions(config))
    , m_whiteFrame(info.normalisation.whiteFrame)
    , m_network(std::move(network))
    , m_objective(makeObjective(config, classCounts, m_network->dimension()))
    , m_averageObjective(makeObjective(config, classCounts, m_network->dimension()))
    , m_optimizer(makeOptimizer(optimizerOptions(config)))
    , m_augmenter(AugmentationOptions::named(config.textOr("augmentation", "off")).value_or(AugmentationOptions{}), m_seed)
{
    m_network->to(device);
    useChannelsLast(m_network);
    m_objective->to(device);
    m_averageObjective->to(device);
    if (m_averaging) {
        m_average = copyNetwork(m_network);
        useChannelsLast(m_average);
        m_average->eval();
        copyObjective();
    }
    std::vector<double> scale, offset;
    for (std::size_t channel = 0; channel < 3; ++channel) {
        scale.push_back(1 / (white * info.normalisation.deviation[channel]));
        offset.push_back(-info.normalisation.mean[channel] / info.normalisation.deviation[channel]);
    }
    const auto numbers = m_network->parameters().front().options();
    m_scale = torch::tensor(scale, numbers).view({1, 3, 1, 1});
    m_offset = torch::tensor(offset, numbers).view({1, 3, 1, 1});
    addParameters(config);
}

void Learner::addParameters(const protocol::RunConfig &config)
{
    const double headFactor = config.realOr("head_rate_factor", 1);
    const double penalty = config.realOr("l2_last", 0);
    const std::string penalised = penalty > 0 ? lastDense(m_network) : std::string();
    for (auto &[name, tensor] : namedTensors(m_network)) {
        if (tensor.requires_grad())
            m_optimizer->add("network." + name, tensor, SlotOptions{.rateFactor = name.starts_with("head.") ? headFactor : 1.0,
                                                                    .l2Penalty = name == penalised ? penalty : 0});
        else if (tensor.is_floating_point())
            m_buffers.push_back(tensor);
    }
    for (const auto &[name, tensor] : m_objective->parameters())
        m_optimizer->add("objective." + name, tensor, headFactor);
}

torch::Tensor Learner::normalised(const torch::Tensor &photos) const
{
    return ((m_whiteFrame ? inWhiteFrame(photos, 1) : photos) * m_scale + m_offset).contiguous(torch::MemoryFormat::ChannelsLast);
}

Features Learner::featuresOf(EmbeddingNetwork &network, const torch::Tensor &photos) const
{
    const bool pooledAlready = photos.dim() == 2;
    if (pooledAlready)
        return network->head().forwardPooled(photos);
    return m_trunkFrozen ? network->forwardFrozen(normalised(photos)) : network->forward(normalised(photos));
}

torch::Tensor Learner::augmented(const torch::Tensor &loaded, Random &random)
{
    const torch::Tensor photos = uploaded(loaded, m_device).to(m_scale.scalar_type());
    return photos.dim() == 4 ? m_augmenter.apply(photos, random) : photos;
}

Objective::Value Learner::forward(const LoadedBatch &part, Random &ofRows, Random &ofBatch)
{
    if (beforeForward)
        beforeForward(part.photos.size(0));
    const torch::Tensor photos = augmented(part.photos, ofRows);
    Features features;
    {
        const AutocastScope reduced(m_device.type(), bfloat16);
        features = m_peers == nullptr ? featuresOf(m_network, photos) : forwardJoint(photos, part);
    }
    return m_objective->evaluate(features, part.labels, part.identified, ofBatch);
}

void Learner::forEachPart(const LoadedBatch &batch, std::int64_t step, const PartVisitor &visit)
{
    m_optimizer->zeroGradients();
    std::string stream = std::to_string(step);
    if (m_peers != nullptr && m_peers->rank() > 0)
        stream.append("/").append(std::to_string(m_peers->rank()));
    Random random(m_seed, "augment/" + stream);
    // What the objective draws is drawn for all rows, by every process alike.
    Random joint(m_seed, "augment/" + std::to_string(step));
    torch::manual_seed(Random(m_seed, "torch/" + stream).next()); // dropout
    for (std::int64_t number = 0; number < parts; ++number) {
        const LoadedBatch part = partOf(batch, number, parts, m_rowsTogether);
        if (part.rows() == 0)
            continue;
        if (!visit(weighted(forward(part, random, m_peers == nullptr ? random : joint), part, batch)))
            return;
    }
}

StepOutcome Learner::accumulate(const LoadedBatch &batch, std::int64_t step)
{
    StepOutcome outcome;
    forEachPart(batch, step, [&outcome](const Objective::Value &value) {
        outcome.loss += value.loss.item<double>();
        outcome.activeTriplets += value.activeTriplets.item<double>();
        outcome.finite = outcome.finite && std::isfinite(outcome.loss);
        if (outcome.finite)
            value.loss.backward();
        return outcome.finite;
    });
    return outcome;
}

/// [2]: loss and active triplets, on the device.
torch::Tensor Learner::accumulateLate(const LoadedBatch &batch, std::int64_t step)
{
    torch::Tensor sums = torch::zeros({2}, torch::TensorOptions(torch::kDouble).device(m_device));
    forEachPart(batch, step, [&sums](const Objective::Value &value) {
        sums += torch::stack({value.loss.detach(), value.activeTriplets.detach()}).to(torch::kDouble);
        value.loss.backward();
        return true;
    });
    return sums;
}

Result<void> Learner::accumulateFitting(const LoadedBatch &batch, std::int64_t step, StepOutcome &outcome, torch::Tensor &sums)
{
    const std::int64_t groups = batch.identified / m_rowsTogether;
    const std::int64_t mostParts = std::max<std::int64_t>(1, (groups + m_fewestTogether - 1) / m_fewestTogether);
    while (ranOutOfMemory([&] {
        if (late)
            sums = accumulateLate(batch, step);
        else
            outcome = accumulate(batch, step);
        addUpGradients();
    })) {
        restoreBuffers();
        m_optimizer->zeroGradients();
        // Several processes share the batch already, and the others would have to know.
        if (parts >= mostParts || m_peers != nullptr)
            return Error(ErrorCode::OutOfMemory, {m_device.str(), "training step"});
        parts = std::min(parts * 2, mostParts);
        if (warning)
            warning(Error(ErrorCode::OutOfMemory, {m_device.str(), "batch in " + std::to_string(parts) + " parts"}));
    }
    return {};
}

Result<void> Learner::step(const LoadedBatch &batch, std::int64_t step, double rate)
{
    m_network->train();
    m_network->freezeNorms(m_trunkFrozen);
    saveBuffers();
    StepOutcome outcome;
    torch::Tensor sums;
    try {
        if (const Result<void> done = accumulateFitting(batch, step, outcome, sums); !done)
            return done;
    } catch (const PeerFailure &failure) {
        restoreBuffers();
        m_optimizer->zeroGradients();
        return m_peers->lost(failure);
    }
    // The batch is no longer in memory: smaller parts of it would not help.
    if (ranOutOfMemory([&] { late ? finishLate(sums, rate) : finish(outcome, rate); }))
        return Error(ErrorCode::OutOfMemory, {m_device.str(), "optimizer step"});
    return {};
}

void Learner::finish(StepOutcome outcome, double rate)
{
    if (outcome.finite)
        outcome.finite = std::isfinite(m_optimizer->clipGradients(m_gradientClip));
    m_outcomes.push_back(outcome);
    if (!outcome.finite) {
        restoreBuffers();
        m_optimizer->zeroGradients();
        return;
    }
    m_optimizer->step(rate);
    average();
}

void Learner::finishLate(const torch::Tensor &sums, double rate)
{
    const torch::NoGradGuard noGradient;
    const torch::Tensor norm = m_optimizer->clipGradientsOnDevice(m_gradientClip);
    const torch::Tensor finite = torch::isfinite(sums[0]) & torch::isfinite(norm);
    for (std::size_t i = 0; i < m_buffers.size(); ++i)
        m_buffers[i].copy_(torch::where(finite, m_buffers[i], m_savedBuffers[i]));
    m_optimizer->stepIf(finite, rate);
    average();
    m_lateOutcomes.add(torch::cat({sums, finite.to(torch::kDouble).view({1})}));
}

std::vector<StepOutcome> Learner::takeOutcomes(bool all)
{
    return late ? m_lateOutcomes.take(all) : std::exchange(m_outcomes, {});
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

void Learner::freezeTrunk(bool frozen)
{
    m_trunkFrozen = frozen;
    for (Optimizer::Slot &slot : m_optimizer->slots()) {
        const bool ofTrunk = slot.name.rfind("network.", 0) == 0 && slot.name.rfind("network.head.", 0) != 0;
        if (ofTrunk)
            slot.parameter.set_requires_grad(!frozen);
    }
}

/// Feature and neck alone; in eval mode rows know nothing of each other, so that some at a time do if memory runs out.
std::optional<Features> Learner::evaluatedFeatures(const torch::Tensor &photos)
{
    EmbeddingNetwork &network = evaluationNetwork();
    std::vector<torch::Tensor> features, necks;
    auto rows = static_cast<std::size_t>(photos.size(0));
    const bool fits = fitsInHalves(rows, [&] {
        features.clear();
        necks.clear();
        for (const torch::Tensor &some : photos.split(static_cast<std::int64_t>(rows))) {
            if (beforeEmbedding)
                beforeEmbedding(some.size(0));
            const Features found = featuresOf(network, some.to(m_device).to(m_scale.scalar_type()));
            features.push_back(found.feature);
            necks.push_back(found.neck);
        }
    });
    if (!fits)
        return std::nullopt;
    return Features{{}, {}, torch::cat(features), torch::cat(necks)};
}

Result<double> Learner::evaluationLoss(const LoadedBatch &batch)
{
    const torch::NoGradGuard noGradient;
    const std::optional<Features> features = evaluatedFeatures(batch.photos);
    if (!features)
        return Error(ErrorCode::OutOfMemory, {m_device.str(), "validation"});
    Objective &objective = m_averaging ? *m_averageObjective : *m_objective;
    return objective.evaluatePairs(*features, batch.labels).loss.item<double>();
}

} // namespace flukeprint::learning
