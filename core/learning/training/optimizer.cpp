#include "core/learning/training/optimizer.h"

#include "core/learning/training/adamw.h"
#include "core/learning/training/sgd.h"

#include <ATen/core/grad_mode.h>

namespace flukeprint::learning {

std::optional<OptimizerOptions::Kind> OptimizerOptions::kindNamed(const std::string &name)
{
    if (name == "sgd")
        return Kind::Sgd;
    if (name == "adam")
        return Kind::Adam;
    if (name == "adamw")
        return Kind::AdamW;
    if (name == "rmsprop")
        return Kind::RmsProp;
    return std::nullopt;
}

void Optimizer::add(const std::string &name, const torch::Tensor &parameter, const SlotOptions &options)
{
    Slot slot{name, parameter, {}, {}, options.rateFactor, 0, options.decays, options.l2Penalty};
    const Moments kept = moments();
    if (kept == Moments::First || kept == Moments::Both)
        slot.firstMoment = torch::zeros_like(parameter);
    if (kept == Moments::Second || kept == Moments::Both)
        slot.secondMoment = torch::zeros_like(parameter);
    m_slots.push_back(std::move(slot));
}

void Optimizer::step(double rate)
{
    const at::NoGradGuard noGradient;
    for (Slot &slot : m_slots) {
        if (!moves(slot))
            continue;
        torch::Tensor gradient = slot.parameter.grad();
        if (gradient.strides() != slot.parameter.strides())
            gradient = torch::empty_like(slot.parameter).copy_(gradient);
        ++slot.steps;
        const bool decays = slot.decays && slot.parameter.dim() > 1;
        update(slot, gradient, {rate * slot.rateFactor, decays ? m_options.weightDecay : 0, 2 * slot.l2Penalty});
    }
}

void Optimizer::stepIf(const torch::Tensor &goAhead, double rate)
{
    const at::NoGradGuard noGradient;
    std::vector<std::pair<torch::Tensor, torch::Tensor>> kept; // and what stood there before
    for (const Slot &slot : m_slots) {
        if (!moves(slot))
            continue;
        for (const torch::Tensor &tensor : {slot.parameter, slot.firstMoment, slot.secondMoment}) {
            if (tensor.defined())
                kept.emplace_back(tensor, tensor.clone());
        }
    }
    step(rate);
    // Chosen, not weighed: a factor of 0 would leave NaN as it is.
    for (auto &[tensor, before] : kept)
        tensor.copy_(torch::where(goAhead, tensor, before));
}

void Optimizer::zeroGradients()
{
    for (Slot &slot : m_slots)
        slot.parameter.mutable_grad().reset();
}

torch::Tensor Optimizer::gradientNorm() const
{
    std::vector<torch::Tensor> squares;
    for (const Slot &slot : m_slots) {
        if (slot.parameter.grad().defined())
            squares.push_back(slot.parameter.grad().norm().square().to(torch::kDouble));
    }
    return squares.empty() ? torch::Tensor() : torch::stack(squares).sum().sqrt();
}

double Optimizer::clipGradients(double limit)
{
    const at::NoGradGuard noGradient;
    const torch::Tensor known = gradientNorm();
    if (!known.defined())
        return 0;
    const double norm = known.item<double>();
    if (limit > 0 && norm > limit) {
        for (Slot &slot : m_slots) {
            if (slot.parameter.grad().defined())
                slot.parameter.mutable_grad().mul_(limit / norm);
        }
    }
    return norm;
}

torch::Tensor Optimizer::clipGradientsOnDevice(double limit)
{
    const at::NoGradGuard noGradient;
    torch::Tensor norm = gradientNorm();
    if (limit > 0) {
        const torch::Tensor factor = (limit / norm).clamp_max(1);
        for (Slot &slot : m_slots) {
            if (slot.parameter.grad().defined())
                slot.parameter.mutable_grad().mul_(factor.to(slot.parameter.scalar_type()));
        }
    }
    return norm;
}

NamedTensors Optimizer::state() const
{
    NamedTensors tensors;
    std::vector<std::int64_t> steps;
    for (const Slot &slot : m_slots) {
        if (slot.firstMoment.defined())
            tensors["first." + slot.name] = slot.firstMoment;
        if (slot.secondMoment.defined())
            tensors["second." + slot.name] = slot.secondMoment;
        steps.push_back(slot.steps);
    }
    tensors["steps"] = torch::tensor(steps, torch::kLong);
    return tensors;
}

Result<void> Optimizer::restore(const NamedTensors &saved, const std::string &path)
{
    const at::NoGradGuard noGradient;
    NamedTensors own = state();
    for (const auto &[name, tensor] : own) {
        const auto found = saved.find(name);
        if (found == saved.end() || found->second.sizes() != tensor.sizes())
            return Error(ErrorCode::DataDamaged, {path, "tensor " + name + " is missing or of another shape"});
    }
    for (auto &[name, tensor] : own)
        tensor.copy_(saved.at(name));
    const std::int64_t *steps = own.at("steps").data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < m_slots.size(); ++i)
        m_slots[i].steps = steps[i];
    return {};
}

std::unique_ptr<Optimizer> makeOptimizer(const OptimizerOptions &options)
{
    switch (options.kind) {
    case OptimizerOptions::Kind::Sgd:
        return std::make_unique<Sgd>(options);
    case OptimizerOptions::Kind::Adam:
        return std::make_unique<Adam>(options);
    case OptimizerOptions::Kind::RmsProp:
        return std::make_unique<RmsProp>(options);
    case OptimizerOptions::Kind::AdamW:
        break;
    }
    return std::make_unique<AdamW>(AdamWOptions{options.beta1, options.beta2, options.epsilon, options.weightDecay});
}

} // namespace flukeprint::learning
