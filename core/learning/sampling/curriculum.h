#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <span>
#include <vector>

namespace flukeprint::learning {

struct CurriculumOptions
{
    std::int64_t startClasses = 4; ///< admitted at first, 2 at least
    std::int64_t classesPerStep = 2; ///< admitted together later on
    double threshold = 0.8; ///< mean accuracy of the admitted classes from which on more are admitted
    std::int64_t patience = 5; ///< judgements without an admission after which more are admitted all the same; 0: never
};

/// Starts training with the classes that are told apart best, and admits the next best whenever those admitted are
/// learnt (Bengio et al., "Curriculum learning", ICML 2009; difficulty measured on validation photos). A plain value:
/// `state` is what a checkpoint needs. Not thread-safe.
class Curriculum
{
public:
    struct State
    {
        std::vector<std::int64_t> admitted; ///< classes in the order of admission
        std::int64_t waiting = 0; ///< judgements since the last admission

        friend bool operator==(const State &, const State &) = default;
    };

    Curriculum(std::int64_t classes, const CurriculumOptions &options);

    /// After each validation, and once before training: `accuracy[c]` is the share of the validation photos of class c
    /// that are recognised, NaN where it has none, which counts as the mean of the others. Ties go to the lower class.
    /// Returns how many classes were admitted. Errors: InvalidArgument (another number of classes).
    Result<std::int64_t> judge(std::span<const double> accuracy);

    [[nodiscard]] bool complete() const { return static_cast<std::int64_t>(m_state.admitted.size()) == m_classes; }
    /// What a sampler may draw from: the photos of admitted classes; the others' lists are empty, so labels stay.
    [[nodiscard]] std::vector<std::vector<std::int64_t>>
    admittedOf(const std::vector<std::vector<std::int64_t>> &photos) const;

    [[nodiscard]] const State &state() const { return m_state; }
    /// Errors: DataDamaged {"curriculum", ...}: a class that does not exist or stands twice.
    Result<void> restore(const State &state);

private:
    std::int64_t m_classes;
    CurriculumOptions m_options;
    State m_state;
};

} // namespace flukeprint::learning
