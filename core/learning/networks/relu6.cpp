#include "core/learning/networks/relu6.h"

#include <torch/csrc/autograd/custom_function.h>

#include <ATen/Parallel.h>

#include <cstdint>

namespace flukeprint::learning {

namespace {

constexpr double upperBound = 6;

/// Whether two tensors lie in memory alike, without holes, so that both can be read as one row of numbers.
bool alignsWith(const torch::Tensor &a, const torch::Tensor &b)
{
    return a.strides() == b.strides() && a.is_non_overlapping_and_dense();
}

/// target[i] = gradient[i] where lower < output[i] < upper, else 0. Bits: an unsigned integer as wide as the number. The outputs are
/// in [0, 6], where a number's bits order as the number does, so that integers, which every CPU compares in wide registers, will do.
template<typename Bits>
void passInside(const void *output, const void *gradient, void *target, std::int64_t count, Bits upper)
{
    const auto *outputs = static_cast<const Bits *>(output);
    const auto *gradients = static_cast<const Bits *>(gradient);
    auto *targets = static_cast<Bits *>(target);
    constexpr std::int64_t grain = 32768;
    at::parallel_for(0, count, grain, [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const auto before = static_cast<Bits>(outputs[i] - 1); // 0 wraps around to the largest
            const auto inside = static_cast<Bits>(before < static_cast<Bits>(upper - 1) ? ~Bits{0} : Bits{0});
            targets[i] = gradients[i] & inside;
        }
    });
}

torch::Tensor gradientOf(const torch::Tensor &output, const torch::Tensor &gradient)
{
    constexpr std::uint16_t sixInBfloat16 = 0x40c0;
    constexpr std::uint32_t sixInFloat = 0x40c00000;
    const at::ScalarType type = output.scalar_type();
    const bool sameKind = gradient.scalar_type() == type && gradient.sizes() == output.sizes();
    if (!sameKind || !alignsWith(gradient, output) || (type != at::kBFloat16 && type != at::kFloat))
        return torch::where((output > 0).logical_and(output < upperBound), gradient, torch::zeros({}, gradient.options()));
    torch::Tensor result = torch::empty_like(gradient);
    if (type == at::kBFloat16)
        passInside(output.data_ptr(), gradient.data_ptr(), result.data_ptr(), output.numel(), sixInBfloat16);
    else
        passInside(output.data_ptr(), gradient.data_ptr(), result.data_ptr(), output.numel(), sixInFloat);
    return result;
}

class Relu6 : public torch::autograd::Function<Relu6>
{
public:
    static torch::Tensor forward(torch::autograd::AutogradContext *context, torch::Tensor x)
    {
        x.clamp_(0, upperBound);
        context->mark_dirty({x});
        context->save_for_backward({x});
        return x;
    }
    static torch::autograd::tensor_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::tensor_list gradients)
    {
        return {gradientOf(context->get_saved_variables()[0], gradients[0])};
    }
};

} // namespace

torch::Tensor relu6_(torch::Tensor x)
{
    if (!x.is_cpu() || !at::GradMode::is_enabled())
        return torch::hardtanh_(x, 0, upperBound);
    return Relu6::apply(x);
}

} // namespace flukeprint::learning
