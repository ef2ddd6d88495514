#include "core/learning/training/adamw.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/types.h>

#include <cmath>

namespace flukeprint::learning {

namespace {

constexpr float smallestMoment = 1e-30F;

struct StepSize
{
    float keep; ///< 1 - rate * decay
    float step; ///< rate / (1 - beta1^t)
    float rootCorrection; ///< 1 / sqrt(1 - beta2^t)
    float beta1;
    float beta2;
    float epsilon;
};

void updateOnCpu(float *parameter, const float *gradient, float *first, float *second, std::int64_t count, const StepSize &s)
{
    constexpr std::int64_t grain = 1 << 15;
    at::parallel_for(0, count, grain, [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const float g = gradient[i];
            const float mean = s.beta1 * first[i] + (1 - s.beta1) * g;
            // Moments of class centres that get no gradient for long would fade into denormals, which are slow.
            first[i] = std::fabs(mean) < smallestMoment ? 0.0F : mean;
            second[i] = s.beta2 * second[i] + (1 - s.beta2) * g * g;
            const float denominator = std::sqrt(second[i]) * s.rootCorrection + s.epsilon;
            parameter[i] = parameter[i] * s.keep - s.step * first[i] / denominator;
        }
    });
}

} // namespace

void AdamW::add(const std::string &name, const torch::Tensor &parameter, double rateFactor)
{
    m_slots.push_back({name, parameter, torch::zeros_like(parameter), torch::zeros_like(parameter), rateFactor, 0});
}

void AdamW::step(double rate)
{
    const at::NoGradGuard noGradient;
    for (Slot &slot : m_slots) {
        if (!slot.parameter.grad().defined() || !slot.parameter.requires_grad())
            continue;
        torch::Tensor gradient = slot.parameter.grad();
        if (gradient.strides() != slot.parameter.strides())
            gradient = torch::empty_like(slot.parameter).copy_(gradient);
        ++slot.steps;
        update(slot, gradient, rate * slot.rateFactor);
    }
}

void AdamW::update(Slot &slot, const torch::Tensor &gradient, double rate) const
{
    const double decay = slot.parameter.dim() > 1 ? m_options.weightDecay : 0;
    const auto steps = static_cast<double>(slot.steps);
    const double step = rate / (1 - std::pow(m_options.beta1, steps));
    const double rootCorrection = 1 / std::sqrt(1 - std::pow(m_options.beta2, steps));
    if (slot.parameter.device().is_cpu()) {
        updateOnCpu(slot.parameter.data_ptr<float>(), gradient.data_ptr<float>(), slot.firstMoment.data_ptr<float>(),
                    slot.secondMoment.data_ptr<float>(), slot.parameter.numel(),
                    {static_cast<float>(1 - rate * decay), static_cast<float>(step), static_cast<float>(rootCorrection),
                     static_cast<float>(m_options.beta1), static_cast<float>(m_options.beta2),
                     static_cast<float>(m_options.epsilon)});
        return;
    }
    slot.firstMoment.lerp_(gradient, 1 - m_options.beta1);
    slot.secondMoment.mul_(m_options.beta2).addcmul_(gradient, gradient, 1 - m_options.beta2);
    const torch::Tensor denominator = slot.secondMoment.sqrt().mul_(rootCorrection).add_(m_options.epsilon);
    slot.parameter.mul_(1 - rate * decay).addcdiv_(slot.firstMoment, denominator, -step);
}

void AdamW::zeroGradients()
{
    for (Slot &slot : m_slots)
        slot.parameter.mutable_grad().reset();
}

double AdamW::clipGradients(double limit)
{
    const at::NoGradGuard noGradient;
    std::vector<torch::Tensor> squares;
    for (const Slot &slot : m_slots) {
        if (slot.parameter.grad().defined())
            squares.push_back(slot.parameter.grad().norm().square().to(torch::kDouble));
    }
    if (squares.empty())
        return 0;
    const double norm = torch::stack(squares).sum().sqrt().item<double>();
    if (limit > 0 && norm > limit) {
        for (Slot &slot : m_slots) {
            if (slot.parameter.grad().defined())
                slot.parameter.mutable_grad().mul_(limit / norm);
        }
    }
    return norm;
}

} // namespace flukeprint::learning
