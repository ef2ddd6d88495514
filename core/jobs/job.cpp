#include "core/jobs/job.h"

namespace flukeprint::jobs {

Job::Job(JobTraits traits)
    : m_traits(std::move(traits))
{
}

} // namespace flukeprint::jobs
