#include "core/jobs/run_ingest.h"

#include "core/base/atomic_file.h"
#include "core/base/log.h"
#include "core/catalogue/catalogue.h"

#include <algorithm>
#include <iterator>

namespace flukeprint::jobs {

namespace {

constexpr std::size_t pointsPerTransaction = 20'000;

bool wasLeftBehind(catalogue::RunState state)
{
    return state == catalogue::RunState::Queued || state == catalogue::RunState::Running
        || state == catalogue::RunState::Paused;
}

} // namespace

MetricBatch pointsOf(const protocol::MetricMessage &metric)
{
    MetricBatch points;
    points.reserve(metric.values.size());
    for (const auto &[name, value] : metric.values)
        points.push_back({metric.step, metric.epoch, metric.seconds, QString::fromStdString(name), value});
    return points;
}

RunIngest::RunIngest(catalogue::Catalogue &catalogue, RunId run, std::function<void(const MetricBatch &)> onBatch,
                     int intervalMs)
    : m_store(catalogue)
    , m_run(run)
    , m_onBatch(std::move(onBatch))
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(intervalMs);
    connect(&m_timer, &QTimer::timeout, this, &RunIngest::store);
}

void RunIngest::add(const protocol::MetricMessage &metric)
{
    std::ranges::move(pointsOf(metric), std::back_inserter(m_waiting));
    if (std::exchange(m_first, false))
        store();
    else if (!m_timer.isActive())
        m_timer.start();
}

Result<void> RunIngest::flush()
{
    m_timer.stop();
    store();
    if (m_problem)
        return *m_problem;
    return {};
}

void RunIngest::store()
{
    if (m_waiting.empty())
        return;
    const auto stored = m_store.appendMetrics(m_run, m_waiting);
    if (!stored) {
        log(LogLevel::Warning, "jobs", "figures not stored yet: " + stored.error().debugText());
        m_problem = stored.error();
        return;
    }
    m_problem.reset();
    const MetricBatch batch = std::exchange(m_waiting, {});
    if (m_onBatch)
        m_onBatch(batch);
}

Result<std::int64_t> ingestMetricsFile(catalogue::Catalogue &catalogue, RunId run,
                                       const std::filesystem::path &runFolder)
{
    const auto text = readFile(runFolder / "metrics.jsonl");
    if (!text && text.error().code == ErrorCode::FileNotFound)
        return std::int64_t{0};
    if (!text)
        return text.error();
    catalogue::RunStore store(catalogue);
    std::int64_t count = 0;
    MetricBatch batch;
    const auto storeBatch = [&]() -> Result<void> {
        count += static_cast<std::int64_t>(batch.size());
        return store.appendMetrics(run, std::exchange(batch, {}));
    };
    std::string_view rest = *text;
    // What follows the last end of line is a line that was being written when the worker died.
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        const auto message = protocol::decodeMessage(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        if (!message || !std::holds_alternative<protocol::MetricMessage>(*message))
            continue;
        std::ranges::move(pointsOf(std::get<protocol::MetricMessage>(*message)), std::back_inserter(batch));
        if (batch.size() < pointsPerTransaction)
            continue;
        if (const auto stored = storeBatch(); !stored)
            return stored.error();
    }
    if (!batch.empty()) {
        if (const auto stored = storeBatch(); !stored)
            return stored.error();
    }
    return count;
}

Result<std::int64_t> recoverRuns(catalogue::Catalogue &catalogue)
{
    catalogue::RunStore store(catalogue);
    const auto runs = store.list();
    if (!runs)
        return runs.error();
    for (const catalogue::Run &run : *runs) {
        if (!wasLeftBehind(run.state) || run.folder.isEmpty())
            continue;
        const auto ingested = ingestMetricsFile(catalogue, run.id, catalogue.resolve(run.folder));
        if (!ingested && ingested.error().code != ErrorCode::FileUnreadable)
            return ingested.error();
    }
    return store.markInterrupted();
}

} // namespace flukeprint::jobs
