#pragma once

#include "core/chips/embedding_file.h"
#include "core/learning/mining/mine_triplets.h"

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

namespace flukeprint::learning {

/// The rows of a table in an order that keeps each individual together, unidentified rows last. "Position" is a place
/// in this order. The table is not copied: blocks of it are gathered when they are needed. The table and labels must
/// outlive this.
class SortedRows
{
public:
    SortedRows(const chips::EmbeddingTable &table, std::span<const MiningLabel> labels);

    [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(m_order.size()); }
    /// Positions 0..anchors()-1 are identified.
    [[nodiscard]] std::int64_t anchors() const { return m_anchors; }
    [[nodiscard]] std::int64_t rowAt(std::int64_t position) const
    {
        return m_order[static_cast<std::size_t>(position)];
    }

    struct Range
    {
        std::int64_t first = 0;
        std::int64_t last = 0; ///< one past the end
    };
    /// Positions of the individual at an identified position.
    [[nodiscard]] Range individualOf(std::int64_t position) const
    {
        return m_individuals[static_cast<std::size_t>(position)];
    }
    /// Rows that are no triplet with this one because they are of its group; without a group none.
    [[nodiscard]] std::span<const std::int64_t> groupOf(std::int64_t position) const;
    [[nodiscard]] bool sameGroup(std::int64_t a, std::int64_t b) const;

    /// float [count, D]: the vectors at `positions`, or of a stretch of positions.
    [[nodiscard]] torch::Tensor gather(std::span<const std::int64_t> positions) const;
    [[nodiscard]] torch::Tensor gather(std::int64_t first, std::int64_t count) const;

private:
    std::span<const MiningLabel> m_labels;
    torch::Tensor m_table;
    std::vector<std::int64_t> m_order;
    std::vector<Range> m_individuals;
    std::unordered_map<std::int64_t, std::vector<std::int64_t>> m_groups; ///< positions, ascending
    std::int64_t m_anchors = 0;
};

/// Squared Euclidean distances, up to rounding, of every row of `a` [N, D] to every row of `b` [M, D], less the squared
/// length of a's row, which changes no order: float [N, M] by one matrix product.
[[nodiscard]] torch::Tensor comparableDistances(const torch::Tensor &a, const torch::Tensor &b);

} // namespace flukeprint::learning
