#include "core/evaluation/calibration_model.h"
#include "core/evaluation/minimise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace flukeprint::evaluation {

namespace {

constexpr std::size_t shownCandidates = 5;

double logistic(double x)
{
    return 1.0 / (1.0 + std::exp(-x));
}

double squareOf(double x)
{
    return x * x;
}

struct FitSample
{
    CalibrationEvidence evidence;
    std::size_t truePosition;
    bool isNew;
};

/// How fast squared distances grow with rank within the cohort: the slope of their logarithms. 0 where it cannot be
/// told.
double growthOf(const CalibrationEvidence &evidence)
{
    const std::vector<double> &squared = evidence.squaredDistances;
    const std::size_t first = squared.size() / 5;
    if (squared.size() < 10 || !(squared[first] > 0))
        return 0;
    const double ranks = static_cast<double>(squared.size()) / static_cast<double>(first + 1);
    return std::log(squared.back() / squared[first]) / std::log(ranks);
}

/// The model in coordinates in which one unit is a plausible change whatever the embedding's scale:
/// (level at the mean crowd, log slope, relative, log tail, logit of lapse).
class Likelihood
{
public:
    Likelihood(std::span<const CalibrationQuery> queries, double prior, std::size_t cohort)
        : m_prior(prior)
        , m_cohort(cohort)
    {
        double gap = 0;
        m_fixed.crowd = 0;
        m_fixed.crowdQuantile = 0;
        const auto count = static_cast<double>(queries.size());
        for (const CalibrationQuery &query : queries) {
            // What lies beyond the cohort changes nothing that is fitted.
            const std::size_t used = std::min(query.distances.size(), std::max(cohort, shownCandidates));
            CalibrationEvidence evidence =
                evidenceOf(std::span(query.distances).first(used), query.individualsRanked, cohort);
            m_fixed.crowd += evidence.crowd / count;
            m_fixed.crowdQuantile += evidence.crowdQuantile / count;
            m_fixed.crowdGrowth += growthOf(evidence) / count;
            gap += (evidence.crowd - evidence.squaredDistances.front()) / count;
            m_samples.push_back({std::move(evidence), query.truePosition, query.isNew});
        }
        m_fixed.crowdQuantile = std::min(m_fixed.crowdQuantile, 1.0);
        m_fixed.crowdGrowth = std::clamp(m_fixed.crowdGrowth, 0.0, 1.0);
        m_referenceSlope = 10.0 / std::max(gap, 1e-4);
    }

    [[nodiscard]] CalibrationParameters parameters(std::span<const double> x) const
    {
        CalibrationParameters result = m_fixed;
        result.slope = m_referenceSlope * std::exp(std::clamp(x[1], -6.0, 6.0));
        result.offset = x[0] + result.slope * m_fixed.crowd;
        result.relative = std::clamp(x[2], -1.0, 2.0);
        result.tail = std::min(std::exp(x[3]), maximumTail);
        result.lapse = minimumLapse + (maximumLapse - minimumLapse) * logistic(x[4]);
        return result;
    }

    /// Negative log-likelihood of what is shown, plus weak priors worth about one query each: they decide only where
    /// the data do not.
    [[nodiscard]] double operator()(std::span<const double> x) const
    {
        const CalibrationParameters candidate = parameters(x);
        double loss = (squareOf(x[0] / 5.0) + squareOf(x[1] / 1.5) + squareOf((x[2] - 0.5) / 0.5) + squareOf(x[3])
                       + squareOf(x[4] + 2.0))
            / 2;
        for (const FitSample &sample : m_samples)
            loss -= std::log(std::max(likelihoodOf(sample, candidate), 1e-12));
        return loss;
    }

private:
    [[nodiscard]] double likelihoodOf(const FitSample &sample, const CalibrationParameters &candidate) const
    {
        const CalibratedAnswer answer = posterior(candidate, sample.evidence, m_prior, m_cohort);
        if (sample.isNew)
            return answer.newIndividual;
        if (sample.truePosition < std::min(shownCandidates, answer.candidates.size()))
            return answer.candidates[sample.truePosition];
        double another = 1.0 - answer.newIndividual;
        for (std::size_t i = 0; i < std::min(shownCandidates, answer.candidates.size()); ++i)
            another -= answer.candidates[i];
        return another;
    }

    std::vector<FitSample> m_samples;
    double m_prior;
    std::size_t m_cohort;
    CalibrationParameters m_fixed; ///< what is measured, not fitted
    double m_referenceSlope = 1;
};

} // namespace

CalibrationParameters fitParameters(std::span<const CalibrationQuery> queries, double prior, std::size_t cohort)
{
    const Likelihood likelihood(queries, prior, cohort);
    const std::array<double, 5> step{2.0, 0.7, 0.3, 0.7, 0.7};
    Minimum best;
    best.value = HUGE_VAL;
    for (const double logSlope : {-1.5, 0.0, 1.5}) {
        const std::array<double, 5> start{0.0, logSlope, 0.5, 0.0, -2.0};
        const Minimum found = minimise(std::cref(likelihood), start, step);
        if (found.value < best.value)
            best = found;
    }
    // A fresh simplex at the best point: the old one may have collapsed along the way.
    best = minimise(std::cref(likelihood), best.point, step);
    return likelihood.parameters(best.point);
}

} // namespace flukeprint::evaluation
