#include "core/learning/worker/job_runner.h"

#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"
#include "core/learning/embedding/embedder.h"
#include "core/learning/localiser/locator.h"
#include "core/learning/localiser/train_localiser.h"
#include "core/learning/mining/mine_triplets.h"
#include "core/learning/training/out_of_memory.h"
#include "core/learning/training/trainer.h"
#include "core/learning/worker/inspect.h"
#include "core/learning/worker/preview.h"
#include "core/learning/worker/runtime.h"

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include <algorithm>
#include <list>
#include <optional>
#include <system_error>

namespace flukeprint::learning {

namespace {

namespace fs = std::filesystem;

/// Changes when a file is written anew.
struct FileStamp
{
    std::string path;
    fs::file_time_type time;
    std::uintmax_t bytes = 0;
    friend bool operator==(const FileStamp &, const FileStamp &) = default;
};

FileStamp stampOf(const std::string &path)
{
    std::error_code problem;
    FileStamp stamp{path, fs::last_write_time(path, problem), 0};
    stamp.bytes = fs::file_size(path, problem);
    return stamp;
}

} // namespace

/// The models used last, ready to embed, and the localiser.
class JobRunner::Models
{
public:
    Result<Embedder *> get(const std::string &path, torch::Device device)
    {
        const FileStamp stamp = stampOf(path);
        const auto known = std::find_if(m_models.begin(), m_models.end(), [&](const Model &model) {
            return model.stamp == stamp && model.device == device;
        });
        if (known != m_models.end()) {
            m_models.splice(m_models.begin(), m_models, known);
            return &m_models.front().embedder;
        }
        Result<LoadedModel> loaded = loadModel(path);
        if (!loaded)
            return loaded.error();
        Result<Embedder> embedder = Embedder::create(*loaded, device);
        if (!embedder)
            return embedder.error();
        m_models.push_front({stamp, device, std::move(embedder).value()});
        if (m_models.size() > mostModels)
            m_models.pop_back();
        return &m_models.front().embedder;
    }
    Result<Locator *> locator(const std::string &path, torch::Device device)
    {
        const FileStamp stamp = stampOf(path);
        if (m_locator && m_locatorStamp == stamp && m_locatorDevice == device)
            return &*m_locator;
        Result<LoadedLocaliser> loaded = loadLocaliser(path);
        if (!loaded)
            return loaded.error();
        m_locator.emplace(std::move(*loaded), device);
        m_locatorStamp = stamp;
        m_locatorDevice = device;
        return &*m_locator;
    }
    void clear()
    {
        m_models.clear();
        m_locator.reset();
    }

private:
    static constexpr std::size_t mostModels = 2;
    struct Model
    {
        FileStamp stamp;
        torch::Device device;
        Embedder embedder;
    };
    std::list<Model> m_models;
    std::optional<Locator> m_locator;
    FileStamp m_locatorStamp;
    torch::Device m_locatorDevice = torch::kCPU;
};

namespace {

void sendProgress(const JobContext &context, const char *stage, std::int64_t done, std::int64_t total, double rate)
{
    protocol::ProgressMessage progress;
    progress.job = context.job;
    progress.stage = stage;
    progress.done = done;
    progress.total = total;
    progress.itemsPerSecond = rate;
    context.send(progress);
}

JobResult embed(const protocol::EmbedJob &job, Embedder &embedder, const chips::ChipPackReader &pack,
                const JobContext &context)
{
    EmbedOptions options;
    options.batchSize = job.batchSize;
    options.stop = context.stop;
    options.proceed = context.proceed;
    double rate = 0;
    options.progress = [&](std::int64_t done, std::int64_t total, double photosPerSecond) {
        rate = photosPerSecond;
        sendProgress(context, "embedding", done, total, photosPerSecond);
    };
    options.warning = [&](const Error &what) { context.send(protocol::WarningMessage{context.job, what}); };
    Result<chips::EmbeddingTable> table = embedder.embedPack(pack, options);
    if (!table)
        return table.error();
    if (Result<void> written = chips::writeEmbeddings(job.outputPath, *table); !written)
        return written.error();
    return nlohmann::json{{"count", table->count()}, {"dimension", table->dimension}, {"images_per_second", rate}}
        .dump();
}

JobResult locate(const protocol::LocateJob &job, Locator &locator, const JobContext &context)
{
    const Result<chips::ChipPackReader> pack = chips::ChipPackReader::open(job.packPath);
    if (!pack)
        return pack.error();
    const Result<chips::EmbeddingTable> table = locator.locate(*pack, context.stop, context.proceed);
    if (!table)
        return table.error();
    if (Result<void> written = chips::writeEmbeddings(job.outputPath, *table); !written)
        return written.error();
    return nlohmann::json{{"count", table->count()}, {"threshold", locator.info().threshold}}.dump();
}

LocaliserCallbacks localiserCallbacks(const JobContext &context)
{
    LocaliserCallbacks callbacks;
    callbacks.proceed = context.proceed;
    callbacks.metric = [&context](protocol::MetricMessage message) {
        message.job = context.job;
        context.send(message);
    };
    callbacks.progress = [&context](std::int64_t step, std::int64_t steps) {
        sendProgress(context, "training", step, steps, 0);
    };
    return callbacks;
}

TrainCallbacks trainCallbacks(const JobContext &context)
{
    TrainCallbacks callbacks;
    callbacks.metric = [&context](protocol::MetricMessage message) {
        message.job = context.job;
        context.send(message);
    };
    callbacks.progress = [&context](protocol::ProgressMessage message) {
        message.job = context.job;
        context.send(message);
    };
    callbacks.log = [&context](const std::string &text) { context.send(protocol::LogMessage{context.job, text}); };
    callbacks.warning = [&context](const Error &what) { context.send(protocol::WarningMessage{context.job, what}); };
    callbacks.proceed = context.proceed;
    return callbacks;
}

} // namespace

JobRunner::JobRunner()
    : m_models(std::make_unique<Models>())
{
}
JobRunner::~JobRunner() = default;

JobResult JobRunner::dispatch(const protocol::JobSpec &spec, const JobContext &context)
{
    if (const auto *job = std::get_if<protocol::EmbedJob>(&spec)) {
        if (job->batchSize < 1)
            return Error(ErrorCode::InvalidArgument, {"batch_size", std::to_string(job->batchSize), ">= 1"});
        Result<chips::ChipPackReader> pack = chips::ChipPackReader::open(job->packPath);
        if (!pack)
            return pack.error();
        Result<torch::Device> device = resolveDevice(job->device);
        if (!device)
            return device.error();
        setThreads(job->threads);
        Result<Embedder *> embedder = m_models->get(job->modelPath, *device);
        return embedder ? embed(*job, **embedder, *pack, context) : JobResult(embedder.error());
    }
    if (const auto *job = std::get_if<protocol::TrainJob>(&spec)) {
        m_models->clear(); // training needs the memory more than the next embedding needs the time
        setThreads(job->threads);
        Result<TrainOutcome> outcome = runTraining(*job, trainCallbacks(context), context.stop, context.peers);
        return outcome ? JobResult(outcome->resultJson()) : JobResult(outcome.error());
    }
    if (const auto *job = std::get_if<protocol::LocateJob>(&spec)) {
        Result<torch::Device> device = resolveDevice(job->device);
        if (!device)
            return device.error();
        setThreads(job->threads);
        Result<Locator *> locator = m_models->locator(job->modelPath, *device);
        return locator ? locate(*job, **locator, context) : JobResult(locator.error());
    }
    if (const auto *job = std::get_if<protocol::TrainLocaliserJob>(&spec)) {
        setThreads(job->threads);
        return trainLocaliser(*job, localiserCallbacks(context), context.stop);
    }
    setThreads(0);
    if (const auto *job = std::get_if<protocol::MineJob>(&spec))
        return runMining(*job, context.stop);
    if (const auto *job = std::get_if<protocol::PreviewJob>(&spec))
        return previewAugmentation(*job);
    return inspectModel(std::get<protocol::InspectJob>(spec));
}

JobResult JobRunner::run(const protocol::JobSpec &spec, const JobContext &context)
{
    const std::string kind = protocol::jobKind(spec);
    JobResult result = Error(ErrorCode::OutOfMemory, {"worker", kind});
    try {
        if (!ranOutOfMemory([&] { result = dispatch(spec, context); }))
            return result;
        m_models->clear();
        return result;
    } catch (const c10::Error &problem) {
        m_models->clear(); // a device fault leaves what lies on the device unusable
        return Error(ErrorCode::JobFailed, {kind, problem.what_without_backtrace()});
    } catch (const std::exception &problem) {
        return Error(ErrorCode::JobFailed, {kind, problem.what()});
    }
}

} // namespace flukeprint::learning
