#pragma once

#include "core/learning/losses/arcface.h"
#include "core/learning/networks/network.h"
#include "core/protocol/presets.h"

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace flukeprint::learning {

/// The preset `flukeprint`'s loss: ArcFace on the neck, batch-hard triplet on the normalised feature before it, unidentified photos kept away
/// from every class.
class Objective
{
public:
    struct Value
    {
        torch::Tensor loss; ///< scalar
        torch::Tensor activeTriplets; ///< scalar, see TripletResult::activeShare
    };

    /// `counts`: photos of each class.
    Objective(const protocol::RunConfig &config, const std::vector<std::int64_t> &counts);

    /// `labels`: int64 [N] on the features' device, -1 for unidentified; `identified`: how many rows come first that are not -1.
    Value evaluate(const Features &features, const torch::Tensor &labels, std::int64_t identified);
    [[nodiscard]] ArcFace &arcFace() { return m_arcFace; }

private:
    double m_arcFaceWeight;
    double m_tripletWeight;
    double m_negativeWeight;
    ArcFace m_arcFace;
};

} // namespace flukeprint::learning
