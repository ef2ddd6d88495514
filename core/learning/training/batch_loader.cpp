#include "core/learning/training/batch_loader.h"

#include "core/learning/distributed/joint_batch.h"

#include <torch/torch.h>

#include <algorithm>
#include <utility>

namespace flukeprint::learning {

namespace {

/// Two cover a slow page of the pack; more would only hold memory.
constexpr int batchesAhead = 2;

LoadedBatch assemble(const ChipStore &chips, const LoaderOptions &options, const std::vector<BatchItem> &items)
{
    LoadedBatch batch;
    batch.labels = torch::empty({static_cast<std::int64_t>(items.size())}, torch::kLong);
    std::int64_t *labels = batch.labels.data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < items.size(); ++i)
        labels[i] = items[i].label;
    batch.identified = std::count_if(items.begin(), items.end(), [](const BatchItem &item) { return item.label >= 0; });
    const auto rows = static_cast<std::int64_t>(items.size());
    const BatchShare own = shareOf(rows, batch.identified, options.rowsTogether, options.part, options.parts);
    std::vector<BatchItem> loaded(items.begin() + own.first, items.begin() + own.last);
    loaded.insert(loaded.end(), items.begin() + own.firstOther, items.begin() + own.lastOther);
    batch.photos = options.features ? options.features->rows(loaded) : chips.batch(loaded);
    return batch;
}

} // namespace

BatchLoader::BatchLoader(const ChipStore &chips, const BatchSource &source, std::int64_t epoch, std::int64_t position,
                         LoaderOptions options)
    : m_chips(chips)
    , m_source(source)
    , m_options(options)
    , m_epoch(epoch)
    , m_position(static_cast<std::size_t>(position))
    , m_batches(source.epoch(epoch))
{
    for (int i = 0; i < batchesAhead; ++i)
        startNext();
}

std::vector<BatchItem> BatchLoader::nextItems()
{
    if (m_position >= m_batches.size()) {
        m_batches = m_source.epoch(++m_epoch);
        m_position = 0;
    }
    return m_batches[m_position++];
}

void BatchLoader::startNext()
{
    m_pending.push_back(std::async(std::launch::async, [this, items = nextItems()] { return assemble(m_chips, m_options, items); }));
}

LoadedBatch BatchLoader::next()
{
    std::future<LoadedBatch> ready = std::move(m_pending.front());
    m_pending.pop_front();
    startNext();
    return ready.get();
}

} // namespace flukeprint::learning
