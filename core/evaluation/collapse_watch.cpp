#include "core/evaluation/collapse_watch.h"

#include <algorithm>
#include <cmath>

namespace flukeprint::evaluation {

CollapseWatch::Kind CollapseWatch::judge(const EmbeddingHealth &health)
{
    if (!std::isfinite(health.spread))
        return Kind::None;
    bestSpread = std::max(bestSpread, health.spread);
    // Directions of photos that are all alike are rounding.
    if (health.spread >= pointSpread)
        bestRank = std::max(bestRank, health.effectiveRank);
    const bool point = health.spread < pointSpread && pointSpread <= lostShare * bestSpread;
    const bool line = health.dimension >= fewestDimensions && health.topShare > lineShare && health.effectiveRank < lostShare * bestRank;
    const bool news = (point || line) && !alarmed;
    alarmed = point || line;
    if (!news)
        return Kind::None;
    return point ? Kind::Point : Kind::Line;
}

} // namespace flukeprint::evaluation
