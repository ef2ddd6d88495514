#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace flukeprint::learning {

struct AdamWOptions
{
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0.05;
};

/// AdamW (Loshchilov and Hutter, ICLR 2019), in one pass over memory on the CPU: with tens of thousands of class centres the optimizer
/// would otherwise take as long as the network. Norms and biases (one dimension or none) are not decayed. The same
/// result whatever the number of threads. Not thread-safe.
class AdamW
{
public:
    explicit AdamW(const AdamWOptions &options)
        : m_options(options)
    {
    }

    /// `rateFactor` multiplies the rate of these tensors: leaves that require gradients, float32, dense.
    void add(const std::string &name, const torch::Tensor &parameter, double rateFactor);
    /// One step with the gradients that are there; a tensor without one keeps its value and its moments.
    void step(double rate);
    void zeroGradients();
    /// Scales all gradients so that their joint Euclidean norm is at most `limit` (0: no limit). The norm before that.
    double clipGradients(double limit);

    /// State for checkpoints: first and second moments, shared storage.
    struct Slot
    {
        std::string name;
        torch::Tensor parameter;
        torch::Tensor firstMoment;
        torch::Tensor secondMoment;
        double rateFactor = 1;
        std::int64_t steps = 0; ///< taken by this tensor
    };
    [[nodiscard]] std::vector<Slot> &slots() { return m_slots; }

private:
    void update(Slot &slot, const torch::Tensor &gradient, double rate) const;

    AdamWOptions m_options;
    std::vector<Slot> m_slots;
};

} // namespace flukeprint::learning
