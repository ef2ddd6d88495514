#include "core/learning/training/batch_loader.h"

#include <torch/torch.h>

#include <algorithm>
#include <utility>

namespace flukeprint::learning {

BatchLoader::BatchLoader(const RunData &data, const PkSampler &sampler, std::int64_t epoch, std::int64_t position)
    : m_data(data)
    , m_sampler(sampler)
    , m_thread([this, epoch, position](const std::stop_token &stop) { run(stop, epoch, position); })
{
}

LoadedBatch BatchLoader::next()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return !m_ready.empty() || m_failure; });
    if (m_ready.empty())
        std::rethrow_exception(m_failure);
    LoadedBatch batch = std::move(m_ready.front());
    m_ready.pop_front();
    lock.unlock();
    m_changed.notify_all();
    return batch;
}

void BatchLoader::run(const std::stop_token &stop, std::int64_t epoch, std::int64_t position)
{
    try {
        load(stop, epoch, position);
    } catch (...) {
        const std::scoped_lock lock(m_mutex);
        m_failure = std::current_exception();
        m_changed.notify_all();
    }
}

void BatchLoader::load(const std::stop_token &stop, std::int64_t epoch, std::int64_t position)
{
    for (; !stop.stop_requested(); ++epoch, position = 0) {
        const std::vector<std::vector<BatchItem>> batches = m_sampler.epoch(epoch);
        for (auto i = static_cast<std::size_t>(position); i < batches.size() && !stop.stop_requested(); ++i) {
            LoadedBatch batch = assemble(batches[i]);
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, stop, [this] { return m_ready.size() < ahead; }))
                return;
            m_ready.push_back(std::move(batch));
            lock.unlock();
            m_changed.notify_all();
        }
    }
}

LoadedBatch BatchLoader::assemble(const std::vector<BatchItem> &items) const
{
    LoadedBatch batch;
    batch.photos = m_data.planarChips(items);
    batch.labels = torch::empty({static_cast<std::int64_t>(items.size())}, torch::kLong);
    std::int64_t *labels = batch.labels.data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < items.size(); ++i)
        labels[i] = items[i].label;
    batch.identified = std::count_if(items.begin(), items.end(), [](const BatchItem &item) { return item.label >= 0; });
    return batch;
}

} // namespace flukeprint::learning
