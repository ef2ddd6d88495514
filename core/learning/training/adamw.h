#pragma once

#include "core/learning/training/optimizer.h"

namespace flukeprint::learning {

struct AdamWOptions
{
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0.05;
};

/// Adam (Kingma and Ba, ICLR 2015); weight decay is part of the gradient.
class Adam : public Optimizer
{
public:
    using Optimizer::Optimizer;

protected:
    [[nodiscard]] Moments moments() const override { return Moments::Both; }
    void update(Slot &slot, const torch::Tensor &gradient, const Update &update) const override;
};

/// AdamW (Loshchilov and Hutter, ICLR 2019): weight decay apart from the gradient.
class AdamW : public Adam
{
public:
    explicit AdamW(const AdamWOptions &options);

protected:
    void update(Slot &slot, const torch::Tensor &gradient, const Update &update) const override;
};

} // namespace flukeprint::learning
