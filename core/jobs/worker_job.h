#pragma once

#include "core/jobs/job.h"
#include "core/jobs/worker_process.h"

#include <QByteArray>

#include <functional>
#include <memory>

namespace flukeprint::jobs {

/// One job inside a worker of its own, which ends with the job. Restartable: a new start uses a fresh worker.
class WorkerJob : public Job
{
    Q_OBJECT

public:
    /// `ready` gets the Done message's JSON object before `finished` is emitted; may be empty.
    WorkerJob(JobTraits traits, protocol::JobSpec spec, std::function<void(const QByteArray &)> ready,
              WorkerOptions options = {});
    ~WorkerJob() override;

    void start() override;
    void cancel() override;
    void pause() override;
    void resume() override;

private:
    void hearEnd();

    protocol::JobSpec m_spec;
    std::function<void(const QByteArray &)> m_ready;
    WorkerOptions m_options;
    std::unique_ptr<WorkerProcess> m_worker;
    protocol::JobNumber m_number = 0;
};

} // namespace flukeprint::jobs
