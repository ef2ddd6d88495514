#include "core/learning/mining/sorted_rows.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace flukeprint::learning {

SortedRows::SortedRows(const chips::EmbeddingTable &table, std::span<const MiningLabel> labels)
    : m_labels(labels)
    , m_table(torch::from_blob(const_cast<float *>(table.vectors.data()),
                               {static_cast<std::int64_t>(table.count()), static_cast<std::int64_t>(table.dimension)},
                               torch::kFloat))
    , m_order(table.count())
{
    std::iota(m_order.begin(), m_order.end(), std::int64_t{0});
    const auto key = [&labels](std::int64_t row) {
        const std::int32_t individual = labels[static_cast<std::size_t>(row)].individual;
        return std::tuple(individual < 0, individual, row);
    };
    std::sort(m_order.begin(), m_order.end(), [&key](std::int64_t a, std::int64_t b) { return key(a) < key(b); });
    for (std::int64_t first = 0; first < count();) {
        const std::int32_t individual = labels[static_cast<std::size_t>(rowAt(first))].individual;
        std::int64_t last = first;
        while (last < count() && labels[static_cast<std::size_t>(rowAt(last))].individual == individual)
            ++last;
        m_individuals.insert(m_individuals.end(), static_cast<std::size_t>(last - first), {first, last});
        if (individual >= 0)
            m_anchors = last;
        first = last;
    }
    for (std::int64_t position = 0; position < count(); ++position) {
        const std::int64_t group = labels[static_cast<std::size_t>(rowAt(position))].group;
        if (group > 0)
            m_groups[group].push_back(position);
    }
}

std::span<const std::int64_t> SortedRows::groupOf(std::int64_t position) const
{
    const auto found = m_groups.find(m_labels[static_cast<std::size_t>(rowAt(position))].group);
    return found == m_groups.end() ? std::span<const std::int64_t>() : std::span<const std::int64_t>(found->second);
}

bool SortedRows::sameGroup(std::int64_t a, std::int64_t b) const
{
    const std::int64_t group = m_labels[static_cast<std::size_t>(rowAt(a))].group;
    return group > 0 && group == m_labels[static_cast<std::size_t>(rowAt(b))].group;
}

torch::Tensor SortedRows::gather(std::span<const std::int64_t> positions) const
{
    torch::Tensor rows = torch::empty({static_cast<std::int64_t>(positions.size())}, torch::kLong);
    std::int64_t *values = rows.data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < positions.size(); ++i)
        values[i] = rowAt(positions[i]);
    return m_table.index_select(0, rows);
}

torch::Tensor SortedRows::gather(std::int64_t first, std::int64_t count) const
{
    const std::int64_t *begin = m_order.data() + first;
    return m_table.index_select(0, torch::from_blob(const_cast<std::int64_t *>(begin), {count}, torch::kLong));
}

torch::Tensor comparableDistances(const torch::Tensor &a, const torch::Tensor &b)
{
    return torch::addmm(b.square().sum(1).unsqueeze(0), a, b.t(), 1, -2);
}

} // namespace flukeprint::learning
