// What a run measures of itself and says while it goes.
#include "core/learning/training/pair_ranking.h"
#include "core/learning/training/training_run.h"
#include "core/learning/worker/memory_use.h"

#include <cmath>
#include <utility>

namespace flukeprint::learning {

namespace {

constexpr double mebibyte = 1 << 20;

} // namespace

Result<void> TrainingRun::validate()
{
    tickClock();
    const double startSeconds = m_state.seconds;
    if (const Result<void> refreshed = refreshNorms(); !refreshed)
        return refreshed;
    Result<Validator::Figures> figures = m_validator->measure(m_learner->evaluationNetwork());
    if (!figures)
        return figures.error();
    const bool atStart = m_state.step == 0;
    if (atStart)
        imprintCentres();
    double lossSum = 0;
    std::int64_t lossRows = 0;
    for (const LoadedBatch &batch : m_lossBatches) {
        const Result<double> loss = m_learner->evaluationLoss(batch);
        if (!loss)
            return loss.error();
        lossSum += *loss * static_cast<double>(batch.identified);
        lossRows += batch.identified;
    }
    std::map<std::string, double> values = *figures;
    if (const Result<void> compared = addPairFigures(values); !compared)
        return compared;
    if (lossRows > 0)
        values["loss_validation"] = lossSum / static_cast<double>(lossRows);
    if (atStart && values.count("map5") > 0) {
        m_state.startMap5 = values.at("map5");
        values["start_map5"] = m_state.startMap5;
    }
    if (!atStart)
        values["images_per_second"] = photosPerSecond();
    m_state.validatedStep = m_state.step;
    if (const Result<void> kept = keepIfBest(values); !kept)
        return kept;
    if (atStart)
        addProbe(values);
    tickClock();
    m_pace.addValidation(m_state.seconds - startSeconds);
    return sendMetric(values);
}

/// How the comparison that is learnt beside the network ranks the same photos.
Result<void> TrainingRun::addPairFigures(std::map<std::string, double> &values)
{
    const NamedTensors beside = m_learner->modelTensors();
    if (beside.empty())
        return {};
    torch::Tensor queries = m_validator->validationEmbeddings();
    torch::Tensor gallery = m_validator->trainEmbeddings();
    const std::int64_t dimension = m_learner->evaluationNetwork()->dimension();
    if (gallery.size(1) != dimension) { // photo and mirror image together; the comparison is of photos
        const Result<torch::Tensor> plainQueries = embed(m_data.validation());
        const Result<torch::Tensor> plainGallery = embed(m_data.train());
        if (!plainQueries || !plainGallery)
            return (plainQueries ? plainGallery : plainQueries).error();
        queries = *plainQueries;
        gallery = *plainGallery;
    }
    std::optional<PairHead> head = pairHeadOf(beside, dimension);
    if (!head)
        return Error(ErrorCode::ModelIncompatible, {"model", "a pair head does not fit the embeddings"});
    const auto total = static_cast<std::int64_t>(m_data.validation().size());
    const Result<std::map<std::string, double>> figures =
        pairFigures(*head, {m_data.validation(), queries}, {m_data.train(), gallery}, [this, total](std::size_t done) {
            tellProgress("validating", static_cast<std::int64_t>(done), total);
            return proceed();
        });
    if (!figures)
        return figures.error();
    values.insert(figures->begin(), figures->end());
    return {};
}

double TrainingRun::photosPerSecond() const
{
    return m_state.pacedSeconds > 0 ? static_cast<double>(m_state.pacedPhotos) / m_state.pacedSeconds : m_photosPerSecond;
}

Result<void> TrainingRun::judgeCurriculum()
{
    const Result<std::int64_t> admitted = m_plan->judge(m_validator->accuracyOfClass());
    if (!admitted)
        return admitted.error();
    if (*admitted > 0)
        m_reporter.say("curriculum: " + std::to_string(m_plan->admittedClasses()) + " of "
                       + std::to_string(m_data.individualCount()) + " classes");
    return {};
}

void TrainingRun::imprintCentres()
{
    // Random start weights say nothing about who looks like whom.
    if (m_job.startModelPath.empty())
        return;
    std::vector<std::int64_t> labels;
    for (const RunPhoto &photo : m_data.train())
        labels.push_back(photo.label);
    m_learner->imprint(labels, m_validator->trainEmbeddings());
}

Result<void> TrainingRun::keepIfBest(const Validator::Figures &figures)
{
    const bool atStart = m_state.step == 0;
    // Small catalogues reach 100% early and still learn: among equals the loss decides. A learned comparison is what its loss trains, so
    // that is what is judged, not the distance.
    const auto quality = [](const Validator::Figures &of) {
        const auto pairs = of.find("map5_pairs");
        const auto map5 = pairs == of.end() ? of.find("map5") : pairs;
        const auto loss = of.find("loss_validation");
        return std::pair(map5 == of.end() ? -1.0 : map5->second, loss == of.end() ? 0.0 : -loss->second);
    };
    const bool first = m_state.bestEpoch < 0;
    // Without validation photos the newest weights are the best guess.
    const bool otherMeasure = figures.contains("map5_pairs") && !m_state.bestMetrics.contains("map5_pairs"); // a run that an older version began
    const bool better = quality(figures).first < 0 || otherMeasure || quality(figures) > quality(m_state.bestMetrics);
    if (!first && !better)
        return {};
    m_state.bestEpoch = atStart ? 0 : m_state.epoch + 1;
    m_state.bestMetrics = figures;
    return saveModel(m_folder / "best.safetensors", m_info, m_learner->evaluationNetwork(), false, m_learner->modelTensors());
}

Result<void> TrainingRun::sendStepMetric(bool probed)
{
    if (!isWriter())
        return {};
    tickClock();
    const double seconds = m_state.seconds - m_secondsAtMetric;
    if (seconds > 0)
        m_photosPerSecond = static_cast<double>(m_photosSinceMetric) / seconds;
    m_photosSinceMetric = 0;
    m_secondsAtMetric = m_state.seconds;
    std::map<std::string, double> values{{"learning_rate", currentRate()},
                                         {"images_per_second", m_photosPerSecond},
                                         {"data_wait_share", m_pace.takeWaitShare()},
                                         {"memory_mib", static_cast<double>(residentBytes()) / mebibyte}};
    if (const auto memory = m_device.is_cuda() ? cudaMemory() : std::nullopt)
        values["gpu_memory_mib"] = static_cast<double>(memory->totalBytes - memory->freeBytes) / mebibyte;
    if (m_state.sumCount > 0) {
        values["loss_train"] = m_state.lossSum / static_cast<double>(m_state.sumCount);
        values["active_triplets"] = m_state.activeSum / static_cast<double>(m_state.sumCount);
    }
    m_state.lossSum = m_state.activeSum = 0;
    m_state.sumCount = 0;
    if (probed)
        addProbe(values);
    return sendMetric(std::move(values));
}

Result<void> TrainingRun::sendMetric(std::map<std::string, double> values)
{
    tickClock();
    protocol::MetricMessage message;
    message.step = m_state.step;
    message.epoch = static_cast<double>(m_state.epoch) + static_cast<double>(m_state.position) / static_cast<double>(m_stepsPerEpoch);
    message.seconds = m_state.seconds;
    message.values = std::move(values);
    if (const Result<void> sent = m_reporter.metric(message); !sent)
        return sent;
    ++m_state.metricLines;
    m_secondsAtMetric = m_state.seconds;
    return {};
}

void TrainingRun::addProbe(std::map<std::string, double> &values)
{
    if (m_probe->photoCount() == 0)
        return;
    const std::optional<Probe::Measured> measured = m_probe->measure(m_learner->evaluationNetwork());
    if (!measured)
        return;
    values.insert(measured->figures.begin(), measured->figures.end());
    using Kind = evaluation::CollapseWatch::Kind;
    const Kind collapsed = m_state.collapse.judge(measured->health);
    if (collapsed == Kind::None)
        return;
    m_reporter.warn(Error(ErrorCode::EmbeddingsCollapsed,
                          {std::to_string(m_state.step), collapsed == Kind::Point ? "point" : "line",
                           std::to_string(std::llround(measured->health.effectiveRank))}));
}

/// Steps since the last point of a run that ends early. The checkpoint does not know the point: a resumed run makes it anew.
void TrainingRun::flushCurves()
{
    if (m_state.sumCount == 0)
        return;
    const RunState kept = m_state;
    (void)sendStepMetric(false).ok();
    m_state = kept;
}

void TrainingRun::sayWaitShare()
{
    const double share = m_state.stepSeconds > 0 ? m_state.waitSeconds / m_state.stepSeconds : 0;
    m_reporter.say("waited for data " + std::to_string(100 * share) + "% of " + std::to_string(m_state.stepSeconds) + " s in steps");
}

void TrainingRun::tellProgress(const char *stage, std::int64_t done, std::int64_t total)
{
    protocol::ProgressMessage message;
    message.stage = stage;
    message.done = done;
    message.total = total;
    double validations = validationsLeft();
    if (message.stage == "training")
        message.itemsPerSecond = m_photosPerSecond;
    else if (total > 0)
        validations -= static_cast<double>(done) / static_cast<double>(total);
    message.secondsLeft = m_pace.secondsLeft(expectedSteps() - m_state.step, validations);
    m_reporter.progress(message);
}

} // namespace flukeprint::learning
