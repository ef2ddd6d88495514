#include "core/learning/distributed/joint_batch.h"

#include "core/learning/distributed/peers.h"
#include "core/learning/networks/upload.h"

#include <torch/torch.h>

#include <algorithm>

namespace flukeprint::learning {

BatchShare shareOf(std::int64_t rows, std::int64_t identified, std::int64_t rowsTogether, std::int64_t number, std::int64_t parts)
{
    const std::int64_t individuals = identified / rowsTogether;
    const std::int64_t unidentified = rows - identified;
    return {individuals * number / parts * rowsTogether, individuals * (number + 1) / parts * rowsTogether,
            identified + unidentified * number / parts, identified + unidentified * (number + 1) / parts};
}

JointBatch::JointBatch(Peers &peers, std::int64_t rows, std::int64_t identified, std::int64_t rowsTogether)
    : m_peers(peers)
{
    std::vector<BatchShare> shares;
    for (int rank = 0; rank < peers.size(); ++rank) {
        shares.push_back(shareOf(rows, identified, rowsTogether, rank, peers.size()));
        m_most = std::max(m_most, shares.back().rows());
    }
    std::vector<std::int64_t> sources(static_cast<std::size_t>(rows));
    std::vector<std::int64_t> own;
    for (int rank = 0; rank < peers.size(); ++rank) {
        const BatchShare &share = shares[static_cast<std::size_t>(rank)];
        std::int64_t gathered = rank * m_most;
        const auto place = [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t row = first; row < last; ++row) {
                sources[static_cast<std::size_t>(row)] = gathered++;
                if (rank == peers.rank())
                    own.push_back(row);
            }
        };
        place(share.first, share.last);
        place(share.firstOther, share.lastOther);
    }
    m_sources = torch::tensor(sources, torch::kLong);
    m_own = torch::tensor(own, torch::kLong);
}

torch::Tensor JointBatch::joined(const torch::Tensor &own) const
{
    torch::Tensor padded = torch::zeros({m_most, own.size(1)}, own.options().requires_grad(false));
    padded.narrow(0, 0, own.size(0)).copy_(own.detach());
    const torch::Tensor all = m_peers.gather(padded).flatten(0, 1);
    return all.index_select(0, uploaded(m_sources, own.device())).index_copy(0, uploaded(m_own, own.device()), own);
}

} // namespace flukeprint::learning
