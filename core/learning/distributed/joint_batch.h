#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace flukeprint::learning {

class Peers;

/// Rows of a batch that one of `parts` parts has: some identified ones, then some unidentified ones.
struct BatchShare
{
    std::int64_t first = 0;
    std::int64_t last = 0; ///< past the end
    std::int64_t firstOther = 0;
    std::int64_t lastOther = 0;

    [[nodiscard]] std::int64_t identified() const { return last - first; }
    [[nodiscard]] std::int64_t rows() const { return last - first + lastOther - firstOther; }
};

/// Part `number` of a batch of `rows` rows, of which the first `identified` are identified. Never cuts between rows that belong together
/// (see rowsTogether); parts together have every row once.
[[nodiscard]] BatchShare shareOf(std::int64_t rows, std::int64_t identified, std::int64_t rowsTogether, std::int64_t number,
                                 std::int64_t parts);

/// Puts the rows of all processes together to those of the joint batch.
class JointBatch
{
public:
    JointBatch(Peers &peers, std::int64_t rows, std::int64_t identified, std::int64_t rowsTogether);

    /// `own`: [own rows, D], in the order of this process's share. [rows, D] in the joint batch's order; gradients flow to `own` alone.
    /// Throws PeerFailure.
    [[nodiscard]] torch::Tensor joined(const torch::Tensor &own) const;

private:
    Peers &m_peers;
    std::int64_t m_most = 0; ///< rows of the largest share
    torch::Tensor m_sources; ///< int64 [rows]: where each row stands among the gathered ones
    torch::Tensor m_own; ///< int64 [own rows]: where they stand in the joint batch
};

} // namespace flukeprint::learning
