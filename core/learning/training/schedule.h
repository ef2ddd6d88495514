#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flukeprint::learning {

/// Linear warm-up, then half a cosine down to the final factor (Loshchilov and Hutter, 2017).
struct Schedule
{
    std::int64_t warmupSteps = 0;
    std::int64_t totalSteps = 1;
    double finalFactor = 0.01;

    /// Factor on the learning rate of the step that follows `step` finished ones. `spent`: share of the run's time that is spent, where
    /// its end is set by the clock: the cosine is then at least that far.
    [[nodiscard]] double factor(std::int64_t step, double spent = 0) const;
};

/// The rate times `factor` every `everyEpochs` epochs; 0: never.
struct StepDecay
{
    std::int64_t everyEpochs = 0;
    double factor = 0.9;

    /// Factor on the learning rate in `epoch`, from 0.
    [[nodiscard]] double at(std::int64_t epoch) const;
    friend bool operator==(const StepDecay &, const StepDecay &) = default;
};

/// A stretch of a run with its own rates.
struct TrainingPhase
{
    std::int64_t epochs = 1; ///< > 0
    double headRate = 0; ///< learning rate of the head, > 0
    double trunkRate = 0; ///< 0: the trunk is frozen, and its norms keep their statistics
    StepDecay decay; ///< counted from the phase's first epoch

    [[nodiscard]] bool trunkFrozen() const { return trunkRate <= 0; }
    friend bool operator==(const TrainingPhase &, const TrainingPhase &) = default;
};

/// A run as a list of phases: freeze, unfreeze, slow down. Immutable.
class PhasePlan
{
public:
    struct Position
    {
        std::size_t phase = 0; ///< number of the phase
        std::int64_t epochOfPhase = 0;
        double headRate = 0; ///< decay included
        double trunkRate = 0; ///< 0: frozen
    };

    /// Errors: SettingOutOfRange {"phases", the phase's number from 1, what is allowed}: no phase, or numbers out of
    /// bounds.
    static Result<PhasePlan> make(std::vector<TrainingPhase> phases);
    /// Phases as text, separated by ';': "5 head=0.001; 45 head=1e-5 trunk=1e-5 decay=0.9/5" is five epochs of the head
    /// alone, then all for 45, the rates times 0.9 every 5 epochs. Errors: SettingOutOfRange {"phases", the offending
    /// part, what is allowed}.
    static Result<PhasePlan> parse(std::string_view text);

    [[nodiscard]] std::int64_t epochs() const; ///< of all phases
    /// `epoch` >= 0; past the end the last phase goes on.
    [[nodiscard]] Position at(std::int64_t epoch) const;
    [[nodiscard]] const std::vector<TrainingPhase> &phases() const { return m_phases; }

private:
    explicit PhasePlan(std::vector<TrainingPhase> phases)
        : m_phases(std::move(phases))
    {
    }

    std::vector<TrainingPhase> m_phases;
};

/// What to do about a loss or gradient that is no number: skip the step; after `patience` such steps in a row halve the
/// rate; after `halvings` halvings without a good step between them give up. A plain value, part of a checkpoint.
struct NonFiniteGuard
{
    static constexpr int patience = 3;
    static constexpr int halvings = 3;

    enum class Action { Proceed, Skip, HalveRate, Stop };

    double rateFactor = 1; ///< on the learning rate; stays lowered
    int badSteps = 0; ///< in a row
    int halvingsInARow = 0;

    Action judge(bool finite);
};

} // namespace flukeprint::learning
