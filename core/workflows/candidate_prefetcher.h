#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/workflows/candidates.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace flukeprint::workflows {

/// A thread that finds candidates ahead of need, with a connection of its own.
class CandidatePrefetcher
{
public:
    /// `deliver` is called in the prefetcher's thread. `version` is what `ask` was given.
    using Deliver = std::function<void(AnnotationId annotation, std::int64_t version, const Result<std::optional<CandidateList>> &)>;

    /// `catalogue` must outlive the prefetcher.
    CandidatePrefetcher(const catalogue::Catalogue &catalogue, Deliver deliver);
    ~CandidatePrefetcher();

    /// Replaces what was asked for and not begun yet.
    void ask(std::vector<AnnotationId> annotations, std::shared_ptr<const ServingModel> model, std::int64_t version);

private:
    struct Order
    {
        AnnotationId annotation;
        std::shared_ptr<const ServingModel> model;
        std::int64_t version = 0;
    };
    void work(const std::stop_token &stop);

    const catalogue::Catalogue &m_catalogue;
    Deliver m_deliver;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::vector<Order> m_orders; ///< the last one is next
    std::jthread m_thread;
};

} // namespace flukeprint::workflows
