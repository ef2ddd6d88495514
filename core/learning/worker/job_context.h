#pragma once

#include "core/base/result.h"
#include "core/protocol/messages.h"

#include <functional>
#include <stop_token>
#include <string>
#include <variant>

namespace flukeprint::learning {

class Peers;

/// What a running job sees of the worker. Functions may be called from the job's thread only.
struct JobContext
{
    protocol::JobNumber job = 0;
    std::stop_token stop;
    std::function<bool()> proceed; ///< call between steps: blocks while paused; false once cancelled
    std::function<void(const protocol::Message &)> send; ///< its `job` field must be `job`
    Peers *peers = nullptr; ///< of a training that several processes do together
};

/// The JSON object of Done's result. Error Cancelled becomes a CancelledMessage, any other a FailedMessage.
using JobResult = Result<std::string>;

} // namespace flukeprint::learning
