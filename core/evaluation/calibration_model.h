#pragma once

#include "core/evaluation/calibration.h"

#include <cstddef>
#include <span>
#include <vector>

/// Internal to this room.
namespace flukeprint::evaluation {

inline constexpr double minimumLapse = 0.005;
inline constexpr double maximumLapse = 0.3;
inline constexpr double maximumTail = 50.0;

/// What the model needs of one query.
struct CalibrationEvidence
{
    std::vector<double> squaredDistances; ///< ascending
    double crowd = 1; ///< mean squared distance of the cohort without its nearest fifth, > 0
    double crowdQuantile = 1; ///< the share of the gallery where that lies
    std::size_t individuals = 0; ///< in the gallery, >= squaredDistances.size()
};

[[nodiscard]] CalibrationEvidence evidenceOf(std::span<const float> distances, std::size_t individualsRanked,
                                             std::size_t cohort);

/// Posterior of the model; `prior` in (0, 1).
[[nodiscard]] CalibratedAnswer posterior(const CalibrationParameters &parameters, const CalibrationEvidence &evidence,
                                         double prior, std::size_t cohort);

/// Penalised maximum likelihood.
[[nodiscard]] CalibrationParameters fitParameters(std::span<const CalibrationQuery> queries, double prior,
                                                  std::size_t cohort);

} // namespace flukeprint::evaluation
