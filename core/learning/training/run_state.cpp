#include "core/learning/training/run_state.h"

#include "core/base/atomic_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <optional>
#include <system_error>

namespace flukeprint::learning {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::string_view weightsPrefix = "checkpoint-";
constexpr std::string_view optimizerPrefix = "optimizer-";
constexpr std::string_view suffix = ".safetensors";
constexpr std::size_t keptCheckpoints = 2;

fs::path fileOf(const fs::path &folder, std::string_view prefix, std::int64_t step)
{
    return folder / (std::string(prefix) + std::to_string(step) + std::string(suffix));
}

std::optional<std::int64_t> stepOf(const std::string &fileName, std::string_view prefix)
{
    if (!fileName.starts_with(prefix) || !fileName.ends_with(suffix) || fileName.size() <= prefix.size() + suffix.size())
        return std::nullopt;
    const char *first = fileName.data() + prefix.size();
    const char *last = fileName.data() + fileName.size() - suffix.size();
    std::int64_t step = 0;
    const auto [end, problem] = std::from_chars(first, last, step);
    return problem == std::errc{} && end == last ? std::optional(step) : std::nullopt;
}

json stateToJson(const RunState &state)
{
    return {{"step", state.step},
            {"epoch", state.epoch},
            {"position", state.position},
            {"seconds", state.seconds},
            {"metric_lines", state.metricLines},
            {"start_measured", state.startMeasured},
            {"best_epoch", state.bestEpoch},
            {"best_metrics", state.bestMetrics},
            {"start_map5", state.startMap5},
            {"validated_step", state.validatedStep},
            {"parts", state.parts},
            {"bfloat16", state.bfloat16},
            {"rate_factor", state.guard.rateFactor},
            {"bad_steps", state.guard.badSteps},
            {"halvings", state.guard.halvingsInARow},
            {"best_spread", state.collapse.bestSpread},
            {"best_rank", state.collapse.bestRank},
            {"collapse_alarmed", state.collapse.alarmed},
            {"step_seconds", state.stepSeconds},
            {"wait_seconds", state.waitSeconds},
            {"paced_photos", state.pacedPhotos},
            {"paced_seconds", state.pacedSeconds},
            {"loss_sum", state.lossSum},
            {"active_sum", state.activeSum},
            {"sum_count", state.sumCount}};
}

RunState stateFromJson(const json &object)
{
    RunState state;
    object.at("step").get_to(state.step);
    object.at("epoch").get_to(state.epoch);
    object.at("position").get_to(state.position);
    object.at("seconds").get_to(state.seconds);
    object.at("metric_lines").get_to(state.metricLines);
    object.at("start_measured").get_to(state.startMeasured);
    object.at("best_epoch").get_to(state.bestEpoch);
    object.at("best_metrics").get_to(state.bestMetrics);
    object.at("start_map5").get_to(state.startMap5);
    state.validatedStep = object.value("validated_step", std::int64_t{-1}); // absent in older runs
    object.at("parts").get_to(state.parts);
    object.at("bfloat16").get_to(state.bfloat16);
    object.at("rate_factor").get_to(state.guard.rateFactor);
    object.at("bad_steps").get_to(state.guard.badSteps);
    object.at("halvings").get_to(state.guard.halvingsInARow);
    // Checkpoints of earlier versions lack these; nothing that is trained depends on them.
    state.collapse.bestSpread = object.value("best_spread", 0.0);
    state.collapse.bestRank = object.value("best_rank", 0.0);
    state.collapse.alarmed = object.value("collapse_alarmed", false);
    state.stepSeconds = object.value("step_seconds", 0.0);
    state.waitSeconds = object.value("wait_seconds", 0.0);
    state.pacedPhotos = object.value("paced_photos", std::int64_t{0});
    state.pacedSeconds = object.value("paced_seconds", 0.0);
    object.at("loss_sum").get_to(state.lossSum);
    object.at("active_sum").get_to(state.activeSum);
    object.at("sum_count").get_to(state.sumCount);
    return state;
}

/// What of the model's description does not follow from the configuration.
json modelToJson(const ModelInfo &info)
{
    return {{"tensorflow_padding", info.network.tensorflowPadding},
            {"norm_epsilon", info.network.normEpsilon},
            {"mean", info.normalisation.mean},
            {"deviation", info.normalisation.deviation}};
}

void modelFromJson(const json &object, ModelInfo &info)
{
    object.at("tensorflow_padding").get_to(info.network.tensorflowPadding);
    object.at("norm_epsilon").get_to(info.network.normEpsilon);
    object.at("mean").get_to(info.normalisation.mean);
    object.at("deviation").get_to(info.normalisation.deviation);
}

Result<Checkpoint> readCheckpoint(const fs::path &folder, std::int64_t step)
{
    const fs::path weightsPath = fileOf(folder, weightsPrefix, step);
    const fs::path optimizerPath = fileOf(folder, optimizerPrefix, step);
    Result<TensorFile> weights = readTensorFile(weightsPath);
    if (!weights)
        return weights.error();
    Result<TensorFile> optimizer = readTensorFile(optimizerPath);
    if (!optimizer)
        return optimizer.error();
    Checkpoint checkpoint;
    checkpoint.path = weightsPath.string();
    checkpoint.weights = std::move(weights->tensors);
    checkpoint.optimizerState = std::move(optimizer->tensors);
    try {
        const json run = json::parse(optimizer->metadata["run"]);
        checkpoint.state = stateFromJson(run.at("state"));
        modelFromJson(run.at("model"), checkpoint.info);
        checkpoint.config.preset = run.at("preset").get<std::string>();
        run.at("settings").get_to(checkpoint.config.values);
        checkpoint.snapshotHash = run.at("snapshot").get<std::string>();
    } catch (const json::exception &problem) {
        return Error(ErrorCode::DataDamaged, {optimizerPath.string(), "run state"}, problem.what());
    }
    if (checkpoint.state.step != step)
        return Error(ErrorCode::DataDamaged, {optimizerPath.string(), "step of another checkpoint"});
    return checkpoint;
}

} // namespace

Result<void> writeCheckpoint(const fs::path &runFolder, const Checkpoint &checkpoint)
{
    const std::int64_t step = checkpoint.state.step;
    const json run{{"state", stateToJson(checkpoint.state)},
                   {"model", modelToJson(checkpoint.info)},
                   {"preset", checkpoint.config.preset},
                   {"settings", checkpoint.config.values},
                   {"snapshot", checkpoint.snapshotHash}};
    // The old half of a checkpoint of this very step would pass for its partner if we were interrupted in between.
    std::error_code ignored;
    fs::remove(fileOf(runFolder, optimizerPrefix, step), ignored);
    const Result<void> weights = writeTensorFile(fileOf(runFolder, weightsPrefix, step), checkpoint.weights, {});
    if (!weights)
        return weights;
    const Result<void> optimizer = writeTensorFile(fileOf(runFolder, optimizerPrefix, step), checkpoint.optimizerState,
                                                   {{"run", run.dump()}});
    if (!optimizer) {
        // Half a checkpoint is of no use, and its space may be what is missing.
        fs::remove(fileOf(runFolder, weightsPrefix, step), ignored);
        return optimizer;
    }
    const std::vector<std::int64_t> steps = checkpointSteps(runFolder);
    for (std::size_t i = keptCheckpoints; i < steps.size(); ++i) {
        fs::remove(fileOf(runFolder, optimizerPrefix, steps[i]), ignored);
        fs::remove(fileOf(runFolder, weightsPrefix, steps[i]), ignored);
    }
    return {};
}

std::vector<std::int64_t> checkpointSteps(const fs::path &folder)
{
    std::vector<std::int64_t> steps;
    std::error_code problem;
    for (const fs::directory_entry &entry : fs::directory_iterator(folder, problem)) {
        if (const auto step = stepOf(entry.path().filename().string(), weightsPrefix))
            steps.push_back(*step);
    }
    std::sort(steps.begin(), steps.end(), std::greater<>());
    return steps;
}

Result<Checkpoint> readNewestCheckpoint(const fs::path &runFolder, std::vector<Error> &skipped)
{
    for (const std::int64_t step : checkpointSteps(runFolder)) {
        Result<Checkpoint> checkpoint = readCheckpoint(runFolder, step);
        if (checkpoint)
            return checkpoint;
        skipped.push_back(checkpoint.error());
    }
    return Error(ErrorCode::NothingToDo, {"checkpoint"}, runFolder.string());
}

Result<void> clearRunFolder(const fs::path &runFolder)
{
    std::vector<fs::path> old;
    for (const char *name : {"metrics.jsonl", "log.txt", "best.safetensors", "model.safetensors"})
        old.push_back(runFolder / name);
    for (const std::int64_t step : checkpointSteps(runFolder)) {
        old.push_back(fileOf(runFolder, optimizerPrefix, step));
        old.push_back(fileOf(runFolder, weightsPrefix, step));
    }
    for (const fs::path &path : old) {
        std::error_code problem;
        fs::remove(path, problem);
        if (problem)
            return Error(ErrorCode::FileUnwritable, {path.string(), problem.message()});
    }
    return {};
}

std::string startFact(const fs::path &runFolder, const std::string &name)
{
    std::ifstream file(runFolder / "config.json");
    const json document = json::parse(file, nullptr, false);
    const json::json_pointer place("/facts/" + name);
    return document.is_object() && document.contains(place) && document.at(place).is_string() ? document.at(place).get<std::string>()
                                                                                              : std::string();
}

Result<void> writeConfig(const fs::path &runFolder, const protocol::RunConfig &config,
                         const std::map<std::string, std::string> &facts)
{
    const json document{{"preset", config.preset}, {"settings", config.values}, {"facts", facts}};
    return writeFileAtomically(runFolder / "config.json", document.dump(2) + "\n");
}

} // namespace flukeprint::learning
