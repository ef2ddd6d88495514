#include "core/learning/training/objective.h"

#include "core/learning/training/comparison_objective.h"
#include "core/learning/training/metric_objective.h"

namespace flukeprint::learning {

std::unique_ptr<Objective> makeObjective(const protocol::RunConfig &config, const std::vector<std::int64_t> &counts, std::int64_t dimension)
{
    if (config.has("loss"))
        return std::make_unique<MetricObjective>(config, dimension);
    return std::make_unique<ComparisonObjective>(config, counts);
}

std::int64_t rowsTogether(const protocol::RunConfig &config)
{
    const std::string sampler = config.textOr("sampler", "individuals");
    if (sampler == "pairs")
        return 2;
    if (sampler == "triplets")
        return 3;
    return sampler == "balanced" ? 1 : config.integer("photos_per_individual");
}

} // namespace flukeprint::learning
