#include "core/learning/networks/compat.h"
#include "core/learning/networks/trunks.h"
#include "core/learning/networks/vgg16.h"

#include <torch/nn/functional/normalization.h>

namespace flukeprint::learning {

namespace {

constexpr std::int64_t filters = 96;
constexpr std::int64_t mapSide = 4;
constexpr std::int64_t branchValues = filters * mapSide * mapSide;

struct PoolShape
{
    std::int64_t kernel;
    std::int64_t stride;
};

SamePaddedConv branchConvolution(std::int64_t inputChannels)
{
    return SamePaddedConv(torch::nn::Conv2dOptions(inputChannels, filters, 8).stride(4));
}

torch::Tensor unitLength(const torch::Tensor &rows)
{
    namespace functional = torch::nn::functional;
    const AutocastScope fullPrecision(rows.device().type(), false);
    const bool rounded = rows.scalar_type() == torch::kBFloat16 || rows.scalar_type() == torch::kHalf;
    return functional::normalize(rounded ? rows.to(torch::kFloat32) : rows, functional::NormalizeFuncOptions().dim(1));
}

class DeepRanking : public Vgg16
{
public:
    DeepRanking(const NetworkOptions &options, std::int64_t denseWidth)
        : Vgg16(options, denseWidth)
        , m_branch4(register_module("branch4", branchConvolution(inputChannelsOf(options))))
        , m_branch8(register_module("branch8", branchConvolution(inputChannelsOf(options))))
    {
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        const torch::Tensor fine = branch(m_branch4, everyPixel(images, 4), {7, 4});
        const torch::Tensor coarse = branch(m_branch8, everyPixel(images, 8), {3, 2});
        const torch::Tensor deep = unitLength(vector(std::move(images)));
        return torch::cat({fine, coarse, deep}, 1).unsqueeze(-1).unsqueeze(-1);
    }
    [[nodiscard]] std::int64_t channels() const override { return 2 * branchValues + Vgg16::channels(); }

private:
    static torch::Tensor everyPixel(const torch::Tensor &images, std::int64_t step)
    {
        return images.slice(2, 0, images.size(2), step).slice(3, 0, images.size(3), step);
    }
    static torch::Tensor branch(SamePaddedConv &convolution, const torch::Tensor &images, PoolShape pool)
    {
        return unitLength(samePaddedMaxPool(convolution->forward(images), pool.kernel, pool.stride).flatten(1));
    }

    SamePaddedConv m_branch4;
    SamePaddedConv m_branch8;
};

} // namespace

std::shared_ptr<Trunk> makeDeepRanking(const NetworkOptions &options, std::int64_t denseWidth)
{
    return std::make_shared<DeepRanking>(options, denseWidth);
}

} // namespace flukeprint::learning
