#include "core/protocol/jobs.h"

#include "core/protocol/job_codec.h"

namespace flukeprint::protocol {

using nlohmann::json;

// Found by argument-dependent look-up, so outside the unnamed namespace.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(InspectJob, modelPath, architecture, exportPath, listMissing)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(MineJob, embeddingsPath, labelsPath, outputPath, count, seed, miner, sample, rejectedPath)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PreviewJob, packPath, outputPath, augmentation, variants, seed)

namespace {

const char *deviceName(Device device)
{
    switch (device) {
    case Device::Cpu:
        return "cpu";
    case Device::Cuda:
        return "cuda";
    case Device::Auto:
        break;
    }
    return "auto";
}

Device deviceFromJson(const json &object)
{
    const std::string name = object.value("device", "auto");
    if (name == "cpu")
        return Device::Cpu;
    if (name == "cuda")
        return Device::Cuda;
    if (name == "auto")
        return Device::Auto;
    throw json::other_error::create(501, "unknown device " + name, nullptr);
}

json embedToJson(const EmbedJob &job)
{
    return {{"modelPath", job.modelPath}, {"packPath", job.packPath}, {"outputPath", job.outputPath},
            {"device", deviceName(job.device)}, {"batchSize", job.batchSize}, {"threads", job.threads}};
}

EmbedJob embedFromJson(const json &object)
{
    EmbedJob job;
    job.modelPath = object.at("modelPath").get<std::string>();
    job.packPath = object.at("packPath").get<std::string>();
    job.outputPath = object.at("outputPath").get<std::string>();
    job.device = deviceFromJson(object);
    job.batchSize = object.value("batchSize", job.batchSize);
    job.threads = object.value("threads", job.threads);
    return job;
}

json trainToJson(const TrainJob &job)
{
    return {{"runFolder", job.runFolder}, {"packPath", job.packPath}, {"preset", job.preset}, {"settings", job.settings},
            {"startModelPath", job.startModelPath}, {"freshHead", job.freshHead}, {"tripletsPath", job.tripletsPath},
            {"device", deviceName(job.device)}, {"threads", job.threads}, {"resume", job.resume}};
}

TrainJob trainFromJson(const json &object)
{
    TrainJob job;
    job.runFolder = object.at("runFolder").get<std::string>();
    job.packPath = object.at("packPath").get<std::string>();
    job.preset = object.at("preset").get<std::string>();
    job.settings = object.value("settings", job.settings);
    job.startModelPath = object.value("startModelPath", std::string());
    job.freshHead = object.value("freshHead", false);
    job.tripletsPath = object.value("tripletsPath", std::string());
    job.device = deviceFromJson(object);
    job.threads = object.value("threads", job.threads);
    job.resume = object.value("resume", false);
    return job;
}

json locateToJson(const LocateJob &job)
{
    return {{"modelPath", job.modelPath}, {"packPath", job.packPath}, {"outputPath", job.outputPath},
            {"device", deviceName(job.device)}, {"threads", job.threads}};
}

LocateJob locateFromJson(const json &object)
{
    LocateJob job;
    job.modelPath = object.at("modelPath").get<std::string>();
    job.packPath = object.at("packPath").get<std::string>();
    job.outputPath = object.at("outputPath").get<std::string>();
    job.device = deviceFromJson(object);
    job.threads = object.value("threads", job.threads);
    return job;
}

/// Where a default stands for what is missing, a missing path would only be met as a file without a name.
void requirePaths(const json &object, std::initializer_list<const char *> keys)
{
    for (const char *key : keys) {
        if (object.at(key).get_ref<const std::string &>().empty())
            throw json::other_error::create(501, std::string(key) + " is empty", nullptr);
    }
}

json trainLocaliserToJson(const TrainLocaliserJob &job)
{
    return {{"packPath", job.packPath}, {"targetsPath", job.targetsPath}, {"startModelPath", job.startModelPath},
            {"outputPath", job.outputPath}, {"epochs", job.epochs}, {"seed", job.seed},
            {"device", deviceName(job.device)}, {"threads", job.threads}};
}

TrainLocaliserJob trainLocaliserFromJson(const json &object)
{
    TrainLocaliserJob job;
    job.packPath = object.at("packPath").get<std::string>();
    job.targetsPath = object.at("targetsPath").get<std::string>();
    job.startModelPath = object.value("startModelPath", std::string());
    job.outputPath = object.at("outputPath").get<std::string>();
    job.epochs = object.value("epochs", job.epochs);
    job.seed = object.value("seed", job.seed);
    job.device = deviceFromJson(object);
    job.threads = object.value("threads", job.threads);
    return job;
}

} // namespace

std::string jobKind(const JobSpec &job)
{
    constexpr const char *names[] = {"embed", "train", "inspect", "mine", "locate", "train_localiser", "preview"};
    return names[job.index()];
}

json jobToJson(const JobSpec &job)
{
    json object;
    if (const auto *embed = std::get_if<EmbedJob>(&job))
        object = embedToJson(*embed);
    else if (const auto *train = std::get_if<TrainJob>(&job))
        object = trainToJson(*train);
    else if (const auto *inspect = std::get_if<InspectJob>(&job))
        object = *inspect;
    else if (const auto *mine = std::get_if<MineJob>(&job))
        object = *mine;
    else if (const auto *locate = std::get_if<LocateJob>(&job))
        object = locateToJson(*locate);
    else if (const auto *preview = std::get_if<PreviewJob>(&job))
        object = *preview;
    else
        object = trainLocaliserToJson(std::get<TrainLocaliserJob>(job));
    object["kind"] = jobKind(job);
    return object;
}

JobSpec jobFromJson(const json &object)
{
    const auto kind = object.at("kind").get<std::string>();
    if (kind == "embed")
        return embedFromJson(object);
    if (kind == "train")
        return trainFromJson(object);
    if (kind == "inspect") {
        requirePaths(object, {"modelPath"});
        return object.get<InspectJob>();
    }
    if (kind == "mine") {
        requirePaths(object, {"embeddingsPath", "labelsPath", "outputPath"});
        return object.get<MineJob>();
    }
    if (kind == "locate")
        return locateFromJson(object);
    if (kind == "train_localiser")
        return trainLocaliserFromJson(object);
    if (kind == "preview")
        return object.get<PreviewJob>();
    throw json::other_error::create(501, "unknown job kind " + kind, nullptr);
}

} // namespace flukeprint::protocol
