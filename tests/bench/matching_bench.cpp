// Five candidates per individual against bare Faiss flat (the five nearest photos) in the same run, one thread each,
// and a batch of queries together. Usage: matching_bench [PHOTOS [DIMENSION [QUERIES]]], default 100000 512 40.
#include "core/base/random.h"
#include "core/matching/identify.h"

#include <faiss/IndexFlat.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <omp.h>

namespace {

using namespace flukeprint;
using namespace flukeprint::matching;

struct Data
{
    std::size_t dimension;
    std::vector<GalleryEntry> entries;
    std::vector<float> gallery;
    std::vector<float> queries;
};

void fillNormalised(std::vector<float> &rows, std::size_t count, std::size_t dimension, Random &random)
{
    rows.resize(count * dimension);
    for (std::size_t i = 0; i < count; ++i) {
        float *row = rows.data() + i * dimension;
        double squared = 0;
        for (std::size_t k = 0; k < dimension; ++k) {
            row[k] = static_cast<float>(random.uniform() + random.uniform() - 1.0);
            squared += double{row[k]} * double{row[k]};
        }
        for (std::size_t k = 0; k < dimension; ++k)
            row[k] = static_cast<float>(double{row[k]} / std::sqrt(squared));
    }
}

Data makeData(std::size_t photos, std::size_t dimension, std::size_t queries)
{
    Random random(1);
    Data data{dimension, {}, {}, {}};
    for (std::size_t i = 0; i < photos; ++i)
        data.entries.push_back({AnnotationId(static_cast<std::int64_t>(i) + 1),
                                IndividualId(static_cast<std::int64_t>(random.below(photos / 4 + 1)) + 1), 0});
    fillNormalised(data.gallery, photos, dimension, random);
    fillNormalised(data.queries, queries, dimension, random);
    return data;
}

/// Median milliseconds of one call.
double medianMs(std::size_t calls, const std::function<void(std::size_t)> &call)
{
    std::vector<double> times;
    for (std::size_t i = 0; i < calls; ++i) {
        const auto start = std::chrono::steady_clock::now();
        call(i);
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

} // namespace

int main(int argc, char **argv)
{
    const auto argument = [&](int position, std::size_t fallback) {
        return argc > position ? static_cast<std::size_t>(std::strtoull(argv[position], nullptr, 10)) : fallback;
    };
    const Data data = makeData(argument(1, 100000), argument(2, 512), argument(3, 40));
    const std::size_t queries = data.queries.size() / data.dimension;
    omp_set_num_threads(1);

    Result<Gallery> gallery = Gallery::build("bench", data.dimension, data.entries, data.gallery);
    if (!gallery) {
        std::fprintf(stderr, "%s\n", gallery.error().debugText().c_str());
        return 1;
    }
    faiss::IndexFlatIP flat(static_cast<faiss::Index::idx_t>(data.dimension));
    flat.add(static_cast<faiss::Index::idx_t>(data.entries.size()), data.gallery.data());
    const auto queryAt = [&](std::size_t i) {
        return std::span(data.queries).subspan(i * data.dimension, data.dimension);
    };

    float distances[5];
    faiss::Index::idx_t labels[5];
    const double faissMs =
        medianMs(queries, [&](std::size_t i) { flat.search(1, queryAt(i).data(), 5, distances, labels); });
    const double oursMs = medianMs(queries, [&](std::size_t i) { (void)identify(*gallery, {queryAt(i), {}, 0}, {}); });
    std::vector<IdentifyQuery> all;
    for (std::size_t i = 0; i < queries; ++i)
        all.push_back({queryAt(i), {}, 0});
    const double batchMs =
        medianMs(3, [&](std::size_t) { (void)identifyAll(*gallery, all, {}); }) / static_cast<double>(queries);
    const double putMs = medianMs(1000, [&](std::size_t i) {
        (void)gallery->put({AnnotationId(static_cast<std::int64_t>(data.entries.size() + i) + 1), IndividualId(1), 0},
                           queryAt(i % queries));
    });
    std::printf("%zu photos x %zu, %zu queries, one thread\n", data.entries.size(), data.dimension, queries);
    std::printf("bare Faiss flat, 5 nearest photos     %8.2f ms a query\n", faissMs);
    std::printf("five individuals, one query           %8.2f ms a query, %.2f of Faiss's time\n", oursMs,
                oursMs / faissMs);
    std::printf("five individuals, queries together    %8.2f ms a query, %.2f of Faiss's time\n", batchMs,
                batchMs / faissMs);
    std::printf("adding one photo                      %8.4f ms\n", putMs);
    return 0;
}
