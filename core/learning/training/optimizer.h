#pragma once

#include "core/base/result.h"
#include "core/learning/model/tensor_file.h"

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flukeprint::learning {

struct OptimizerOptions
{
    enum class Kind { Sgd, Adam, AdamW, RmsProp };

    Kind kind = Kind::AdamW;
    /// AdamW takes it off the weights apart from the gradient; the others add decay * weight to the gradient.
    double weightDecay = 0;
    double momentum = 0; ///< Sgd, RmsProp
    bool nesterov = false; ///< Sgd
    double beta1 = 0.9; ///< Adam, AdamW
    double beta2 = 0.999; ///< Adam, AdamW: of the squared gradient
    double smoothing = 0.99; ///< RmsProp: of the squared gradient
    double epsilon = 1e-8;

    /// "sgd", "adam", "adamw", "rmsprop"; none for anything else.
    [[nodiscard]] static std::optional<Kind> kindNamed(const std::string &name);
};

/// How one tensor differs from the others of its optimizer.
struct SlotOptions
{
    double rateFactor = 1; ///< on the learning rate
    bool decays = true; ///< false: no weight decay; norms and biases (one dimension or none) never have any
    /// Adds l2Penalty * |parameter|^2 to the loss, as Keras's regularizers.l2 does, whatever the dimensions: a gradient
    /// of 2 * l2Penalty * parameter. Reported losses do not contain it, and clipping does not see it.
    double l2Penalty = 0;
};

/// Moves tensors along their gradients. The update rules are those of torch.optim, in one pass over memory on the CPU:
/// with tens of thousands of class centres the optimizer would otherwise take as long as the network. The same result
/// whatever the number of threads. Not thread-safe.
class Optimizer
{
public:
    /// A tensor with its state. Moments are undefined where the rule has none.
    struct Slot
    {
        std::string name;
        torch::Tensor parameter;
        torch::Tensor firstMoment; ///< running gradient, or momentum
        torch::Tensor secondMoment; ///< running squared gradient
        double rateFactor = 1;
        std::int64_t steps = 0; ///< taken by this tensor
        bool decays = true;
        double l2Penalty = 0;
    };

    explicit Optimizer(const OptimizerOptions &options)
        : m_options(options)
    {
    }
    virtual ~Optimizer() = default;
    Optimizer(const Optimizer &) = delete;
    Optimizer &operator=(const Optimizer &) = delete;

    /// `parameter`: a dense leaf that requires gradients, float32 or float64. Names are unique.
    void add(const std::string &name, const torch::Tensor &parameter, const SlotOptions &options);
    void add(const std::string &name, const torch::Tensor &parameter, double rateFactor)
    {
        add(name, parameter, SlotOptions{rateFactor});
    }
    /// One step with the gradients that are there; a tensor without one keeps its value and its moments.
    void step(double rate);
    /// The same where `goAhead` (bool scalar on the parameters' device) is true, else nothing changes but Slot::steps: for a device that is
    /// not to be waited for.
    void stepIf(const torch::Tensor &goAhead, double rate);
    void zeroGradients();
    /// Scales all gradients so that their joint Euclidean norm is at most `limit` (0: no limit). The norm before that.
    double clipGradients(double limit);
    /// The same without waiting for the device: the norm as a double scalar there. At least one tensor has a gradient.
    torch::Tensor clipGradientsOnDevice(double limit);

    [[nodiscard]] std::vector<Slot> &slots() { return m_slots; }
    [[nodiscard]] const OptimizerOptions &options() const { return m_options; }

    /// For checkpoints, shared storage: "first.NAME", "second.NAME" where there are such moments, and "steps", int64,
    /// one a slot in the order they were added.
    [[nodiscard]] NamedTensors state() const;
    /// Copies a state back; nothing is changed on error. `path` is for the message. Errors: DataDamaged naming what is
    /// missing or of another shape.
    Result<void> restore(const NamedTensors &saved, const std::string &path);

protected:
    /// What one step does to one slot.
    struct Update
    {
        double rate = 0;
        double decay = 0; ///< 0 where the slot has none
        double penalty = 0; ///< times the parameter, to be added to the gradient
    };
    enum class Moments { None, First, Second, Both };

    [[nodiscard]] virtual Moments moments() const = 0;
    /// `gradient` lies in memory as the parameter does.
    virtual void update(Slot &slot, const torch::Tensor &gradient, const Update &update) const = 0;

private:
    [[nodiscard]] torch::Tensor gradientNorm() const;
    [[nodiscard]] static bool moves(const Slot &slot) { return slot.parameter.grad().defined() && slot.parameter.requires_grad(); }

    OptimizerOptions m_options;
    std::vector<Slot> m_slots;
};

[[nodiscard]] std::unique_ptr<Optimizer> makeOptimizer(const OptimizerOptions &options);

} // namespace flukeprint::learning
