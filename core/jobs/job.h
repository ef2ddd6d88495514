#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/progress.h"

#include <QObject>

#include <string>
#include <vector>

namespace flukeprint::jobs {

using JobKey = StrongId<struct JobTag>; ///< of one JobQueue; never used twice

/// What a job is called: a stable code with arguments, turned into words by ui/text or the command line.
/// Codes in use: "import" {folder or count}, "embed" {model}, "train" {preset, run name}, "activate" {model}, "evaluate" {split},
/// "propose" {}, "mine" {file}, "export" {format}, "backup" {file}, "verify" {}, "demo" {folder}.
struct JobTitle
{
    std::string code;
    std::vector<std::string> args;
};

/// Jobs of the same lane run one after the other; `Free` ones run at once.
enum class JobLane {
    Free,
    Worker, ///< heavy worker jobs: training, change of model, mining (identification has its own warm worker)
    Reading, ///< embedding of new photos, which nobody should wait for behind a long training
    Catalogue, ///< jobs that write many rows: import, restore
};

struct JobTraits
{
    JobTitle title;
    JobLane lane = JobLane::Free;
    bool canPause = false;
    bool canCancel = true;
    bool canRestart = false; ///< `start` may be called again after the end; a training run then goes on from its checkpoint
};

/// One long piece of work as the queue drives it. After `start` exactly one of `finished`, `failed` and `cancelled` follows,
/// from the event loop of the job's thread; `cancel`, `pause` and `resume` are requests and return at once.
class Job : public QObject
{
    Q_OBJECT

public:
    explicit Job(JobTraits traits);
    [[nodiscard]] const JobTraits &traits() const { return m_traits; }

    virtual void start() = 0;
    virtual void cancel() = 0;
    virtual void pause() { }
    virtual void resume() { }

Q_SIGNALS:
    void progressed(const flukeprint::Progress &progress);
    void pausedChanged(bool paused);
    void warned(const flukeprint::Error &what);
    void finished();
    void failed(const flukeprint::Error &what);
    void cancelled();

private:
    JobTraits m_traits;
};

} // namespace flukeprint::jobs
