#include "core/learning/training/validator.h"

#include "core/learning/embedding/embedder.h"
#include "core/learning/training/out_of_memory.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

namespace flukeprint::learning {

namespace {

evaluation::PhotoLabel labelOf(const RunPhoto &photo)
{
    return {photo.item.annotation.value, photo.item.individual, photo.item.group};
}

/// Each individual's first photo, then each one's second, and so on: neighbours are of two individuals as long as can be, which is what
/// Objective::evaluatePairs needs. Those whom training does not know are left out.
std::vector<RunPhoto> takingTurns(const std::vector<RunPhoto> &photos)
{
    std::map<std::int64_t, std::int64_t> seen;
    std::vector<std::pair<std::int64_t, RunPhoto>> turns;
    for (const RunPhoto &photo : photos) {
        if (photo.label >= 0)
            turns.emplace_back(seen[photo.label]++, photo);
    }
    std::stable_sort(turns.begin(), turns.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    std::vector<RunPhoto> sorted;
    for (const auto &[turn, photo] : turns)
        sorted.push_back(photo);
    return sorted;
}

} // namespace

Validator::Validator(const RunData &data, ModelInfo info, torch::Device device, std::int32_t threads,
                     std::function<bool()> proceed, std::function<void(std::int64_t, std::int64_t)> progress)
    : m_data(data)
    , m_info(std::move(info))
    , m_device(device)
    , m_threads(threads)
    , m_proceed(std::move(proceed))
    , m_progress(std::move(progress))
{
}

Result<Validator::Sets> Validator::embedAll(EmbeddingNetwork &network)
{
    LoadedModel model;
    model.info = m_info;
    model.info.network = network->options();
    model.network = network;
    std::optional<Embedder> embedder;
    if (!m_features) {
        Result<Embedder> made = Embedder::create(model, m_device, bfloat16);
        if (!made)
            return made.error();
        embedder = std::move(*made);
    }
    Sets sets;
    const std::vector<std::pair<const std::vector<RunPhoto> *, Embedded *>> wanted{
        {&m_data.train(), &sets.gallery}, {&m_data.validation(), &sets.queries}, {&m_data.newCalibration(), &sets.unknown}};
    std::size_t total = 0;
    for (const auto &[photos, target] : wanted)
        total += photos->size();
    std::size_t done = 0;
    for (const auto &[photos, target] : wanted) {
        target->set.dimension = static_cast<std::size_t>(model.embeddingDimension());
        std::span<const RunPhoto> batch;
        for (std::size_t first = 0; first < photos->size(); first += batch.size()) {
            if (m_proceed && !m_proceed())
                return Error(ErrorCode::Cancelled);
            torch::Tensor rows;
            const bool fits = fitsInHalves(m_photosAtATime, [&] {
                batch = std::span(*photos).subspan(first, std::min(m_photosAtATime, photos->size() - first));
                if (beforeEmbedding)
                    beforeEmbedding(static_cast<std::int64_t>(batch.size()));
                rows = (m_features ? m_features->embed(network, batch, m_info.testTime) : embedder->embedBatch(m_data.interleavedChips(batch)))
                           .contiguous();
            });
            if (!fits)
                return Error(ErrorCode::OutOfMemory, {m_device.str(), "validation"});
            const float *values = rows.data_ptr<float>();
            target->vectors.insert(target->vectors.end(), values, values + rows.numel());
            for (const RunPhoto &photo : batch)
                target->set.labels.push_back(labelOf(photo));
            done += batch.size();
            if (m_progress)
                m_progress(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total));
        }
    }
    return sets;
}

Validator::Figures Validator::clusterFigures(const Embedded &gallery) const
{
    Figures figures;
    const auto clusters = evaluation::clusterStatistics(gallery.set, static_cast<unsigned>(m_threads));
    if (!clusters)
        return figures;
    if (std::isfinite(clusters->radius))
        figures["radius"] = clusters->radius;
    if (std::isfinite(clusters->separation))
        figures["separation"] = clusters->separation;
    return figures;
}

Result<Validator::Figures> Validator::measure(EmbeddingNetwork &network)
{
    Result<Sets> sets = embedAll(network);
    if (!sets)
        return sets.error();
    const Result<Rankings> rankings = rank(*sets);
    if (!rankings)
        return rankings.error();
    noteAccuracy(rankings->known);
    Figures figures = clusterFigures(sets->gallery);
    const evaluation::RetrievalScores scores = evaluation::retrievalScores(rankings->known);
    if (scores.scored > 0) {
        figures["map5"] = scores.map5;
        figures["top1"] = scores.top1;
        figures["top5"] = scores.top5;
        figures["queries"] = static_cast<double>(scores.scored);
    }
    std::vector<double> known, unknown;
    for (const evaluation::QueryRanking &ranking : rankings->known) {
        if (ranking.isScored())
            known.push_back(double{ranking.nearestDistance()});
    }
    for (const evaluation::QueryRanking &ranking : rankings->unknown)
        unknown.push_back(double{ranking.nearestDistance()});
    if (!known.empty() && !unknown.empty())
        figures["auroc_new"] = evaluation::areaUnderRoc(unknown, known);
    keepVectors(*sets);
    return figures;
}

Result<Validator::Rankings> Validator::rank(Sets &sets) const
{
    for (Embedded *part : {&sets.gallery, &sets.queries, &sets.unknown})
        part->set.vectors = part->vectors;
    auto known = evaluation::rankQueries(sets.queries.set, sets.gallery.set, rankingOptions());
    auto unknown = evaluation::rankQueries(sets.unknown.set, sets.gallery.set, rankingOptions());
    if (!known || !unknown)
        return Error(ErrorCode::ModelIncompatible, {"model", "embeddings cannot be compared"}, (known ? unknown : known).error().debugText());
    return Rankings{std::move(*known), std::move(*unknown)};
}

evaluation::RankingOptions Validator::rankingOptions() const
{
    evaluation::RankingOptions options;
    options.threads = static_cast<unsigned>(m_threads);
    if (m_info.ranksCentroids)
        options.distance = evaluation::IndividualDistance::MeanOfPhotos;
    return options;
}

void Validator::noteAccuracy(const std::vector<evaluation::QueryRanking> &rankings)
{
    const auto classes = static_cast<std::size_t>(m_data.individualCount());
    std::vector<double> first(classes, 0), all(classes, 0);
    for (std::size_t i = 0; i < rankings.size(); ++i) {
        const std::int64_t label = m_data.validation()[i].label;
        if (label < 0 || rankings[i].rank == 0)
            continue;
        first[static_cast<std::size_t>(label)] += rankings[i].rank == 1 ? 1 : 0;
        all[static_cast<std::size_t>(label)] += 1;
    }
    m_accuracyOfClass.clear();
    for (std::size_t i = 0; i < classes; ++i)
        m_accuracyOfClass.push_back(all[i] > 0 ? first[i] / all[i] : std::nan(""));
}

torch::Tensor Validator::rowsOf(const std::vector<float> &vectors, std::size_t photos)
{
    return torch::tensor(vectors, torch::kFloat).view({static_cast<std::int64_t>(photos), photos == 0 ? 0 : -1});
}

void Validator::keepVectors(Sets &sets)
{
    m_trainVectors = std::move(sets.gallery.vectors);
    m_queryVectors = std::move(sets.queries.vectors);
}

Result<Validator::FinalFigures> Validator::measureFinally(EmbeddingNetwork &network)
{
    Result<Sets> sets = embedAll(network);
    if (!sets)
        return sets.error();
    const Result<Rankings> rankings = rank(*sets);
    if (!rankings)
        return rankings.error();
    FinalFigures result{clusterFigures(sets->gallery), {}};
    const evaluation::RetrievalFigures retrieval = evaluation::retrievalFigures(rankings->known);
    if (retrieval.scored > 0) {
        result.figures["map5"] = retrieval.map5.value;
        result.figures["map5_low"] = retrieval.map5.low;
        result.figures["map5_high"] = retrieval.map5.high;
        result.figures["top1"] = retrieval.top1.value;
        result.figures["top5"] = retrieval.top5.value;
        result.figures["queries"] = static_cast<double>(retrieval.scored);
    }
    const evaluation::Estimate auroc = evaluation::aurocNew(rankings->known, rankings->unknown);
    if (auroc.isAvailable())
        result.figures["auroc_new"] = auroc.value;
    auto calibration = evaluation::calibrate(sets->queries.set, sets->unknown.set, sets->gallery.set, rankingOptions());
    if (calibration)
        result.calibration = *calibration;
    keepVectors(*sets);
    return result;
}

std::vector<LoadedBatch> Validator::lossBatches(std::int64_t individuals) const
{
    std::vector<std::optional<std::int64_t>> partner(static_cast<std::size_t>(m_data.individualCount()));
    for (const RunPhoto &photo : m_data.train()) {
        std::optional<std::int64_t> &chip = partner[static_cast<std::size_t>(photo.label)];
        chip = chip.value_or(static_cast<std::int64_t>(photo.chip));
    }
    std::vector<std::vector<BatchItem>> batches;
    for (const RunPhoto &query : takingTurns(m_data.validation())) {
        if (batches.empty() || static_cast<std::int64_t>(batches.back().size()) >= 2 * individuals)
            batches.emplace_back();
        batches.back().push_back({static_cast<std::int64_t>(query.chip), query.label, false});
        batches.back().push_back({*partner[static_cast<std::size_t>(query.label)], query.label, false});
    }
    std::vector<LoadedBatch> loaded;
    for (const std::vector<BatchItem> &items : batches) {
        LoadedBatch &batch = loaded.emplace_back();
        std::vector<std::int64_t> labels;
        for (const BatchItem &item : items)
            labels.push_back(item.label);
        batch.photos = m_features ? m_features->rows(items) : m_data.planarChips(items);
        batch.labels = torch::tensor(labels, torch::kLong);
        batch.identified = static_cast<std::int64_t>(items.size());
    }
    return loaded;
}

} // namespace flukeprint::learning
