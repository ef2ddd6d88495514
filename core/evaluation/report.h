#pragma once

#include "core/evaluation/protocols.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flukeprint::evaluation {

/// What a figure must be read with: a report without these cannot be repeated.
struct ReportContext
{
    std::string model;
    std::string preset;
    std::string snapshotHash; ///< of the data the model learned from
    std::string split; ///< file name of the split table, or how queries and gallery were given
    std::uint64_t seed = 0; ///< of the bootstrap
    std::string device;
    std::string command;
};

struct EvaluationReport
{
    ReportContext context;
    ProtocolFigures figures;
};

/// One row of a report: a stable key ("closed.map5", "kaggle.threshold"), never a sentence.
struct ReportRow
{
    std::string key;
    Estimate estimate; ///< low and high are NaN where the figure has no interval
};
/// Every available figure, in a fixed order; shares as 0..1.
[[nodiscard]] std::vector<ReportRow> reportRows(const ProtocolFigures &figures);

} // namespace flukeprint::evaluation
