#include "core/learning/training/sgd.h"

#include "core/learning/training/element_loop.h"

namespace flukeprint::learning {

namespace {

/// parameter -= rate * velocity, with velocity = momentum * velocity + direction(i).
template <typename T, typename Direction>
void moveOnCpu(Optimizer::Slot &slot, double rateFactor, double momentumFactor, bool nesterov,
               const Direction &direction)
{
    T *parameter = slot.parameter.data_ptr<T>();
    const auto rate = static_cast<T>(rateFactor);
    if (!slot.firstMoment.defined()) {
        forEachElement(slot.parameter.numel(), [=](std::int64_t i) { parameter[i] -= rate * direction(i); });
        return;
    }
    T *velocity = slot.firstMoment.data_ptr<T>();
    const auto momentum = static_cast<T>(momentumFactor);
    const T ahead = nesterov ? momentum : T(1);
    const T now = nesterov ? T(1) : T(0);
    forEachElement(slot.parameter.numel(), [=](std::int64_t i) {
        const T d = direction(i);
        velocity[i] = withoutDenormals(momentum * velocity[i] + d);
        parameter[i] -= rate * (now * d + ahead * velocity[i]);
    });
}

template <typename T>
void sgdOnCpu(Optimizer::Slot &slot, const torch::Tensor &gradients, double rate, double pulling,
              const OptimizerOptions &options)
{
    const T *parameter = slot.parameter.data_ptr<T>();
    const T *gradient = gradients.data_ptr<T>();
    const auto pull = static_cast<T>(pulling);
    moveOnCpu<T>(slot, rate, options.momentum, options.nesterov,
                 [=](std::int64_t i) { return gradient[i] + pull * parameter[i]; });
}

template <typename T>
void rmsPropOnCpu(Optimizer::Slot &slot, const torch::Tensor &gradients, double rate, double pulling,
                  const OptimizerOptions &options)
{
    const T *parameter = slot.parameter.data_ptr<T>();
    const T *gradient = gradients.data_ptr<T>();
    T *second = slot.secondMoment.data_ptr<T>();
    const auto pull = static_cast<T>(pulling);
    const auto smoothing = static_cast<T>(options.smoothing);
    const auto epsilon = static_cast<T>(options.epsilon);
    moveOnCpu<T>(slot, rate, options.momentum, false, [=](std::int64_t i) {
        const T g = gradient[i] + pull * parameter[i];
        second[i] = withoutDenormals(smoothing * second[i] + (1 - smoothing) * g * g);
        return g / (std::sqrt(second[i]) + epsilon);
    });
}

torch::Tensor pulledGradient(const Optimizer::Slot &slot, const torch::Tensor &gradient, double pull)
{
    return pull != 0 ? gradient.add(slot.parameter, pull) : gradient;
}

} // namespace

void Sgd::update(Slot &slot, const torch::Tensor &gradient, const Update &update) const
{
    const double pull = update.decay + update.penalty;
    if (slot.parameter.device().is_cpu()) {
        if (slot.parameter.scalar_type() == torch::kDouble)
            sgdOnCpu<double>(slot, gradient, update.rate, pull, options());
        else
            sgdOnCpu<float>(slot, gradient, update.rate, pull, options());
        return;
    }
    torch::Tensor direction = pulledGradient(slot, gradient, pull);
    if (slot.firstMoment.defined()) {
        slot.firstMoment.mul_(options().momentum).add_(direction);
        direction = options().nesterov ? direction.add(slot.firstMoment, options().momentum) : slot.firstMoment;
    }
    slot.parameter.sub_(direction, update.rate);
}

void RmsProp::update(Slot &slot, const torch::Tensor &gradient, const Update &update) const
{
    const double pull = update.decay + update.penalty;
    if (slot.parameter.device().is_cpu()) {
        if (slot.parameter.scalar_type() == torch::kDouble)
            rmsPropOnCpu<double>(slot, gradient, update.rate, pull, options());
        else
            rmsPropOnCpu<float>(slot, gradient, update.rate, pull, options());
        return;
    }
    const torch::Tensor pulled = pulledGradient(slot, gradient, pull);
    slot.secondMoment.mul_(options().smoothing).addcmul_(pulled, pulled, 1 - options().smoothing);
    torch::Tensor direction = pulled / slot.secondMoment.sqrt().add_(options().epsilon);
    if (slot.firstMoment.defined())
        direction = slot.firstMoment.mul_(options().momentum).add_(direction);
    slot.parameter.sub_(direction, update.rate);
}

} // namespace flukeprint::learning
