#pragma once

#include "core/base/result.h"
#include "core/learning/localiser/localiser_targets.h"
#include "core/protocol/jobs.h"
#include "core/protocol/messages.h"

#include <functional>
#include <stop_token>
#include <string>

namespace flukeprint::learning {

struct LocaliserCallbacks
{
    std::function<bool()> proceed; ///< called before every batch; may block while paused; false: cancelled. May be empty
    std::function<void(const protocol::MetricMessage &)> metric; ///< after every epoch; job is 0. May be empty
    std::function<void(std::int64_t step, std::int64_t steps)> progress; ///< may be empty
};

/// Trains a localiser and writes it to `job.outputPath`: overlap and corner distance of the boxes, and a logit of presence against
/// water without a fluke, lone lobes, shuffled photos and the photos of other things that the targets name, half of these drawn from those
/// that looked most like flukes when the epoch began. Weights are averaged. The threshold of
/// presence is where 99% of the held-out flukes are kept. Deterministic by seed on the CPU for a given number of threads. Returns the
/// metrics as a JSON object: `iou` and `iou_start` (mean overlap with the held-out boxes, and before training), `iou_low` (share below
/// 0.5), `kept`, `mistaken` (shares of the held-out flukes and other photos that pass for flukes; absent where there are none),
/// `threshold`, `seconds`. Errors: those of the files, DeviceUnavailable, InvalidArgument (epochs < 1), JobFailed (the loss is not
/// finite), Cancelled; nothing is written then.
Result<std::string> trainLocaliser(const protocol::TrainLocaliserJob &job, const LocaliserCallbacks &callbacks,
                                   const std::stop_token &stop);

} // namespace flukeprint::learning
