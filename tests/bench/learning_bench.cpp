// What a training step, embedding and mining cost in this engine. learning_speed.sh runs it beside PyTorch; alone:
//   learning_bench train NETWORK WIDTH HEIGHT BATCH fp32|bf16 THREADS SECONDS [DEVICE]    photos a second: forward, backward, AdamW
//   learning_bench embed NETWORK WIDTH HEIGHT BATCH fp32|bf16 THREADS SECONDS [DEVICE]    photos a second, from bytes
//   learning_bench matrix fp32|bf16 THREADS [DEVICE]                                      GFLOP/s of a large product
//   learning_bench mine PHOTOS DIMENSION THREADS                                          share of the same machine's matrix rate
// DEVICE: cpu (default) or cuda.
// Prints one number (mine: several lines). Measures in rounds, and tells the best one.
#include "core/base/random.h"
#include "core/learning/embedding/embedder.h"
#include "core/learning/mining/mine_triplets.h"
#include "core/learning/networks/compat.h"
#include "core/learning/training/optimizer.h"
#include "core/learning/training/trainer.h"
#include "core/learning/worker/runtime.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace {

using namespace flukeprint;
using namespace flukeprint::learning;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Best rate of five rounds that share `seconds`; the first calls warm up. What a GPU was given counts when it is done.
double bestRate(double seconds, std::int64_t photos, torch::Device device, const std::function<void()> &call)
{
    constexpr int rounds = 5;
    const auto finish = [&device] {
        if (device.is_cuda())
            torch::cuda::synchronize();
    };
    for (int i = 0; i < (device.is_cuda() ? 10 : 1); ++i)
        call();
    finish();
    double best = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto start = Clock::now();
        std::int64_t done = 0;
        do {
            call();
            done += photos;
        } while (secondsSince(start) < seconds / rounds);
        finish();
        best = std::max(best, static_cast<double>(done) / secondsSince(start));
    }
    return best;
}

struct Case
{
    std::string network;
    std::int64_t width;
    std::int64_t height;
    std::int64_t batch;
    bool bfloat16;
    double seconds;
    torch::Device device;
};

LoadedModel modelOf(const Case &wanted)
{
    LoadedModel model;
    model.info.network.architecture = wanted.network;
    model.info.network.dimension = 512;
    model.info.inputWidthPx = static_cast<std::int32_t>(wanted.width);
    model.info.inputHeightPx = static_cast<std::int32_t>(wanted.height);
    torch::manual_seed(1);
    model.network = makeNetwork(model.info.network).value();
    return model;
}

double trainingRate(const Case &wanted)
{
    LoadedModel model = modelOf(wanted);
    EmbeddingNetwork network = model.network;
    network->to(wanted.device);
    network->train();
    OptimizerOptions options;
    options.weightDecay = 0.01;
    const std::unique_ptr<Optimizer> optimizer = makeOptimizer(options);
    for (auto &[name, tensor] : namedTensors(network)) {
        if (tensor.dim() == 4)
            tensor.set_data(tensor.contiguous(torch::MemoryFormat::ChannelsLast));
        if (tensor.requires_grad())
            optimizer->add(name, tensor, SlotOptions{});
    }
    const torch::Tensor photos =
        torch::randn({wanted.batch, 3, wanted.height, wanted.width}, wanted.device).contiguous(torch::MemoryFormat::ChannelsLast);
    return bestRate(wanted.seconds, wanted.batch, wanted.device, [&] {
        optimizer->zeroGradients();
        torch::Tensor loss;
        {
            const AutocastScope reduced(wanted.device.type(), wanted.bfloat16);
            loss = network->forward(photos).neck.square().mean();
        }
        loss.backward();
        optimizer->step(1e-4);
    });
}

double embeddingRate(const Case &wanted)
{
    LoadedModel model = modelOf(wanted);
    model.network->eval();
    Embedder embedder = Embedder::create(model, wanted.device, wanted.bfloat16).value();
    const torch::Tensor chips = torch::randint(0, 256, {wanted.batch, wanted.height, wanted.width, 3}, torch::kUInt8);
    return bestRate(wanted.seconds, wanted.batch, wanted.device, [&] { embedder.embedBatch(chips); });
}

/// Multiply-adds a second of [block, dimension] x [dimension, block].
double matrixRate(std::int64_t block, std::int64_t dimension, const torch::TensorOptions &options)
{
    const torch::Tensor a = torch::randn({block, dimension}, options);
    const torch::Tensor b = torch::randn({dimension, block}, options);
    torch::Tensor product = torch::empty({block, block}, options);
    return bestRate(5, block * block * dimension, options.device(), [&] { torch::mm_out(product, a, b); });
}

int mine(std::int64_t photos, std::int64_t dimension)
{
    chips::EmbeddingTable table;
    table.dimension = static_cast<std::uint32_t>(dimension);
    torch::manual_seed(1);
    const torch::Tensor rows = torch::nn::functional::normalize(torch::randn({photos, dimension}),
                                                                torch::nn::functional::NormalizeFuncOptions().dim(1));
    table.vectors.assign(rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel());
    std::vector<MiningLabel> labels;
    Random random(1);
    for (std::int64_t i = 0; i < photos; ++i) {
        table.ids.emplace_back(i + 1);
        labels.push_back({static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(photos / 4 + 1))), 0});
    }
    const double peak = matrixRate(2048, dimension, torch::kFloat); // of the product that mining consists of
    std::printf("matrix rate %.1f GFLOP/s\n", 2e-9 * peak);
    const auto run = [&](const char *name, NegativeChoice choice, double products) {
        const auto start = Clock::now();
        MiningOptions options;
        options.negative = choice;
        const auto mined = mineTriplets(table, labels, options);
        const double seconds = secondsSince(start);
        const double work = products * static_cast<double>(photos) * static_cast<double>(dimension);
        std::printf("%-20s %7.1f s, %zu triplets, %.0f%% of the matrix rate\n", name, seconds, mined ? mined->size() : 0,
                    100 * work / (seconds * peak));
    };
    run("hardest of all", NegativeChoice::HardestOfAll, static_cast<double>(photos));
    run("semi-hard", NegativeChoice::SemiHard, static_cast<double>(photos));
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv)
{
    keepFreedMemory();
    const auto number = [&](int position) { return std::atoll(argv[position]); };
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "mine" && argc == 5) {
        setThreads(static_cast<std::int32_t>(number(4)));
        return mine(number(2), number(3));
    }
    const auto deviceAt = [&](int position) { return torch::Device(argc > position ? argv[position] : "cpu"); };
    if (what == "matrix" && (argc == 4 || argc == 5)) {
        setThreads(static_cast<std::int32_t>(number(3)));
        const torch::Device device = deviceAt(4);
        const std::int64_t side = device.is_cuda() ? 8192 : 2048;
        const torch::ScalarType type = std::string(argv[2]) == "bf16" ? torch::kBFloat16 : torch::kFloat;
        std::printf("%.1f\n", 2e-9 * matrixRate(side, side, torch::TensorOptions(type).device(device)));
        return EXIT_SUCCESS;
    }
    if ((what != "train" && what != "embed") || (argc != 9 && argc != 10)) {
        std::fprintf(stderr, "usage: see the head of %s\n", __FILE__);
        return EXIT_FAILURE;
    }
    setThreads(static_cast<std::int32_t>(number(7)));
    const Case wanted{argv[2], number(3), number(4), number(5), std::string(argv[6]) == "bf16", std::atof(argv[8]), deviceAt(9)};
    std::printf("%.2f\n", what == "train" ? trainingRate(wanted) : embeddingRate(wanted));
    return EXIT_SUCCESS;
}
