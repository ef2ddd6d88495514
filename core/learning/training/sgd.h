#pragma once

#include "core/learning/training/optimizer.h"

namespace flukeprint::learning {

/// Stochastic gradient descent. With momentum m: velocity = m * velocity + gradient, and the step is rate * velocity,
/// or rate * (gradient + m * velocity) with Nesterov's form. Keras counts the rate into the velocity instead, which
/// differs only where the rate changes.
class Sgd : public Optimizer
{
public:
    using Optimizer::Optimizer;

protected:
    [[nodiscard]] Moments moments() const override { return options().momentum != 0 ? Moments::First : Moments::None; }
    void update(Slot &slot, const torch::Tensor &gradient, const Update &update) const override;
};

/// RMSprop (Tieleman and Hinton, 2012): the gradient over the root of its running square, epsilon outside the root,
/// with momentum behind that if asked for.
class RmsProp : public Optimizer
{
public:
    using Optimizer::Optimizer;

protected:
    [[nodiscard]] Moments moments() const override { return options().momentum != 0 ? Moments::Both : Moments::Second; }
    void update(Slot &slot, const torch::Tensor &gradient, const Update &update) const override;
};

} // namespace flukeprint::learning
