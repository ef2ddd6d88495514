#pragma once

#include "core/base/result.h"
#include "core/catalogue/run_store.h"
#include "core/protocol/messages.h"

#include <QObject>
#include <QTimer>

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace flukeprint::jobs {

using MetricBatch = std::vector<catalogue::MetricPoint>;

/// Brings the figures of a running training into the catalogue: one transaction for what came within `intervalMs`, the first
/// one at once, so that a chart shows its first point without delay. Lives in the thread of `catalogue` and needs its event loop.
class RunIngest : public QObject
{
    Q_OBJECT

public:
    /// `onBatch` (may be empty) gets every batch once it is stored, in this thread. `catalogue` must outlive this.
    RunIngest(catalogue::Catalogue &catalogue, RunId run, std::function<void(const MetricBatch &)> onBatch,
              int intervalMs = 250);

    void add(const protocol::MetricMessage &metric);
    /// Stores what waits. Call at the end. Errors of RunStore::appendMetrics, an earlier batch's failure included: its points
    /// stay waiting and are tried again with the next batch.
    Result<void> flush();

private:
    void store();

    catalogue::RunStore m_store;
    RunId m_run;
    std::function<void(const MetricBatch &)> m_onBatch;
    QTimer m_timer;
    MetricBatch m_waiting;
    std::optional<Error> m_problem;
    bool m_first = true;
};

/// The points of one message.
[[nodiscard]] MetricBatch pointsOf(const protocol::MetricMessage &metric);

/// Reads metrics.jsonl of a run folder into the catalogue, so that nothing is missing that the worker wrote while nobody
/// listened. Points that are there already are replaced. A half-written last line is left out. Returns the number of points;
/// 0 when there is no such file. Errors: FileUnreadable and those of RunStore.
Result<std::int64_t> ingestMetricsFile(catalogue::Catalogue &catalogue, RunId run, const std::filesystem::path &runFolder);

/// Call once after opening a catalogue for writing: runs that a dead program left behind get their figures from the run folder and
/// become Interrupted, from where they can be resumed. Returns how many.
Result<std::int64_t> recoverRuns(catalogue::Catalogue &catalogue);

} // namespace flukeprint::jobs
