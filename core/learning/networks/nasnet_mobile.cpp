#include "core/learning/networks/trunks.h"

#include <string>

namespace flukeprint::learning {

namespace {

using Pairs = std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>>;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;

Conv2d pointwise(std::int64_t input, std::int64_t output)
{
    return Conv2d(Conv2dOptions(input, output, 1).bias(false));
}

std::shared_ptr<torch::nn::Module> folder(torch::nn::Module &parent, const std::string &name)
{
    return parent.register_module(name, std::make_shared<torch::nn::Module>(name));
}

/// ReLU, 1x1 convolution, norm.
class ReluConvNormImpl : public torch::nn::Module
{
public:
    ReluConvNormImpl(std::int64_t input, std::int64_t output, double epsilon)
        : m_conv(register_module("conv", pointwise(input, output)))
        , m_norm(register_module("bn", Norm(output, epsilon)))
    {
    }

    torch::Tensor forward(const torch::Tensor &input) { return m_norm->forward(m_conv->forward(torch::relu(input))); }
    void appendPair(Pairs &pairs) { pairs.emplace_back(m_conv.get(), m_norm.get()); }

private:
    Conv2d m_conv;
    Norm m_norm;
};
TORCH_MODULE(ReluConvNorm);

/// Twice ReLU, separable convolution, norm; the first of the two has the stride.
class SeparableImpl : public torch::nn::Module
{
public:
    SeparableImpl(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride, double epsilon)
    {
        for (int i = 1; i <= 2; ++i) {
            const std::int64_t channels = i == 1 ? input : output;
            auto separable = folder(*this, "separable_" + std::to_string(i));
            const Conv2dOptions depthwise =
                Conv2dOptions(channels, channels, kernel).stride(i == 1 ? stride : 1).groups(channels).bias(false);
            Step step;
            step.depthwise = separable->register_module("depthwise_conv2d", SamePaddedConv(depthwise));
            step.pointwise = separable->register_module("pointwise_conv2d", pointwise(channels, output));
            step.norm = register_module("bn_sep_" + std::to_string(i), Norm(output, epsilon));
            m_steps.push_back(std::move(step));
        }
    }

    torch::Tensor forward(const torch::Tensor &input)
    {
        torch::Tensor x = input;
        for (Step &step : m_steps)
            x = step.norm->forward(step.pointwise->forward(step.depthwise->forward(torch::relu(x))));
        return x;
    }
    void appendPairs(Pairs &pairs)
    {
        for (Step &step : m_steps)
            pairs.emplace_back(step.pointwise.get(), step.norm.get());
    }

private:
    struct Step
    {
        SamePaddedConv depthwise{nullptr};
        Conv2d pointwise{nullptr};
        Norm norm{nullptr};
    };
    std::vector<Step> m_steps;
};
TORCH_MODULE(Separable);

/// How the output of the cell before the last one is brought to the shape of the last one's.
enum class Adjust {
    None,
    Channels, ///< a 1x1 convolution
    Factorised, ///< two of them, on every second pixel and on those between, side by side under one norm
};

struct CellShape
{
    std::string name;
    bool reduction;
    std::int64_t filters;
    Adjust adjust;
};

/// A cell takes the outputs of the last two cells. Zoph et al., "Learning Transferable Architectures for Scalable Image
/// Recognition", 2018, figure 4.
class CellImpl : public torch::nn::Module
{
public:
    CellImpl(const CellShape &shape, std::int64_t previous, std::int64_t input, double epsilon)
        : m_reduction(shape.reduction)
        , m_adjust(shape.adjust)
        , m_filters(shape.filters)
        , m_epsilon(epsilon)
        , m_point(register_module("conv_1x1", ReluConvNorm(input, shape.filters, epsilon)))
    {
        if (m_adjust == Adjust::Channels)
            m_previousPoint = register_module("conv_prev_1x1", ReluConvNorm(previous, m_filters, epsilon));
        if (m_adjust == Adjust::Factorised) {
            m_path1 = folder(*this, "path_1")->register_module("conv", pointwise(previous, m_filters / 2));
            m_path2 = folder(*this, "path_2")->register_module("conv", pointwise(previous, m_filters / 2));
            m_pathNorm = register_module("final_path_bn", Norm(m_filters, epsilon));
        }
        const std::int64_t adjusted = m_adjust == Adjust::None ? previous : m_filters;
        const std::int64_t stride = m_reduction ? 2 : 1;
        m_left0 = separable("0_left", m_filters, 5, stride);
        m_right0 = separable("0_right", adjusted, m_reduction ? 7 : 3, stride);
        if (!m_reduction)
            m_left1 = separable("1_left", adjusted, 5, 1);
        m_right1 = separable("1_right", adjusted, m_reduction ? 7 : 3, stride);
        if (m_reduction)
            m_right2 = separable("2_right", adjusted, 5, stride);
        m_left4 = separable("4_left", m_filters, 3, 1);
    }

    torch::Tensor forward(const torch::Tensor &previous, const torch::Tensor &input)
    {
        const torch::Tensor before = adjusted(previous);
        const torch::Tensor current = m_point->forward(input);
        return m_reduction ? reduced(before, current) : kept(before, current);
    }
    [[nodiscard]] std::int64_t channels() const { return m_filters * (m_reduction ? 4 : 6); }
    void appendPairs(Pairs &pairs)
    {
        if (m_previousPoint)
            m_previousPoint->appendPair(pairs);
        m_point->appendPair(pairs);
        for (Separable *part : {&m_left0, &m_right0, &m_left1, &m_right1, &m_right2, &m_left4}) {
            if (*part)
                (*part)->appendPairs(pairs);
        }
    }
    void appendNorms(std::vector<NormImpl *> &norms)
    {
        if (m_pathNorm)
            norms.push_back(m_pathNorm.get());
        Pairs pairs;
        appendPairs(pairs);
        for (const auto &[convolution, norm] : pairs)
            norms.push_back(norm);
    }

private:
    Separable separable(const std::string &name, std::int64_t input, std::int64_t kernel, std::int64_t stride)
    {
        return register_module("comb_iter_" + name, Separable(input, m_filters, kernel, stride, m_epsilon));
    }
    torch::Tensor adjusted(const torch::Tensor &previous)
    {
        if (m_adjust == Adjust::None)
            return previous;
        if (m_adjust == Adjust::Channels)
            return m_previousPoint->forward(previous);
        const torch::Tensor x = torch::relu(previous);
        const torch::Tensor shifted = torch::constant_pad_nd(x.slice(2, 1).slice(3, 1), {0, 1, 0, 1}, 0);
        const auto everySecond = [](const torch::Tensor &map) {
            return map.slice(2, 0, map.size(2), 2).slice(3, 0, map.size(3), 2);
        };
        return m_pathNorm->forward(
            torch::cat({m_path1->forward(everySecond(x)), m_path2->forward(everySecond(shifted))}, 1));
    }
    torch::Tensor kept(const torch::Tensor &before, const torch::Tensor &current)
    {
        const torch::Tensor pooled = samePaddedAveragePool(before, 3, 1);
        return torch::cat({before, m_left0->forward(current) + m_right0->forward(before),
                           m_left1->forward(before) + m_right1->forward(before),
                           samePaddedAveragePool(current, 3, 1) + before, pooled + pooled,
                           m_left4->forward(current) + current},
                          1);
    }
    torch::Tensor reduced(const torch::Tensor &before, const torch::Tensor &current)
    {
        const torch::Tensor maximum = samePaddedMaxPool(current, 3, 2);
        const torch::Tensor first = m_left0->forward(current) + m_right0->forward(before);
        const torch::Tensor second = maximum + m_right1->forward(before);
        const torch::Tensor third = samePaddedAveragePool(current, 3, 2) + m_right2->forward(before);
        return torch::cat(
            {second, third, second + samePaddedAveragePool(first, 3, 1), m_left4->forward(first) + maximum}, 1);
    }

    bool m_reduction;
    Adjust m_adjust;
    std::int64_t m_filters;
    double m_epsilon;
    ReluConvNorm m_point;
    ReluConvNorm m_previousPoint{nullptr};
    Conv2d m_path1{nullptr};
    Conv2d m_path2{nullptr};
    Norm m_pathNorm{nullptr};
    Separable m_left0{nullptr};
    Separable m_right0{nullptr};
    Separable m_left1{nullptr};
    Separable m_right1{nullptr};
    Separable m_right2{nullptr};
    Separable m_left4{nullptr};
};
TORCH_MODULE(Cell);

/// Numbered as in the larger network of the family, which has two more cells in each stage.
std::vector<CellShape> cellShapes()
{
    std::vector<CellShape> cells{{"cell_stem_0", true, 11, Adjust::None},
                                 {"cell_stem_1", true, 22, Adjust::Factorised}};
    std::int64_t filters = 44;
    for (int stage = 0; stage < 3; ++stage) {
        if (stage > 0)
            cells.push_back({"reduction_cell_" + std::to_string(stage - 1), true, filters, Adjust::Channels});
        for (int i = 0; i < 4; ++i)
            cells.push_back({"cell_" + std::to_string(6 * stage + i), false, filters,
                             i == 0 ? Adjust::Factorised : Adjust::Channels});
        filters *= 2;
    }
    return cells;
}

class NasNetMobile : public Trunk
{
public:
    explicit NasNetMobile(const NetworkOptions &options)
    {
        constexpr std::int64_t stemChannels = 32;
        auto stem = folder(*this, "conv0");
        m_stem = stem->register_module(
            "conv", Conv2d(Conv2dOptions(inputChannelsOf(options), stemChannels, 3).stride(2).bias(false)));
        m_stemNorm = stem->register_module("bn", Norm(stemChannels, options.normEpsilon));
        std::int64_t previous = stemChannels;
        m_channels = stemChannels;
        for (const CellShape &shape : cellShapes()) {
            m_cells.push_back(register_module(shape.name, Cell(shape, previous, m_channels, options.normEpsilon)));
            previous = std::exchange(m_channels, m_cells.back()->channels());
        }
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        torch::Tensor x = m_stemNorm->forward(m_stem->forward(images));
        torch::Tensor previous = x;
        for (Cell &cell : m_cells) {
            torch::Tensor next = cell->forward(previous, x);
            previous = std::exchange(x, std::move(next));
        }
        return torch::relu(x);
    }
    [[nodiscard]] std::int64_t channels() const override { return m_channels; }
    [[nodiscard]] Pairs convolutionNormPairs() override
    {
        Pairs pairs{{m_stem.get(), m_stemNorm.get()}};
        for (Cell &cell : m_cells)
            cell->appendPairs(pairs);
        return pairs;
    }
    [[nodiscard]] std::vector<NormImpl *> norms() override
    {
        std::vector<NormImpl *> all{m_stemNorm.get()};
        for (Cell &cell : m_cells)
            cell->appendNorms(all);
        return all;
    }

private:
    std::int64_t m_channels = 0;
    Conv2d m_stem{nullptr};
    Norm m_stemNorm{nullptr};
    std::vector<Cell> m_cells;
};

} // namespace

std::shared_ptr<Trunk> makeNasNetMobile(const NetworkOptions &options)
{
    return std::make_shared<NasNetMobile>(options);
}

} // namespace flukeprint::learning
