#pragma once

#include "core/learning/worker/job_context.h"
#include "core/protocol/jobs.h"

namespace flukeprint::learning {

/// The inspect job: see protocol::InspectJob. Adopted foreign weights become a frozen model of pooled features that
/// embeds at 256x128. Errors: those of loadModel and saveModel.
JobResult inspectModel(const protocol::InspectJob &job);

} // namespace flukeprint::learning
