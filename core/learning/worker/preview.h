#pragma once

#include "core/learning/worker/job_context.h"
#include "core/protocol/jobs.h"

namespace flukeprint::learning {

/// See protocol::PreviewJob. Errors: those of opening and writing packs; InvalidArgument (an augmentation that is not known, a number of
/// variants out of 1..16, grey chips, a sheet of more than 4,096 px a side).
JobResult previewAugmentation(const protocol::PreviewJob &job);

} // namespace flukeprint::learning
