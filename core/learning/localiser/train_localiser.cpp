#include "core/learning/localiser/train_localiser.h"

#include "core/learning/embedding/embedder.h"
#include "core/learning/localiser/localiser_augmentation.h"
#include "core/learning/localiser/localiser_network.h"
#include "core/learning/networks/restore_norms.h"
#include "core/learning/training/adamw.h"
#include "core/learning/training/schedule.h"

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace flukeprint::learning {

namespace {

using Clock = std::chrono::steady_clock;

// A batch: photos with a box, further flukes, and what is none.
constexpr std::int64_t boxedPerBatch = 32;
constexpr std::int64_t flukesPerBatch = 12;
constexpr std::int64_t watersPerBatch = 8;
constexpr std::int64_t shuffledPerBatch = 8;
constexpr std::int64_t lobesPerBatch = 6;
constexpr std::int64_t othersPerBatch = 12; // any of them
constexpr std::int64_t hardPerBatch = 12; // those that were most taken for flukes when the epoch began

// What an epoch looks through for hard ones, and how many of them it then learns from.
constexpr std::size_t looked = 1024;
constexpr std::size_t hardest = 256;

constexpr double trunkRate = 4e-4;
constexpr double headFactor = 5;
constexpr double weightDecay = 0.02;
constexpr std::int64_t warmupSteps = 50; // and no more than a tenth of the run
constexpr double finalRateFactor = 0.01;
constexpr double gradientLimit = 10;
constexpr double averagingDecay = 0.99;
constexpr double distanceWeight = 2;
constexpr double presenceWeight = 1;
constexpr double keptShare = 0.99;
constexpr double normEpsilon = 1e-5;
constexpr double middle = 127.5;

torch::Tensor normalised(const torch::Tensor &photos)
{
    return ((photos - middle) / middle).contiguous(torch::MemoryFormat::ChannelsLast);
}

class LocaliserTrainer
{
public:
    LocaliserTrainer(const protocol::TrainLocaliserJob &job, const LocaliserData &data, torch::Device device)
        : m_job(job)
        , m_data(data)
        , m_device(device)
        , m_optimizer({.weightDecay = weightDecay})
        , m_tones(localiserTones(), job.seed)
        , m_stepsPerEpoch((static_cast<std::int64_t>(data.boxed().size()) + boxedPerBatch - 1) / boxedPerBatch)
    {
        torch::manual_seed(job.seed);
    }

    Result<void> start();
    Result<void> train(const LocaliserCallbacks &callbacks, const std::stop_token &stop);
    Result<std::string> save();

private:
    struct Judged
    {
        double overlap = 0;
        double lowShare = 0;
        std::vector<float> flukes; ///< presence as probabilities
        std::vector<float> others;
    };

    Result<void> takeStartWeights();
    void addParameters();
    LocaliserData::Rows drawn(const LocaliserData::Rows &from, std::int64_t count, Random &random) const;
    void findHardOthers(Random &random);
    torch::Tensor lossOf(std::span<const std::int64_t> boxed, Random &random);
    void average();
    Locations locate(const LocaliserData::Rows &rows);
    Judged judge();

    const protocol::TrainLocaliserJob &m_job;
    const LocaliserData &m_data;
    torch::Device m_device;
    LocaliserInfo m_info;
    LocaliserNetwork m_network{nullptr};
    LocaliserNetwork m_average{nullptr};
    AdamW m_optimizer;
    Augmenter m_tones;
    LocaliserData::Rows m_hardOthers;
    std::int64_t m_stepsPerEpoch;
    std::int64_t m_step = 0;
    double m_startOverlap = 0;
    Clock::time_point m_begin = Clock::now();
};

Result<void> LocaliserTrainer::takeStartWeights()
{
    const Result<TensorFile> file = readTensorFile(m_job.startModelPath);
    if (!file)
        return file.error();
    const Result<LoadedModel> start = loadModel(m_job.startModelPath, "mobilenet_v2");
    if (!start)
        return start.error();
    m_info.options.tensorflowPadding = start->info.network.tensorflowPadding;
    m_info.options.normEpsilon = start->info.network.normEpsilon;
    for (const auto &[key, value] : start->info.other)
        m_info.other["x_start_" + key] = value;
    m_network = LocaliserNetwork(m_info.options);
    if (Result<void> taken = takeTrunkWeights(m_network, *file); !taken)
        return taken;
    if (m_info.options.normEpsilon > 0)
        return {};
    constexpr std::size_t observed = 256;
    const std::span rows(m_data.boxed().data(), std::min(observed, m_data.boxed().size()));
    m_info.options.normEpsilon = normEpsilon;
    return restoreBatchNorm(m_network->trunk(), {normalised(m_data.photos(rows))}, normEpsilon);
}

Result<void> LocaliserTrainer::start()
{
    m_info.options = {false, normEpsilon};
    if (m_job.startModelPath.empty())
        m_network = LocaliserNetwork(m_info.options);
    else if (Result<void> taken = takeStartWeights(); !taken)
        return taken;
    m_average = LocaliserNetwork(m_info.options);
    for (LocaliserNetwork *network : {&m_network, &m_average}) {
        (*network)->to(m_device);
        for (auto &[name, tensor] : namedTensors(*network)) {
            if (tensor.dim() == 4)
                tensor.set_data(tensor.contiguous(torch::MemoryFormat::ChannelsLast));
        }
    }
    const torch::NoGradGuard noGradient;
    auto target = namedTensors(m_average);
    const auto source = namedTensors(m_network);
    for (std::size_t i = 0; i < source.size(); ++i)
        target[i].second.copy_(source[i].second);
    m_startOverlap = judge().overlap;
    addParameters();
    return {};
}

void LocaliserTrainer::addParameters()
{
    for (auto &[name, tensor] : namedTensors(m_network)) {
        if (tensor.requires_grad())
            m_optimizer.add(name, tensor, name.starts_with("localiser.") ? headFactor : 1.0);
    }
}

LocaliserData::Rows LocaliserTrainer::drawn(const LocaliserData::Rows &from, std::int64_t count, Random &random) const
{
    LocaliserData::Rows rows;
    for (std::int64_t i = 0; i < count && !from.empty(); ++i)
        rows.push_back(from[random.below(from.size())]);
    return rows;
}

void LocaliserTrainer::findHardOthers(Random &random)
{
    LocaliserData::Rows rows = m_data.others();
    random.shuffle(std::span(rows));
    rows.resize(std::min(rows.size(), looked));
    const torch::Tensor order = locate(rows).presence.argsort(0, true);
    m_hardOthers.clear();
    for (std::int64_t i = 0; i < std::min<std::int64_t>(order.size(0), hardest); ++i)
        m_hardOthers.push_back(rows[static_cast<std::size_t>(order[i].item<std::int64_t>())]);
}

torch::Tensor LocaliserTrainer::lossOf(std::span<const std::int64_t> boxed, Random &random)
{
    const PhotosWithCorners scene = reframe({m_data.photos(boxed), m_data.corners(boxed)}, random);
    const LocaliserData::Rows waters = drawn(m_data.boxed(), watersPerBatch, random);
    const LocaliserData::Rows tiles = drawn(m_data.boxed(), shuffledPerBatch, random);
    const LocaliserData::Rows flukes = drawn(m_data.flukes(), flukesPerBatch, random);
    const LocaliserData::Rows lobes = drawn(m_data.boxed(), lobesPerBatch, random);
    LocaliserData::Rows others = drawn(m_data.others(), othersPerBatch, random);
    const LocaliserData::Rows hard = drawn(m_hardOthers, hardPerBatch, random);
    others.insert(others.end(), hard.begin(), hard.end());
    const torch::Tensor unboxed = torch::cat({m_data.photos(flukes), m_data.photos(others),
                                              loneLobes({m_data.photos(lobes), m_data.corners(lobes)}, random),
                                              waterOf({m_data.photos(waters), m_data.corners(waters)}, random),
                                              shuffledTiles(m_data.photos(tiles), random)});
    // Where nothing is known of a box any framing of most of the photo will do.
    const torch::Tensor anyBox = torch::tensor({0.1, 0.1, 0.9, 0.9}, torch::kFloat).expand({unboxed.size(0), 4});
    const torch::Tensor photos = coarsened(torch::cat({scene.photos, reframe({unboxed, anyBox}, random).photos}), random);
    const auto count = static_cast<std::int64_t>(boxed.size());
    torch::Tensor present = torch::zeros({photos.size(0)});
    present.narrow(0, 0, count + static_cast<std::int64_t>(flukes.size())).fill_(1);
    const Locations found = m_network->forward(normalised(m_tones.apply(photos.to(m_device), random)));
    const torch::Tensor corners = found.corners.narrow(0, 0, count);
    const torch::Tensor wanted = scene.corners.to(m_device);
    return 1 - overlaps(corners, wanted).mean() + (corners - wanted).abs().mean() * distanceWeight
        + torch::binary_cross_entropy_with_logits(found.presence, present.to(m_device)) * presenceWeight;
}

void LocaliserTrainer::average()
{
    const torch::NoGradGuard noGradient;
    const auto steps = static_cast<double>(m_step);
    const double decay = std::min(averagingDecay, (1 + steps) / (10 + steps));
    const auto source = namedTensors(m_network);
    auto target = namedTensors(m_average);
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (target[i].second.is_floating_point())
            target[i].second.lerp_(source[i].second, 1 - decay);
        else
            target[i].second.copy_(source[i].second);
    }
}

Locations LocaliserTrainer::locate(const LocaliserData::Rows &rows)
{
    constexpr std::size_t batchSize = 64;
    const torch::NoGradGuard noGradient;
    m_average->eval();
    std::vector<torch::Tensor> corners{torch::empty({0, 4})}, presence{torch::empty({0})};
    for (std::size_t first = 0; first < rows.size(); first += batchSize) {
        const auto part = std::span(rows).subspan(first, std::min(batchSize, rows.size() - first));
        const Locations found = m_average->forward(normalised(m_data.photos(part).to(m_device)));
        corners.push_back(found.corners.to(torch::kCPU));
        presence.push_back(found.presence.to(torch::kCPU));
    }
    return {torch::cat(corners), torch::cat(presence)};
}

LocaliserTrainer::Judged LocaliserTrainer::judge()
{
    Judged judged;
    const torch::Tensor overlap = overlaps(locate(m_data.heldOutBoxed()).corners, m_data.corners(m_data.heldOutBoxed()));
    judged.overlap = overlap.mean().item<double>();
    judged.lowShare = (overlap < 0.5).to(torch::kFloat).mean().item<double>();
    const auto values = [](const torch::Tensor &logits) {
        const torch::Tensor chances = torch::sigmoid(logits).contiguous();
        return std::vector<float>(chances.data_ptr<float>(), chances.data_ptr<float>() + chances.numel());
    };
    judged.flukes = values(locate(m_data.heldOutFlukes()).presence);
    judged.others = values(locate(m_data.heldOutOthers()).presence);
    std::sort(judged.flukes.begin(), judged.flukes.end());
    return judged;
}

Result<void> LocaliserTrainer::train(const LocaliserCallbacks &callbacks, const std::stop_token &stop)
{
    const std::int64_t steps = m_stepsPerEpoch * m_job.epochs;
    const Schedule schedule{std::min(warmupSteps, steps / 10), steps, finalRateFactor};
    for (std::int64_t epoch = 0; epoch < m_job.epochs; ++epoch) {
        Random random(m_job.seed, "localiser/" + std::to_string(epoch));
        LocaliserData::Rows order = m_data.boxed();
        random.shuffle(std::span(order));
        findHardOthers(random);
        m_network->train();
        double lossSum = 0;
        for (std::int64_t batch = 0; batch < m_stepsPerEpoch; ++batch) {
            if (stop.stop_requested() || (callbacks.proceed && !callbacks.proceed()))
                return Error(ErrorCode::Cancelled);
            const auto first = static_cast<std::size_t>(batch * boxedPerBatch);
            m_optimizer.zeroGradients();
            const torch::Tensor loss =
                lossOf(std::span(order).subspan(first, std::min<std::size_t>(boxedPerBatch, order.size() - first)), random);
            const double value = loss.item<double>();
            if (!std::isfinite(value))
                return Error(ErrorCode::JobFailed, {"train_localiser", "the loss is not finite"});
            lossSum += value;
            loss.backward();
            m_optimizer.clipGradients(gradientLimit);
            m_optimizer.step(trunkRate * schedule.factor(m_step++));
            average();
            if (callbacks.progress)
                callbacks.progress(m_step, schedule.totalSteps);
        }
        if (!callbacks.metric)
            continue;
        protocol::MetricMessage message;
        message.step = m_step;
        message.epoch = static_cast<double>(epoch + 1);
        message.seconds = std::chrono::duration<double>(Clock::now() - m_begin).count();
        message.values = {{"loss_train", lossSum / static_cast<double>(m_stepsPerEpoch)}, {"iou", judge().overlap}};
        callbacks.metric(message);
    }
    return {};
}

Result<std::string> LocaliserTrainer::save()
{
    const Judged judged = judge();
    const auto lowest = static_cast<std::size_t>(std::floor((1 - keptShare) * static_cast<double>(judged.flukes.size())));
    m_info.threshold = judged.flukes[lowest];
    const auto passing = [&](const std::vector<float> &chances) {
        const auto count = std::count_if(chances.begin(), chances.end(), [&](float chance) { return chance >= m_info.threshold; });
        return static_cast<double>(count) / static_cast<double>(chances.size());
    };
    nlohmann::json metrics{{"iou", judged.overlap}, {"iou_start", m_startOverlap}, {"iou_low", judged.lowShare},
                           {"kept", passing(judged.flukes)}, {"threshold", m_info.threshold},
                           {"seconds", std::chrono::duration<double>(Clock::now() - m_begin).count()}};
    if (!judged.others.empty())
        metrics["mistaken"] = passing(judged.others);
    m_info.metricsJson = metrics.dump();
    if (const Result<void> saved = saveLocaliser(m_job.outputPath, m_info, m_average); !saved)
        return saved.error();
    return m_info.metricsJson;
}

} // namespace

Result<std::string> trainLocaliser(const protocol::TrainLocaliserJob &job, const LocaliserCallbacks &callbacks,
                                   const std::stop_token &stop)
{
    if (job.epochs < 1)
        return Error(ErrorCode::InvalidArgument, {"epochs", std::to_string(job.epochs), ">= 1"});
    const Result<torch::Device> device = resolveDevice(job.device);
    if (!device)
        return device.error();
    Result<std::vector<LocaliserTarget>> targets = readLocaliserTargets(job.targetsPath);
    if (!targets)
        return targets.error();
    const Result<chips::ChipPackReader> pack = chips::ChipPackReader::open(job.packPath);
    if (!pack)
        return pack.error();
    const Result<LocaliserData> data = LocaliserData::create(*pack, std::move(*targets));
    if (!data)
        return data.error();
    LocaliserTrainer trainer(job, *data, *device);
    if (const Result<void> started = trainer.start(); !started)
        return started.error();
    if (const Result<void> trained = trainer.train(callbacks, stop); !trained)
        return trained.error();
    return trainer.save();
}

} // namespace flukeprint::learning
