#include "core/workflows/candidate_prefetcher.h"

#include "core/base/log.h"

#include <algorithm>

namespace flukeprint::workflows {

CandidatePrefetcher::CandidatePrefetcher(const catalogue::Catalogue &catalogue, Deliver deliver)
    : m_catalogue(catalogue)
    , m_deliver(std::move(deliver))
    , m_thread([this](const std::stop_token &stop) { work(stop); })
{
}

CandidatePrefetcher::~CandidatePrefetcher()
{
    m_thread.request_stop();
    m_thread.join();
}

void CandidatePrefetcher::ask(std::vector<AnnotationId> annotations, std::shared_ptr<const ServingModel> model,
                              std::int64_t version)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_orders.clear();
        for (auto annotation = annotations.rbegin(); annotation != annotations.rend(); ++annotation)
            m_orders.push_back({*annotation, model, version});
    }
    m_wake.notify_one();
}

void CandidatePrefetcher::work(const std::stop_token &stop)
{
    auto reader = m_catalogue.openReader();
    if (!reader) {
        log(LogLevel::Warning, "workflows", "no candidates ahead of need: " + reader.error().debugText());
        return;
    }
    for (;;) {
        Order order;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return !m_orders.empty(); }))
                return;
            order = std::move(m_orders.back());
            m_orders.pop_back();
        }
        m_deliver(order.annotation, order.version, findCandidates(*reader, *order.model, order.annotation));
    }
}

} // namespace flukeprint::workflows
