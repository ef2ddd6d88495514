#include "core/learning/networks/trunks.h"

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>

#include <array>

namespace flukeprint::learning {

namespace {

constexpr std::int64_t side = 28;
constexpr std::array<std::int64_t, 3> widths{128, 128, 64};

class Mlp : public Trunk
{
public:
    explicit Mlp(const NetworkOptions &options)
        : m_dropout(options.trunkDropout)
    {
        auto layers = register_module("layers", torch::nn::ModuleList());
        std::int64_t values = inputChannelsOf(options) * side * side;
        for (const std::int64_t width : widths) {
            m_layers.emplace_back(values, width);
            layers->push_back(m_layers.back());
            values = width;
        }
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        torch::Tensor x = m_layers.front()->forward(images.flatten(1));
        for (std::size_t i = 1; i < m_layers.size(); ++i)
            x = m_layers[i]->forward(torch::dropout(x.relu_(), m_dropout, is_training()));
        return x.unsqueeze(-1).unsqueeze(-1);
    }
    [[nodiscard]] std::int64_t channels() const override { return widths.back(); }
    [[nodiscard]] std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() override
    {
        return {};
    }

private:
    double m_dropout;
    std::vector<torch::nn::Linear> m_layers;
};

} // namespace

std::shared_ptr<Trunk> makeMlp(const NetworkOptions &options)
{
    return std::make_shared<Mlp>(options);
}

} // namespace flukeprint::learning
