#include "core/learning/networks/joint_norm.h"

#include <torch/torch.h>

namespace flukeprint::learning {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

torch::Tensor perChannel(const torch::Tensor &values) { return values.view({1, -1, 1, 1}); }

torch::Tensor overRows(const torch::Tensor &values) { return values.sum({0, 2, 3}); }

struct JointNormFunction : public torch::autograd::Function<JointNormFunction>
{
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &input, const torch::Tensor &weight,
                                 const torch::Tensor &bias, torch::Tensor runningMean, torch::Tensor runningVariance, double momentum,
                                 double epsilon, std::int64_t addUp)
    {
        const torch::Tensor values = input.to(weight.scalar_type());
        const std::int64_t channels = weight.size(0);
        // Sums around the running mean: far from it the squares would drown the variance.
        const torch::Tensor shift = runningMean.clone();
        const torch::Tensor centred = values - perChannel(shift);
        const double rows = static_cast<double>(values.numel() / channels);
        torch::Tensor sums = torch::cat({overRows(centred).to(torch::kDouble), overRows(centred.square()).to(torch::kDouble),
                                         torch::full({1}, rows, torch::TensorOptions(torch::kDouble).device(values.device()))});
        (*reinterpret_cast<const AddUp *>(addUp))(sums);
        const torch::Tensor count = sums.narrow(0, 2 * channels, 1);
        const torch::Tensor mean = sums.narrow(0, 0, channels) / count;
        const torch::Tensor variance = (sums.narrow(0, channels, channels) / count - mean.square()).clamp_min(0);
        runningMean.lerp_((mean + shift.to(torch::kDouble)).to(runningMean.scalar_type()), momentum);
        runningVariance.lerp_((variance * count / (count - 1)).to(runningVariance.scalar_type()), momentum);
        const torch::Tensor inverse = (variance + epsilon).rsqrt().to(weight.scalar_type());
        const torch::Tensor normalised = (centred - perChannel(mean.to(weight.scalar_type()))) * perChannel(inverse);
        context->save_for_backward({normalised, weight, inverse, count});
        context->saved_data["add_up"] = addUp;
        return (normalised * perChannel(weight) + perChannel(bias)).to(input.scalar_type());
    }

    static variable_list backward(AutogradContext *context, variable_list gradients)
    {
        const variable_list saved = context->get_saved_variables();
        const torch::Tensor &normalised = saved[0];
        const torch::Tensor &weight = saved[1];
        const torch::Tensor gradient = gradients[0].to(normalised.scalar_type());
        const torch::Tensor ofBias = overRows(gradient);
        const torch::Tensor ofWeight = overRows(gradient * normalised);
        torch::Tensor sums = torch::cat({ofBias, ofWeight}).to(torch::kDouble);
        (*reinterpret_cast<const AddUp *>(context->saved_data["add_up"].toInt()))(sums);
        sums = (sums / saved[3]).to(normalised.scalar_type());
        const std::int64_t channels = weight.size(0);
        const torch::Tensor ofInput = (gradient - perChannel(sums.narrow(0, 0, channels))
                                       - normalised * perChannel(sums.narrow(0, channels, channels)))
            * perChannel(saved[2] * weight);
        return {ofInput.to(gradients[0].scalar_type()), ofWeight, ofBias, {}, {}, {}, {}, {}};
    }
};

thread_local const JointForward *currentForward = nullptr;

} // namespace

JointForward::JointForward(const AddUp &addUp, const std::function<torch::Tensor(const torch::Tensor &)> &joinRows)
    : m_addUp(addUp)
    , m_joinRows(joinRows)
{
    currentForward = this;
}

JointForward::~JointForward()
{
    currentForward = nullptr;
}

const JointForward *JointForward::current()
{
    return currentForward;
}

torch::Tensor jointBatchNorm(const torch::Tensor &input, const torch::Tensor &weight, const torch::Tensor &bias, torch::Tensor &runningMean,
                             torch::Tensor &runningVariance, double momentum, double epsilon, const AddUp &addUp)
{
    return JointNormFunction::apply(input, weight, bias, runningMean, runningVariance, momentum, epsilon,
                                    reinterpret_cast<std::int64_t>(&addUp));
}

} // namespace flukeprint::learning
