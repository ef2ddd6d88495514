#pragma once

#include "core/evaluation/embedding_health.h"

namespace flukeprint::evaluation {

/// Notices when embeddings that told photos apart cease to: the way in which metric learning fails without any loss going wrong. Measured
/// against the best that the run had, because an untrained head starts with photos nearly alike and that is no fault. A plain value, part
/// of a checkpoint.
struct CollapseWatch
{
    enum class Kind { None, Point, Line };

    static constexpr double pointSpread = 0.01; ///< below it all photos are alike
    static constexpr double lineShare = 0.9; ///< above it one direction carries all
    static constexpr std::size_t fewestDimensions = 8; ///< with fewer a line may be what was asked for
    static constexpr double lostShare = 0.5; ///< of the best that the run had

    double bestSpread = 0;
    double bestRank = 0;
    bool alarmed = false; ///< said already; cleared once it is over

    /// The kind when it has just collapsed; None while all is well, and when it was said before.
    Kind judge(const EmbeddingHealth &health);
};

} // namespace flukeprint::evaluation
