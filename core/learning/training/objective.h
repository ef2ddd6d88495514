#pragma once

#include "core/base/random.h"
#include "core/learning/networks/network.h"
#include "core/protocol/presets.h"

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flukeprint::learning {

/// What a run minimises. Not thread-safe.
class Objective
{
public:
    struct Value
    {
        torch::Tensor loss; ///< scalar, of the identified rows
        torch::Tensor activeTriplets; ///< scalar, see TripletResult::activeShare
        torch::Tensor unidentifiedLoss; ///< scalar, to be added: of the unidentified rows; undefined where they cost nothing
    };
    using Tensors = std::vector<std::pair<std::string, torch::Tensor>>;

    virtual ~Objective() = default;

    /// A batch as the run's BatchSource lists it. `labels`: int64 [N] on the host, -1 for unidentified; `identified`: how many
    /// rows come first that are not -1; `random`: the step's own, so that a resumed run draws the same.
    virtual Value evaluate(const Features &features, const torch::Tensor &labels, std::int64_t identified, Random &random) = 0;
    /// Rows 2 i and 2 i + 1 are photos of one individual, of another one in every pair: what validation has. Deterministic.
    virtual Value evaluatePairs(const Features &features, const torch::Tensor &labels) = 0;

    /// Trained beside the network, tensors that require gradients; thrown away afterwards unless they belong to the model.
    [[nodiscard]] virtual Tensors parameters() { return {}; }
    /// Its parameters say how embeddings compare, and are kept in the model's file under their own names.
    [[nodiscard]] virtual bool belongsToModel() const { return false; }
    virtual void to(torch::Device) {}
    /// See Learner::imprint; nothing by default.
    virtual void imprint(const std::vector<std::int64_t> &, const torch::Tensor &) {}
};

/// What the configuration says. `counts`: photos of each class; `dimension`: length of the network's embeddings. Weights are drawn from torch's
/// global generator.
[[nodiscard]] std::unique_ptr<Objective> makeObjective(const protocol::RunConfig &config, const std::vector<std::int64_t> &counts,
                                                       std::int64_t dimension);

/// Rows of an individual's photos, a pair or a triplet, which must not be parted when a batch is cut: photos_per_individual, 2, 3, or 1.
[[nodiscard]] std::int64_t rowsTogether(const protocol::RunConfig &config);

} // namespace flukeprint::learning
