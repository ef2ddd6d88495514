#include "core/learning/networks/trunks.h"

#include <torch/nn/functional/normalization.h>
#include <torch/nn/modules/linear.h>

namespace flukeprint::learning {

namespace {

constexpr std::int64_t pooledSide = 11; // what photos of 105x105 px leave
constexpr std::int64_t lastChannels = 256;
constexpr std::int64_t vectorWidth = 128;

torch::Tensor localResponseNorm(const torch::Tensor &input)
{
    namespace functional = torch::nn::functional;
    return functional::local_response_norm(input,
                                           functional::LocalResponseNormFuncOptions(5).alpha(1e-4).beta(0.75).k(2));
}

class SiameseCnn : public Trunk
{
public:
    explicit SiameseCnn(const NetworkOptions &options)
        : m_dropout(options.trunkDropout)
    {
        using torch::nn::Conv2d;
        using torch::nn::Conv2dOptions;
        using torch::nn::Linear;
        auto convs = register_module("cnn1", std::make_shared<torch::nn::Module>("cnn1"));
        m_conv1 = convs->register_module("0", Conv2d(Conv2dOptions(inputChannelsOf(options), 96, 11)));
        m_conv2 = convs->register_module("4", Conv2d(Conv2dOptions(96, 256, 5).padding(2)));
        m_conv3 = convs->register_module("9", Conv2d(Conv2dOptions(256, 384, 3).padding(1)));
        m_conv4 = convs->register_module("11", Conv2d(Conv2dOptions(384, lastChannels, 3).padding(1)));
        auto dense = register_module("fc1", std::make_shared<torch::nn::Module>("fc1"));
        m_dense1 = dense->register_module("0", Linear(lastChannels * pooledSide * pooledSide, 1024));
        m_dense2 = dense->register_module("3", Linear(1024, vectorWidth));
    }

    torch::Tensor forward(torch::Tensor images) override
    {
        torch::Tensor x = torch::max_pool2d(localResponseNorm(m_conv1->forward(images).relu_()), 3, 2);
        x = torch::max_pool2d(localResponseNorm(m_conv2->forward(x).relu_()), 3, 2);
        x = torch::feature_dropout(x, m_dropout, is_training());
        x = m_conv4->forward(m_conv3->forward(x).relu_()).relu_();
        x = torch::feature_dropout(torch::max_pool2d(x, 3, 2), m_dropout, is_training());
        x = torch::adaptive_avg_pool2d(x, {pooledSide, pooledSide}).flatten(1);
        x = torch::dropout(m_dense1->forward(x).relu_(), m_dropout, is_training());
        return m_dense2->forward(x).relu_().unsqueeze(-1).unsqueeze(-1);
    }
    [[nodiscard]] std::int64_t channels() const override { return vectorWidth; }
    [[nodiscard]] std::vector<std::pair<torch::nn::Conv2dImpl *, NormImpl *>> convolutionNormPairs() override
    {
        return {};
    }

private:
    double m_dropout;
    torch::nn::Conv2d m_conv1{nullptr};
    torch::nn::Conv2d m_conv2{nullptr};
    torch::nn::Conv2d m_conv3{nullptr};
    torch::nn::Conv2d m_conv4{nullptr};
    torch::nn::Linear m_dense1{nullptr};
    torch::nn::Linear m_dense2{nullptr};
};

} // namespace

std::shared_ptr<Trunk> makeSiameseCnn(const NetworkOptions &options)
{
    return std::make_shared<SiameseCnn>(options);
}

} // namespace flukeprint::learning
