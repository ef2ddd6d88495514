// What an epoch needs before its first step: its batches, and what a frozen trunk makes of the photos.
#include "core/learning/embedding/embedder.h"
#include "core/learning/training/out_of_memory.h"
#include "core/learning/training/pair_ranking.h"
#include "core/learning/training/training_run.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace flukeprint::learning {

bool TrainingRun::isTrunkFrozen(std::int64_t epoch) const
{
    return m_config.textOr("trunk", "trained") == "frozen" || epoch < m_config.integerOr("freeze_epochs", 0);
}

Result<void> TrainingRun::beginEpoch()
{
    const bool frozen = isTrunkFrozen(m_state.epoch);
    m_learner->freezeTrunk(frozen);
    const bool changes = !m_plan->isFixed() || (m_features != nullptr) != (frozen && PhotoFeatures::suit(m_config));
    if (changes)
        m_loader.reset();
    if (const Result<void> prepared = prepareFeatures(frozen); !prepared)
        return prepared;
    if (const Result<void> begun = m_plan->begin(m_state.epoch, [this] { return embed(m_data.train()); }, m_stop); !begun)
        return begun;
    if (const Result<void> agreed = agreeOnBatches(); !agreed)
        return agreed;
    m_stepsPerEpoch = m_plan->source().batchesPerEpoch();
    m_probesPerEpoch = m_probe->timesAnEpoch(m_stepsPerEpoch, m_photosPerBatch);
    if (!m_loader) {
        LoaderOptions options{m_features.get()};
        if (m_peers != nullptr)
            options = {m_features.get(), rowsTogether(m_config), m_peers->rank(), m_peers->size()};
        m_loader = std::make_unique<BatchLoader>(*m_chips, m_plan->source(), m_state.epoch, m_state.position, options);
    }
    return {};
}

Result<void> TrainingRun::prepareFeatures(bool trunkFrozen)
{
    const bool wanted = trunkFrozen && PhotoFeatures::suit(m_config);
    if (wanted == (m_features != nullptr))
        return {};
    m_validator->useFeatures(nullptr);
    m_probe->useFeatures(nullptr);
    m_features.reset();
    if (wanted) {
        PhotoFeatures::Options options;
        options.device = m_device;
        options.bfloat16 = m_state.bfloat16;
        options.mirrored = m_config.booleanOr("mirror_by_chance", false);
        options.proceed = [this] { return proceed(); };
        options.progress = [this](std::int64_t done, std::int64_t total) { tellProgress("preparing", done, total); };
        Result<PhotoFeatures> features = PhotoFeatures::compute(m_learner->evaluationNetwork(), m_info, m_data, options);
        if (!features)
            return features.error();
        m_features = std::make_unique<PhotoFeatures>(std::move(*features));
        m_validator->useFeatures(m_features.get());
        m_probe->useFeatures(m_features.get());
    }
    makeLossBatches();
    return {};
}

/// Plain embeddings by the network as it is, float32 on the CPU: what is mined must not depend on which precision was measured to be
/// faster.
Result<torch::Tensor> TrainingRun::embed(const std::vector<RunPhoto> &photos)
{
    std::size_t photosAtATime = 64;
    const torch::NoGradGuard noGradient;
    EmbeddingNetwork &network = m_learner->evaluationNetwork();
    std::vector<torch::Tensor> rows;
    std::span<const RunPhoto> batch;
    for (std::size_t first = 0; first < photos.size(); first += batch.size()) {
        if (!proceed())
            return Error(ErrorCode::Cancelled);
        torch::Tensor some;
        const bool fits = fitsInHalves(photosAtATime, [&] {
            batch = std::span(photos).subspan(first, std::min(photosAtATime, photos.size() - first));
            if (m_callbacks.beforeEmbedding)
                m_callbacks.beforeEmbedding(static_cast<std::int64_t>(batch.size()));
            some = m_features ? m_features->embed(network, batch, TestTime::Plain)
                              : network->embed(prepareChips(m_data.interleavedChips(batch).to(m_device), m_info.normalisation)).to(torch::kCPU);
        });
        if (!fits)
            return Error(ErrorCode::OutOfMemory, {m_device.str(), "embedding"});
        rows.push_back(some);
        tellProgress("preparing", static_cast<std::int64_t>(first + batch.size()), static_cast<std::int64_t>(photos.size()));
    }
    return rows.empty() ? torch::empty({0, network->dimension()}) : torch::cat(rows);
}

/// Tensors that the kept weights have beside the network; what these, and votes of neighbours, say of the validation photos.
Result<NamedTensors> TrainingRun::keptBeside(std::map<std::string, double> &metrics)
{
    if (m_config.has("neighbours")) {
        const Result<torch::Tensor> queries = embed(m_data.validation());
        const Result<torch::Tensor> gallery = embed(m_data.train());
        if (!queries || !gallery)
            return (queries ? gallery : queries).error();
        metrics.merge(voteFigures({m_data.validation(), *queries}, {m_data.train(), *gallery},
                                  static_cast<std::size_t>(m_config.integer("neighbours"))));
    }
    NamedTensors beside = m_learner->modelTensors();
    if (beside.empty())
        return beside;
    const Result<TensorFile> kept = readTensorFile(m_folder / "best.safetensors");
    if (!kept)
        return kept.error();
    for (auto &[name, tensor] : beside)
        tensor = kept->tensors.at(name);
    for (const auto &[name, value] : m_state.bestMetrics) {
        if (name.ends_with(pairFigureEnd))
            metrics.emplace(name, value);
    }
    return beside;
}

/// Averaged weights that are to have norm statistics of their own get them from this epoch's first batches: a few thousand photos.
Result<void> TrainingRun::refreshNorms()
{
    constexpr std::int64_t mostBatches = 32;
    if (!m_learner->wantsFreshNorms())
        return {};
    BatchLoader loader(*m_chips, m_plan->source(), m_state.epoch, 0);
    std::int64_t left = std::min(mostBatches, m_plan->source().batchesPerEpoch());
    bool goesOn = true;
    m_learner->refreshNorms(
        [&]() -> std::optional<LoadedBatch> {
            goesOn = goesOn && proceed();
            return goesOn && left-- > 0 ? std::optional(loader.next()) : std::nullopt;
        },
        m_state.step);
    return goesOn ? Result<void>() : Result<void>(Error(ErrorCode::Cancelled));
}

/// From the epoch on, or from the time on, in which this share of the run is over.
bool TrainingRun::isAveragingBegun() const
{
    const double start = m_config.realOr("averaging_start", 0);
    return m_state.epoch >= static_cast<std::int64_t>(start * static_cast<double>(epochs())) || spentTime() >= start;
}

double TrainingRun::spentTime() const
{
    const double minutes = m_config.realOr("minutes", 0);
    return minutes > 0 && m_state.step > 0 ? (m_peers == nullptr ? m_state.seconds : m_agreedSeconds) / 60 / minutes : 0;
}

std::int64_t TrainingRun::expectedSteps() const
{
    std::int64_t steps = m_state.step - m_state.position + m_stepsPerEpoch;
    for (std::int64_t epoch = m_state.epoch + 1; epoch < epochs(); ++epoch)
        steps += m_plan->expectedBatches(epoch);
    const double spent = spentTime();
    if (spent > 0)
        steps = std::min(steps, std::max(m_state.step, static_cast<std::int64_t>(static_cast<double>(m_state.step) / spent)));
    return std::max<std::int64_t>(1, steps);
}

} // namespace flukeprint::learning
