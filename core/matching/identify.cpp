#include "core/matching/identify.h"

#include "core/evaluation/dot_kernel.h"
#include "core/evaluation/parallel.h"
#include "core/matching/slots.h"

#include <faiss/utils/distances.h>

#include <algorithm>
#include <omp.h>
#include <string>

namespace flukeprint::matching {

namespace {

constexpr std::size_t queryTile = 48; // its block of products stays in the cache: 48 x 512 floats
constexpr std::size_t slotBytes = std::size_t{64} << 20U;
constexpr std::size_t galleryBlock = 16 * evaluation::panelRows;

/// Cosines of one query to every row, over up to `threads` threads.
std::vector<float> cosinesOf(const GalleryState &state, const std::vector<float> &query, unsigned threads)
{
    const std::size_t count = state.entries.size();
    std::vector<float> cosines(count);
    // Below some thousand rows a part, starting a thread costs more than it saves.
    const std::size_t parts = std::min<std::size_t>(count / 4096 + 1, evaluation::threadCount(threads, count));
    evaluation::parallelFor(parts, threads, [&](std::size_t part) {
        const std::size_t first = count * part / parts;
        const std::size_t end = count * (part + 1) / parts;
        if (end > first)
            faiss::fvec_inner_products_ny(cosines.data() + first, query.data(), state.row(first), state.dimension,
                                          end - first);
    });
    return cosines;
}

unsigned threadsOf(const IdentifyOptions &options)
{
    return static_cast<unsigned>(std::max(options.threads, 0));
}

std::string nameOf(const IdentifyQuery &query, std::size_t position)
{
    return query.annotation.isValid() ? "annotation " + std::to_string(query.annotation.value)
                                      : "query " + std::to_string(position + 1);
}

/// Normalised copies of the queries, row-major.
Result<std::vector<float>> normalisedQueries(const Gallery &gallery, std::span<const IdentifyQuery> queries,
                                             const IdentifyOptions &options)
{
    if (options.top == 0)
        return Error(ErrorCode::InvalidArgument, {"top", "0", "> 0"});
    if (options.newPrior && !(*options.newPrior > 0 && *options.newPrior < 1))
        return Error(ErrorCode::InvalidArgument, {"new prior", std::to_string(*options.newPrior), "0..1, exclusive"});
    const std::size_t dimension = gallery.dimension();
    std::vector<float> vectors(queries.size() * dimension);
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (queries[i].vector.size() != dimension)
            return Error(ErrorCode::ModelIncompatible,
                         {gallery.model(),
                          nameOf(queries[i], i) + ": embedding of " + std::to_string(queries[i].vector.size())
                              + " values instead of " + std::to_string(dimension)});
        const Result<void> done =
            normaliseInto(queries[i].vector, nameOf(queries[i], i), vectors.data() + i * dimension);
        if (!done)
            return done.error();
    }
    return vectors;
}

/// A block of queries against the whole gallery, as one blocked matrix product.
class BlockSearch
{
public:
    BlockSearch(const GalleryState &state, std::span<const IdentifyQuery> queries, const float *vectors)
        : m_state(state)
        , m_queries(queries)
        , m_panels(evaluation::packedSize(galleryBlock, state.dimension))
        , m_products(queryTile * galleryBlock)
        , m_best(queries.size(), BestOfSlots(state.photosInSlot.size()))
    {
        for (std::size_t i = 0; i < queries.size(); ++i)
            m_rows.push_back(vectors + i * state.dimension);
    }

    const std::vector<BestOfSlots> &run()
    {
        const float *gallery[galleryBlock];
        for (std::size_t first = 0; first < m_state.entries.size(); first += galleryBlock) {
            const std::size_t count = std::min(galleryBlock, m_state.entries.size() - first);
            for (std::size_t i = 0; i < count; ++i)
                gallery[i] = m_state.row(first + i);
            evaluation::packRows(gallery, count, m_state.dimension, m_panels.data());
            for (std::size_t tile = 0; tile < m_queries.size(); tile += queryTile)
                scanTile(tile, first, count);
        }
        return m_best;
    }

private:
    void scanTile(std::size_t tile, std::size_t firstRow, std::size_t count)
    {
        const std::size_t panels = (count + evaluation::panelRows - 1) / evaluation::panelRows;
        const std::size_t tileCount = std::min(queryTile, m_queries.size() - tile);
        evaluation::dotBlock(m_rows.data() + tile, tileCount, m_panels.data(), panels, m_state.dimension,
                             m_products.data(), galleryBlock);
        for (std::size_t i = 0; i < tileCount; ++i)
            takeBest(m_state, m_queries[tile + i], std::span(m_products).subspan(i * galleryBlock, count), firstRow,
                     m_best[tile + i]);
    }

    const GalleryState &m_state;
    std::span<const IdentifyQuery> m_queries;
    std::vector<float> m_panels;
    std::vector<float> m_products;
    std::vector<BestOfSlots> m_best;
    std::vector<const float *> m_rows;
};

} // namespace

Result<Identification> identify(const Gallery &gallery, const IdentifyQuery &query,
                                const evaluation::ScoreCalibration &calibration, const IdentifyOptions &options)
{
    const Result<std::vector<float>> vector = normalisedQueries(gallery, {&query, 1}, options);
    if (!vector)
        return vector.error();
    const GalleryReader reader(gallery);
    const std::vector<float> cosines = cosinesOf(*reader, *vector, threadsOf(options));
    BestOfSlots best(reader->photosInSlot.size());
    takeBest(*reader, query, cosines, 0, best);
    return identificationFrom(*reader, best, calibration, options);
}

Result<std::vector<Identification>> identifyAll(const Gallery &gallery, std::span<const IdentifyQuery> queries,
                                                const evaluation::ScoreCalibration &calibration,
                                                const IdentifyOptions &options)
{
    const Result<std::vector<float>> vectors = normalisedQueries(gallery, queries, options);
    if (!vectors)
        return vectors.error();
    std::vector<Identification> answers(queries.size());
    const std::size_t threads = evaluation::threadCount(threadsOf(options), queries.size());
    const std::size_t bytesPerQuery =
        std::max<std::size_t>(gallery.individualCount(), 1) * (sizeof(float) + sizeof(std::uint32_t));
    const std::size_t block =
        std::min(std::clamp<std::size_t>(slotBytes / bytesPerQuery, queryTile, 512), queries.size() / threads + 1);
    const std::size_t blocks = (queries.size() + block - 1) / block;
    evaluation::parallelFor(blocks, threadsOf(options), [&](std::size_t number) {
        const std::size_t first = number * block;
        const std::span<const IdentifyQuery> part = queries.subspan(first, std::min(block, queries.size() - first));
        // Locked for one block only, so that a person's decisions get in between.
        const GalleryReader reader(gallery);
        BlockSearch search(*reader, part, vectors->data() + first * gallery.dimension());
        const std::vector<BestOfSlots> &best = search.run();
        for (std::size_t i = 0; i < part.size(); ++i)
            answers[first + i] = identificationFrom(*reader, best[i], calibration, options);
    });
    return answers;
}

} // namespace flukeprint::matching
