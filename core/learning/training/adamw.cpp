#include "core/learning/training/adamw.h"

#include "core/learning/training/element_loop.h"

namespace flukeprint::learning {

namespace {

OptimizerOptions fromAdamW(const AdamWOptions &options)
{
    OptimizerOptions result;
    result.weightDecay = options.weightDecay;
    result.beta1 = options.beta1;
    result.beta2 = options.beta2;
    result.epsilon = options.epsilon;
    return result;
}

struct AdamStep
{
    double keep; ///< of the parameter: 1 - rate * decay
    double pull; ///< times the parameter, added to the gradient
    double step; ///< rate / (1 - beta1^t)
    double rootCorrection; ///< 1 / sqrt(1 - beta2^t)
};

AdamStep stepOf(const OptimizerOptions &options, std::int64_t steps, double rate)
{
    const auto t = static_cast<double>(steps);
    return {1, 0, rate / (1 - std::pow(options.beta1, t)), 1 / std::sqrt(1 - std::pow(options.beta2, t))};
}

template <typename T>
void stepOnCpu(Optimizer::Slot &slot, const torch::Tensor &gradients, const AdamStep &s,
               const OptimizerOptions &options)
{
    T *parameter = slot.parameter.data_ptr<T>();
    const T *gradient = gradients.data_ptr<T>();
    T *first = slot.firstMoment.data_ptr<T>();
    T *second = slot.secondMoment.data_ptr<T>();
    const auto keep = static_cast<T>(s.keep);
    const auto pull = static_cast<T>(s.pull);
    const auto step = static_cast<T>(s.step);
    const auto rootCorrection = static_cast<T>(s.rootCorrection);
    const auto beta1 = static_cast<T>(options.beta1);
    const auto beta2 = static_cast<T>(options.beta2);
    const auto epsilon = static_cast<T>(options.epsilon);
    forEachElement(slot.parameter.numel(), [=](std::int64_t i) {
        const T g = gradient[i] + pull * parameter[i];
        first[i] = withoutDenormals(beta1 * first[i] + (1 - beta1) * g);
        second[i] = beta2 * second[i] + (1 - beta2) * g * g;
        const T denominator = std::sqrt(second[i]) * rootCorrection + epsilon;
        parameter[i] = parameter[i] * keep - step * first[i] / denominator;
    });
}

void stepAnywhere(Optimizer::Slot &slot, const torch::Tensor &gradients, const AdamStep &s,
                  const OptimizerOptions &options)
{
    if (slot.parameter.device().is_cpu()) {
        if (slot.parameter.scalar_type() == torch::kDouble)
            stepOnCpu<double>(slot, gradients, s, options);
        else
            stepOnCpu<float>(slot, gradients, s, options);
        return;
    }
    const torch::Tensor gradient = s.pull != 0 ? gradients.add(slot.parameter, s.pull) : gradients;
    slot.firstMoment.lerp_(gradient, 1 - options.beta1);
    slot.secondMoment.mul_(options.beta2).addcmul_(gradient, gradient, 1 - options.beta2);
    const torch::Tensor denominator = slot.secondMoment.sqrt().mul_(s.rootCorrection).add_(options.epsilon);
    slot.parameter.mul_(s.keep).addcdiv_(slot.firstMoment, denominator, -s.step);
}

} // namespace

void Adam::update(Slot &slot, const torch::Tensor &gradient, const Update &update) const
{
    AdamStep step = stepOf(options(), slot.steps, update.rate);
    step.pull = update.decay + update.penalty;
    stepAnywhere(slot, gradient, step, options());
}

AdamW::AdamW(const AdamWOptions &options)
    : Adam(fromAdamW(options))
{
}

void AdamW::update(Slot &slot, const torch::Tensor &gradient, const Update &update) const
{
    AdamStep step = stepOf(options(), slot.steps, update.rate);
    step.keep = 1 - update.rate * update.decay;
    step.pull = update.penalty;
    stepAnywhere(slot, gradient, step, options());
}

} // namespace flukeprint::learning
