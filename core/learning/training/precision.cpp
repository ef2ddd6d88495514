#include "core/learning/training/precision.h"

#include "core/learning/embedding/cpu_features.h"
#include "core/learning/networks/compat.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace flukeprint::learning {

namespace {

constexpr int rounds = 3;
/// A step has parts that no precision speeds up, and rounded gradients are not free: a lead of less is not worth it.
constexpr double clearLead = 1.15;

void waitFor(torch::Device device)
{
    if (device.is_cuda())
        torch::cuda::synchronize(device.index());
}

double secondsOfPasses(EmbeddingNetwork &network, const torch::Tensor &images, bool bfloat16)
{
    waitFor(images.device());
    const auto start = std::chrono::steady_clock::now();
    Features features;
    {
        const AutocastScope reduced(images.device().type(), bfloat16);
        features = network->forward(images);
    }
    features.neck.square().sum().backward();
    waitFor(images.device());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool trainsFaster(EmbeddingNetwork &network, const BatchShape &shape, torch::Device device)
{
    // A GPU that few photos do not fill would show the cost of its calls alone.
    const std::int64_t enoughToTell = device.is_cuda() ? 256 : 32;
    const std::int64_t photos = std::clamp<std::int64_t>(shape.photos, 2, enoughToTell);
    EmbeddingNetwork copy = copyNetwork(network);
    for (const torch::Tensor &tensor : copy->parameters()) {
        if (tensor.dim() == 4)
            tensor.set_data(tensor.contiguous(torch::MemoryFormat::ChannelsLast));
    }
    copy->train();
    const torch::Tensor images = torch::linspace(-2, 2, photos * 3 * shape.heightPx * shape.widthPx)
                                     .view({photos, 3, shape.heightPx, shape.widthPx})
                                     .to(device)
                                     .contiguous(torch::MemoryFormat::ChannelsLast);
    std::array<double, 2> best{std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
    at::Generator generator = at::globalContext().defaultGenerator(device);
    const at::Tensor randomState = generator.get_state(); // dropout draws from it
    try {
        for (int round = 0; round < rounds; ++round) {
            for (const std::size_t reduced : {0U, 1U})
                best[reduced] = std::min(best[reduced], secondsOfPasses(copy, images, reduced == 1));
        }
    } catch (const c10::Error &) {
        best[1] = std::numeric_limits<double>::max(); // a layer that this LibTorch has in single precision alone, or no room for the trial
    }
    generator.set_state(randomState);
    return best[0] > clearLead * best[1];
}

} // namespace

bool choosesBfloat16(const std::string &wanted, EmbeddingNetwork &network, const BatchShape &batch, torch::Device device)
{
    if (wanted == "fp32")
        return false;
    if (device.is_cpu() && !cpuMultipliesBfloat16())
        return false;
    return wanted == "bf16" || trainsFaster(network, batch, device);
}

} // namespace flukeprint::learning
