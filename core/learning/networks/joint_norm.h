#pragma once

#include <torch/types.h>

#include <functional>

namespace flukeprint::learning {

/// Adds a tensor up over all processes, in place.
using AddUp = std::function<void(torch::Tensor &)>;

/// For a scope of this thread: forward passes in training are a part of a batch that several processes have together. Norms then take the
/// statistics of all its rows, and the head goes on with the rows of all processes from its neck on. Does not nest.
class JointForward
{
public:
    /// `joinRows`: [own rows, D] to [rows of the joint batch, D]. Both must outlive the scope, `addUp` the backward pass as well.
    JointForward(const AddUp &addUp, const std::function<torch::Tensor(const torch::Tensor &)> &joinRows);
    JointForward(const JointForward &) = delete;
    JointForward &operator=(const JointForward &) = delete;
    ~JointForward();

    /// Null outside of any.
    [[nodiscard]] static const JointForward *current();
    [[nodiscard]] const AddUp &addUp() const { return m_addUp; }
    [[nodiscard]] torch::Tensor joined(const torch::Tensor &rows) const { return m_joinRows(rows); }

private:
    const AddUp &m_addUp;
    const std::function<torch::Tensor(const torch::Tensor &)> &m_joinRows;
};

/// Batch norm in training over the rows of all processes: what torch::batch_norm gives for the joint batch, forward and backward, of the rows
/// that are here. `input`: [N, C, h, w]; the running statistics are updated as there. Gradients of `weight` and `bias` are those of the own
/// rows, to be added up. `addUp` is called once forward and once backward and must live until then.
[[nodiscard]] torch::Tensor jointBatchNorm(const torch::Tensor &input, const torch::Tensor &weight, const torch::Tensor &bias,
                                           torch::Tensor &runningMean, torch::Tensor &runningVariance, double momentum, double epsilon,
                                           const AddUp &addUp);

} // namespace flukeprint::learning
