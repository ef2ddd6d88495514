#include "core/learning/training/batch_plan.h"

#include "core/learning/mining/triplet_csv.h"
#include "core/learning/sampling/sampler.h"
#include "core/learning/sampling/triplet_list.h"
#include "core/learning/sampling/tuple_sampler.h"

#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <utility>

namespace flukeprint::learning {

namespace {

using Source = std::unique_ptr<BatchSource>;

constexpr const char *tripletsName = "plan.triplets";
constexpr const char *minedEpochName = "plan.mined_epoch";
constexpr const char *admittedName = "plan.admitted";
constexpr const char *waitingName = "plan.waiting";

Mirroring mirroringOf(const protocol::RunConfig &config)
{
    if (config.booleanOr("mirror_identity", false))
        return Mirroring::OtherIdentity;
    return config.booleanOr("mirror_by_chance", false) ? Mirroring::ByChance : Mirroring::Never;
}

std::uint64_t seedOf(const protocol::RunConfig &config)
{
    return static_cast<std::uint64_t>(config.integer("seed"));
}

template <typename Sampler> Result<Source> owned(Result<Sampler> made)
{
    return made ? Result<Source>(std::make_unique<Sampler>(std::move(*made))) : Result<Source>(made.error());
}

Result<Source> tupleSampler(const protocol::RunConfig &config, const std::vector<std::vector<std::int64_t>> &photos, bool pairs)
{
    TupleSamplerOptions options;
    options.kind = pairs ? TupleSamplerOptions::Kind::Pairs : TupleSamplerOptions::Kind::Triplets;
    options.tuplesPerBatch = config.integer("batch_size");
    options.batchesPerEpoch = config.integerOr("batches_per_epoch", 0);
    options.mirroring = mirroringOf(config);
    options.seed = seedOf(config);
    return owned(TupleSampler::make(photos, options));
}

Source individualsSampler(const protocol::RunConfig &config, const RunData &data)
{
    SamplerOptions options;
    options.individualsPerBatch = config.integer("individuals_per_batch");
    options.photosPerIndividual = config.integer("photos_per_individual");
    options.negativesPerBatch = config.integerOr("negatives_per_batch", 0);
    options.mirroring = mirroringOf(config);
    options.seed = seedOf(config);
    std::vector<std::int64_t> unidentified;
    for (const RunPhoto &photo : data.negatives())
        unidentified.push_back(static_cast<std::int64_t>(photo.chip));
    return std::make_unique<PkSampler>(data.photosOfClass(), std::move(unidentified), options);
}

Result<std::vector<std::pair<std::int64_t, std::int64_t>>> rejectedPairs(const RunData &data, const chips::EmbeddingTable &table,
                                                                        std::span<const MiningLabel> labels)
{
    std::map<std::int32_t, std::int64_t> labelOf;
    std::map<AnnotationId, std::int64_t> rowOf;
    for (std::size_t row = 0; row < data.train().size(); ++row) {
        const RunPhoto &photo = data.train()[row];
        labelOf.emplace(photo.item.individual, photo.label);
        rowOf.emplace(photo.item.annotation, static_cast<std::int64_t>(row));
    }
    std::vector<Rejection> rejections;
    for (const protocol::SnapshotRejection &rejection : data.snapshot().rejections) {
        const auto row = rowOf.find(rejection.annotation);
        const auto label = labelOf.find(rejection.individual);
        if (row != rowOf.end() && label != labelOf.end())
            rejections.push_back({row->second, static_cast<std::int32_t>(label->second)});
    }
    return nearestOfRejected(table, labels, rejections);
}

/// Triplets need a positive that is not the anchor's own near-duplicate.
bool hasPositive(const RunData &data)
{
    std::map<std::int64_t, std::int64_t> groupOf;
    return std::any_of(data.train().begin(), data.train().end(), [&groupOf](const RunPhoto &photo) {
        const auto [known, isFirst] = groupOf.try_emplace(photo.label, photo.item.group);
        return !isFirst && (photo.item.group <= 0 || known->second != photo.item.group);
    });
}

/// Individuals take turns in a balanced batch: with many of them nobody would meet himself in it.
Result<void> checkBalanced(const protocol::RunConfig &config, const RunData &data)
{
    const std::int64_t needed = 2 * data.individualCount();
    if (config.textOr("sampler", "") != "balanced" || config.integer("batch_size") >= needed)
        return {};
    return Error(ErrorCode::SettingOutOfRange,
                 {"batch_size", config.text("batch_size"),
                  ">= " + std::to_string(needed) + ", two photos of each individual; else sampler = individuals"});
}

} // namespace

BatchPlan::BatchPlan(const protocol::RunConfig &config, const RunData &data)
    : m_config(config)
    , m_data(&data)
    , m_mining(config.has("mining"))
    , m_coarseEpochs(config.integerOr("coarse_epochs", 0))
{
    if (config.booleanOr("curriculum", false)) {
        CurriculumOptions options;
        options.startClasses = config.integer("curriculum_start");
        options.classesPerStep = config.integer("curriculum_step");
        options.threshold = config.real("curriculum_threshold");
        options.patience = config.integer("curriculum_patience");
        m_curriculum.emplace(data.individualCount(), options);
    }
    m_fixed = !m_mining && !m_curriculum;
}

Result<BatchPlan> BatchPlan::make(const protocol::RunConfig &config, const RunData &data, const std::string &tripletsPath)
{
    BatchPlan plan(config, data);
    if (const Result<void> checked = checkBalanced(config, data); !checked)
        return checked.error();
    if (!tripletsPath.empty()) {
        const Result<void> taken = plan.takeTriplets(tripletsPath);
        return taken ? Result<BatchPlan>(std::move(plan)) : Result<BatchPlan>(taken.error());
    }
    if (plan.m_mining && !hasPositive(data))
        return Error(ErrorCode::TooFewPhotos, {"1", "2"}, "nobody has two photos of different groups");
    Result<Source> source = plan.makeSampler();
    if (!source)
        return source.error();
    plan.m_source = std::move(*source);
    return plan;
}

Result<void> BatchPlan::takeTriplets(const std::string &path)
{
    if (m_config.textOr("sampler", "individuals") != "triplets" || m_curriculum)
        return Error(ErrorCode::InvalidArgument, {"triplets", m_config.preset, "a preset that learns from triplets, without a curriculum"});
    std::vector<MiningLabel> labels;
    for (const RunPhoto &photo : m_data->train())
        labels.push_back({static_cast<std::int32_t>(photo.label), photo.item.group});
    Result<std::vector<Triplet>> triplets = readTripletCsv(path, static_cast<std::int64_t>(labels.size()), labels);
    if (!triplets)
        return triplets.error();
    m_triplets = std::move(*triplets);
    m_mining = false;
    m_fixed = true;
    return useTriplets();
}

Result<Source> BatchPlan::makeSampler() const
{
    const std::string kind = m_config.textOr("sampler", "individuals");
    if (kind == "individuals")
        return individualsSampler(m_config, *m_data);
    const bool narrowed = m_curriculum && !m_curriculum->state().admitted.empty();
    const auto photos = narrowed ? m_curriculum->admittedOf(m_data->photosOfClass()) : m_data->photosOfClass();
    if (kind == "balanced")
        return owned(ClassBalancedSampler::make(photos, {m_config.integer("batch_size"), 0, mirroringOf(m_config), seedOf(m_config)}));
    return tupleSampler(m_config, photos, kind == "pairs");
}

Result<void> BatchPlan::begin(std::int64_t epoch, const Embed &embed, const std::stop_token &stop)
{
    if (m_fixed)
        return {};
    if (isMined(epoch))
        return m_minedEpoch == epoch ? useTriplets() : mine(epoch, embed, stop);
    Result<Source> source = makeSampler();
    if (!source)
        return source.error();
    m_source = std::move(*source);
    return {};
}

Result<void> BatchPlan::mine(std::int64_t epoch, const Embed &embed, const std::stop_token &stop)
{
    const Result<torch::Tensor> rows = embed();
    if (!rows)
        return rows.error();
    const torch::Tensor vectors = rows->contiguous();
    chips::EmbeddingTable table;
    table.dimension = static_cast<std::uint32_t>(vectors.size(1));
    table.vectors.assign(vectors.data_ptr<float>(), vectors.data_ptr<float>() + vectors.numel());
    std::vector<MiningLabel> labels;
    for (const RunPhoto &photo : m_data->train()) {
        table.ids.push_back(photo.item.annotation);
        labels.push_back({static_cast<std::int32_t>(photo.label), photo.item.group});
    }
    Result<std::vector<std::pair<std::int64_t, std::int64_t>>> rejected = rejectedPairs(*m_data, table, labels);
    if (!rejected)
        return rejected.error();
    MiningOptions options;
    options.rejectedPairs = std::move(*rejected);
    options.negative = negativeChoiceNamed(m_config.text("mining")).value_or(NegativeChoice::CentroidOfSample);
    options.count = m_config.integer("mined_per_epoch");
    options.sample = m_config.integer("mining_sample");
    options.seed = Random(seedOf(m_config), "mined/" + std::to_string(epoch)).next();
    Result<std::vector<Triplet>> mined = mineTriplets(table, labels, options, stop);
    if (!mined)
        return mined.error();
    m_triplets = std::move(*mined);
    m_minedEpoch = epoch;
    return useTriplets();
}

Result<void> BatchPlan::useTriplets()
{
    std::vector<std::int64_t> chips, labels;
    for (const RunPhoto &photo : m_data->train()) {
        chips.push_back(static_cast<std::int64_t>(photo.chip));
        labels.push_back(photo.label);
    }
    Result<Source> source =
        owned(TripletListSampler::make(m_triplets, chips, labels, m_config.integer("batch_size"), seedOf(m_config)));
    if (!source)
        return source.error();
    m_source = std::move(*source);
    return {};
}

std::int64_t BatchPlan::expectedBatches(std::int64_t epoch) const
{
    if (!isMined(epoch))
        return m_source->batchesPerEpoch();
    const std::int64_t size = m_config.integer("batch_size");
    const auto photos = static_cast<std::int64_t>(m_data->train().size());
    return (std::min(m_config.integer("mined_per_epoch"), photos) + size - 1) / size;
}

Result<std::int64_t> BatchPlan::judge(std::span<const double> accuracyOfClass)
{
    return m_curriculum ? m_curriculum->judge(accuracyOfClass) : Result<std::int64_t>(0);
}

NamedTensors BatchPlan::state() const
{
    NamedTensors tensors;
    if (m_minedEpoch >= 0) {
        std::vector<std::int64_t> rows;
        for (const Triplet &triplet : m_triplets)
            rows.insert(rows.end(), {triplet.anchor, triplet.positive, triplet.negative});
        tensors[tripletsName] = torch::tensor(rows, torch::kLong).view({-1, 3});
        tensors[minedEpochName] = torch::tensor({m_minedEpoch}, torch::kLong);
    }
    if (m_curriculum && !m_curriculum->state().admitted.empty()) {
        tensors[admittedName] = torch::tensor(m_curriculum->state().admitted, torch::kLong);
        tensors[waitingName] = torch::tensor({m_curriculum->state().waiting}, torch::kLong);
    }
    return tensors;
}

Result<void> BatchPlan::restore(const NamedTensors &saved, const std::string &path)
{
    const auto numbers = [&saved](const char *name) {
        const auto found = saved.find(name);
        if (found == saved.end() || found->second.scalar_type() != torch::kLong)
            return std::vector<std::int64_t>();
        const torch::Tensor values = found->second.contiguous();
        return std::vector<std::int64_t>(values.data_ptr<std::int64_t>(), values.data_ptr<std::int64_t>() + values.numel());
    };
    const std::vector<std::int64_t> rows = numbers(tripletsName);
    const std::vector<std::int64_t> epoch = numbers(minedEpochName);
    const auto count = static_cast<std::int64_t>(m_data->train().size());
    const bool known = std::all_of(rows.begin(), rows.end(), [count](std::int64_t row) { return row >= 0 && row < count; });
    if (rows.size() % 3 != 0 || !known || (!rows.empty() && epoch.size() != 1))
        return Error(ErrorCode::DataDamaged, {path, "mined triplets"});
    m_triplets.clear();
    for (std::size_t i = 0; i < rows.size(); i += 3)
        m_triplets.push_back({rows[i], rows[i + 1], rows[i + 2]});
    m_minedEpoch = rows.empty() ? -1 : epoch.front();
    const std::vector<std::int64_t> waiting = numbers(waitingName);
    if (!m_curriculum || waiting.empty())
        return {};
    const Result<void> restored = m_curriculum->restore({numbers(admittedName), waiting.front()});
    return restored ? Result<void>() : Result<void>(Error(ErrorCode::DataDamaged, {path, "curriculum"}));
}

} // namespace flukeprint::learning
