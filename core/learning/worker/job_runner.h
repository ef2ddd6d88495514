#pragma once

#include "core/learning/worker/job_context.h"
#include "core/protocol/jobs.h"

#include <memory>

namespace flukeprint::learning {

/// Runs one job after the other and keeps loaded models between them. Use from one thread.
class JobRunner
{
public:
    JobRunner();
    JobRunner(const JobRunner &) = delete;
    JobRunner &operator=(const JobRunner &) = delete;
    ~JobRunner();

    /// Never throws: what libraries throw comes back as an Error (OutOfMemory, JobFailed, Internal).
    JobResult run(const protocol::JobSpec &spec, const JobContext &context);

private:
    JobResult dispatch(const protocol::JobSpec &spec, const JobContext &context);

    class Models;
    std::unique_ptr<Models> m_models;
};

} // namespace flukeprint::learning
