#include "core/learning/embedding/embedder.h"

#include "core/learning/embedding/cpu_features.h"
#include "core/learning/embedding/resize.h"
#include "core/learning/networks/compat.h"
#include "core/learning/training/out_of_memory.h"

#include <torch/torch.h>

#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

namespace flukeprint::learning {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void useChannelsLast(EmbeddingNetwork &network)
{
    for (const torch::Tensor &parameter : network->parameters()) {
        if (parameter.dim() == 4)
            parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
}

/// Bytes [count, H, W, 3] of the model's input size, on the CPU.
torch::Tensor gatherChips(const chips::ChipPackReader &pack, std::size_t first, std::size_t count,
                          chips::ChipShape target)
{
    const auto rows = static_cast<std::int64_t>(count);
    torch::Tensor bytes = torch::empty({rows, target.heightPx, target.widthPx, target.channels}, torch::kUInt8);
    std::uint8_t *data = bytes.data_ptr<std::uint8_t>();
    at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const auto source = pack.chip(first + static_cast<std::size_t>(i));
            const std::span destination(data + static_cast<std::size_t>(i) * target.byteCount(), target.byteCount());
            if (pack.shape() == target)
                std::memcpy(destination.data(), source.data(), source.size());
            else
                resizeChip(source, pack.shape(), destination, target);
        }
    });
    return bytes;
}

} // namespace

Result<torch::Device> resolveDevice(protocol::Device device)
{
    const bool cuda = device != protocol::Device::Cpu && torch::cuda::is_available();
    if (device == protocol::Device::Cuda && !cuda)
        return Error(ErrorCode::DeviceUnavailable, {"cuda"});
    return cuda ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
}

torch::Tensor inWhiteFrame(const torch::Tensor &photos, std::int64_t channels)
{
    torch::Tensor framed = torch::full_like(photos, 255.0);
    framed.narrow(channels, 0, 1).copy_(greyOf(photos, channels));
    return framed;
}

torch::Tensor prepareChips(const torch::Tensor &chips, const Normalisation &normalisation)
{
    constexpr double byteMaximum = 255.0;
    std::array<float, 3> scale{};
    std::array<float, 3> shift{};
    for (std::size_t i = 0; i < scale.size(); ++i) {
        scale[i] = static_cast<float>(1.0 / (byteMaximum * normalisation.deviation[i]));
        shift[i] = static_cast<float>(-normalisation.mean[i] / normalisation.deviation[i]);
    }
    const auto onDevice = [&](std::array<float, 3> &values) {
        return torch::tensor(at::ArrayRef<float>(values)).to(chips.device());
    };
    // Bytes of pixels that lie channel by channel are the channels_last layout already: no copy is needed for it.
    const torch::Tensor photos = chips.to(torch::kFloat32);
    const torch::Tensor shown = normalisation.whiteFrame ? inWhiteFrame(photos, 3) : photos;
    return shown.mul_(onDevice(scale)).add_(onDevice(shift)).permute({0, 3, 1, 2});
}

Embedder::Embedder(LoadedModel &model, torch::Device device)
    : m_info(model.info)
    , m_network(nullptr)
    , m_device(device)
    , m_dimension(model.embeddingDimension())
{
    EmbeddingNetwork copy = copyNetwork(model.network);
    copy->to(device);
    m_network = foldedForInference(copy);
    useChannelsLast(m_network);
}

Result<Embedder> Embedder::create(LoadedModel &model, torch::Device device, std::optional<bool> bfloat16)
{
    std::optional<Embedder> embedder;
    const bool full = ranOutOfMemory([&] {
        embedder = Embedder(model, device);
        embedder->m_bfloat16 = bfloat16 ? *bfloat16 : (device.is_cuda() || cpuHasBfloat16Tiles()) && embedder->bfloat16Pays();
    });
    if (full)
        return Error(ErrorCode::OutOfMemory, {device.str(), "loading the model"});
    return std::move(*embedder);
}

torch::Tensor Embedder::embedPrepared(const torch::Tensor &images, bool bfloat16)
{
    const AutocastScope precision(m_device.type(), bfloat16);
    torch::Tensor embedding = m_network->embed(images);
    if (m_info.testTime == TestTime::Mirror)
        embedding = torch::cat({embedding, m_network->embed(images.flip({3}))}, 1) / std::sqrt(2.0);
    return embedding.to(torch::kCPU);
}

bool Embedder::bfloat16Pays()
{
    constexpr std::int64_t trialBatch = 8;
    constexpr double closestCosine = 0.999;
    const c10::InferenceMode inference;
    const torch::Tensor chips =
        torch::arange(trialBatch * m_info.inputHeightPx * m_info.inputWidthPx * 3, torch::kInt64)
            .mul_(std::int64_t{2654435761}) // Knuth's multiplicative hash: noise without touching the random generator
            .bitwise_right_shift(16)
            .remainder(256)
            .to(torch::kUInt8)
            .view({trialBatch, m_info.inputHeightPx, m_info.inputWidthPx, 3})
            .to(m_device);
    const torch::Tensor images = prepareChips(chips, m_info.normalisation);
    std::array<double, 2> best{std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
    std::array<torch::Tensor, 2> results;
    for (int round = 0; round < 3; ++round) {
        for (const std::size_t precision : {0U, 1U}) {
            const auto start = Clock::now();
            results[precision] = embedPrepared(images, precision == 1);
            best[precision] = std::min(best[precision], secondsSince(start));
        }
    }
    const double cosine = torch::cosine_similarity(results[0], results[1], 1).min().item<double>();
    return best[1] < best[0] && cosine >= closestCosine;
}

torch::Tensor Embedder::embedBatch(const torch::Tensor &chips)
{
    const c10::InferenceMode inference;
    return embedPrepared(prepareChips(chips.to(m_device), m_info.normalisation), m_bfloat16);
}

Result<torch::Tensor> Embedder::embedWithRetry(const chips::ChipPackReader &pack, std::size_t first,
                                               std::int64_t &batchSize, const EmbedOptions &options)
{
    const chips::ChipShape target{static_cast<std::uint32_t>(m_info.inputWidthPx),
                                  static_cast<std::uint32_t>(m_info.inputHeightPx), 3};
    torch::Tensor rows;
    while (ranOutOfMemory([&] {
        const std::size_t count = std::min(pack.count() - first, static_cast<std::size_t>(batchSize));
        rows = embedBatch(gatherChips(pack, first, count, target));
    })) {
        const Error error(ErrorCode::OutOfMemory, {m_device.str(), "a batch of " + std::to_string(batchSize)});
        if (batchSize == 1)
            return error;
        batchSize /= 2;
        if (options.warning)
            options.warning(error);
    }
    return rows;
}

Result<chips::EmbeddingTable> Embedder::embedPack(const chips::ChipPackReader &pack, const EmbedOptions &options)
{
    const std::size_t total = pack.count();
    const auto width = static_cast<std::size_t>(m_dimension);
    chips::EmbeddingTable table;
    table.dimension = static_cast<std::uint32_t>(m_dimension);
    table.ids.reserve(total);
    table.vectors.reserve(total * width);
    std::int64_t batchSize = std::max<std::int64_t>(options.batchSize, 1);
    Clock::duration working{};
    for (std::size_t first = 0; first < total;) {
        if (options.stop.stop_requested() || (options.proceed && !options.proceed()))
            return Error(ErrorCode::Cancelled);
        const auto start = Clock::now();
        Result<torch::Tensor> rows = embedWithRetry(pack, first, batchSize, options);
        if (!rows)
            return rows.error();
        if (!torch::isfinite(*rows).all().item<bool>())
            return Error(ErrorCode::ModelIncompatible,
                         {m_info.network.architecture, "an embedding that is not finite"});
        const auto count = static_cast<std::size_t>(rows->size(0));
        const float *values = rows->contiguous().data_ptr<float>();
        table.vectors.insert(table.vectors.end(), values, values + count * width);
        for (std::size_t i = 0; i < count; ++i)
            table.ids.push_back(pack.id(first + i));
        first += count;
        working += Clock::now() - start;
        if (options.progress)
            options.progress(static_cast<std::int64_t>(first), static_cast<std::int64_t>(total),
                             static_cast<double>(first) / std::chrono::duration<double>(working).count());
    }
    return table;
}

} // namespace flukeprint::learning
