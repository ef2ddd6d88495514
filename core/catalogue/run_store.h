#pragma once

#include "core/base/result.h"
#include "core/catalogue/records.h"

#include <span>

namespace flukeprint::catalogue {

class Catalogue;
class Database;

/// One value of one curve.
struct MetricPoint
{
    std::int64_t step = 0;
    double epoch = 0; ///< with fraction
    double seconds = 0; ///< since the run's first start, pauses left out
    QString name; ///< as in protocol::MetricMessage
    double value = 0;
};

/// Training runs and their curves. Thread-affine like its catalogue, which must outlive it. Errors everywhere: NotFound
/// (run), DatabaseFailed, DiskFull, CatalogueReadOnly.
class RunStore
{
public:
    explicit RunStore(Catalogue &catalogue);

    /// Errors: AlreadyExists ("run", name), InvalidArgument (empty name, configJson no JSON object).
    Result<RunId> add(const Run &run);
    Result<Run> get(RunId id);
    Result<std::optional<Run>> find(const QString &name);
    /// Newest first.
    Result<std::vector<Run>> list();
    /// `PRESET-0001` style, not in use.
    Result<QString> freeName(const QString &preset);

    /// Sets startedAt at the first Running and finishedAt at an end state; going on again clears finishedAt and the
    /// error.
    Result<void> setState(RunId id, RunState state, const std::optional<Error> &error = std::nullopt);
    Result<void> setFolder(RunId id, const QString &storedFolder);
    Result<void> setDevice(RunId id, const QString &device);
    Result<void> setSnapshotHash(RunId id, const QString &hash);
    Result<void> setModel(RunId id, ModelId model);
    /// Runs that a dead program left queued, running or paused become Interrupted. Call once after opening for writing.
    /// Returns how many.
    Result<std::int64_t> markInterrupted();

    /// One transaction; a point of the same step and name is replaced (a resumed run repeats steps). Values that are
    /// not finite are kept as gaps: they come back as NaN.
    Result<void> appendMetrics(RunId id, std::span<const MetricPoint> points);
    /// In the order of steps.
    Result<std::vector<MetricPoint>> series(RunId id, const QString &name);
    /// Everything, in the order of steps, for steps > `afterStep`.
    Result<std::vector<MetricPoint>> metrics(RunId id, std::int64_t afterStep = -1);
    Result<QStringList> metricNames(RunId id);
    /// Of a resumed run: what its checkpoint does not know has not happened.
    Result<void> dropMetricsAfter(RunId id, std::int64_t step);
    /// The run and its curves; the folder is the caller's. Errors: InvalidArgument (it is running).
    Result<void> remove(RunId id);

private:
    Database &m_database;
};

} // namespace flukeprint::catalogue
