#include "core/evaluation/calibration.h"
#include "core/evaluation/calibration_model.h"

#include <cmath>

namespace flukeprint::evaluation {

namespace {

struct Range
{
    double low;
    double high;
};

constexpr double largest = 1e9;

/// Reads checked numbers and remembers the first complaint.
class MapReader
{
public:
    explicit MapReader(const std::map<std::string, double> &map)
        : m_map(map)
    {
    }

    double number(const std::string &key, Range allowed)
    {
        const auto found = m_map.find(key);
        const bool isThere = found != m_map.end();
        if (isThere && found->second >= allowed.low && found->second <= allowed.high)
            return found->second;
        if (m_complaint.empty())
            m_complaint = {"calibration." + key, isThere ? std::to_string(found->second) : "missing",
                           std::to_string(allowed.low) + ".." + std::to_string(allowed.high)};
        return allowed.low;
    }

    [[nodiscard]] const std::vector<std::string> &complaint() const { return m_complaint; }

private:
    const std::map<std::string, double> &m_map;
    std::vector<std::string> m_complaint;
};

} // namespace

std::map<std::string, double> ScoreCalibration::toMap() const
{
    if (!m_calibrated)
        return {{"calibrated", 0.0}};
    return {{"calibrated", 1.0},
            {"offset", m_parameters.offset},
            {"slope", m_parameters.slope},
            {"relative", m_parameters.relative},
            {"crowd", m_parameters.crowd},
            {"crowd_quantile", m_parameters.crowdQuantile},
            {"crowd_growth", m_parameters.crowdGrowth},
            {"tail", m_parameters.tail},
            {"lapse", m_parameters.lapse},
            {"new_prior", m_newPrior},
            {"cohort", static_cast<double>(m_cohort)},
            {"queries", static_cast<double>(m_queriesUsed)}};
}

Result<ScoreCalibration> ScoreCalibration::fromMap(const std::map<std::string, double> &map)
{
    ScoreCalibration calibration;
    if (map.empty())
        return calibration;
    MapReader reader(map);
    const bool isCalibrated = reader.number("calibrated", {0, 1}) > 0;
    if (isCalibrated) {
        calibration.m_parameters.offset = reader.number("offset", {-largest, largest});
        calibration.m_parameters.slope = reader.number("slope", {1e-9, largest});
        calibration.m_parameters.relative = reader.number("relative", {-1, 2});
        calibration.m_parameters.crowd = reader.number("crowd", {1e-9, largest});
        calibration.m_parameters.crowdQuantile = reader.number("crowd_quantile", {1e-9, 1});
        calibration.m_parameters.crowdGrowth = reader.number("crowd_growth", {0, 1});
        calibration.m_parameters.tail = reader.number("tail", {0, maximumTail});
        calibration.m_parameters.lapse = reader.number("lapse", {minimumLapse, maximumLapse});
        calibration.m_newPrior = reader.number("new_prior", {0.001, 0.999});
        calibration.m_cohort = static_cast<std::size_t>(reader.number("cohort", {1, 1e6}));
        calibration.m_queriesUsed = static_cast<std::size_t>(reader.number("queries", {0, largest}));
    }
    if (!reader.complaint().empty())
        return Error(ErrorCode::InvalidArgument, reader.complaint());
    calibration.m_calibrated = isCalibrated;
    return calibration;
}

} // namespace flukeprint::evaluation
