#pragma once

#include "core/jobs/thread_job.h"

namespace flukeprint::workflows {

/// The context's progress for functions that know nothing of pausing: whoever reports through it stands still while the job is paused.
/// The context's pause switch must outlive it.
inline ProgressFn pausingProgress(const jobs::WorkContext &context)
{
    if (context.pause == nullptr)
        return context.progress;
    return [pause = context.pause, stop = context.stop, progress = context.progress](const Progress &news) {
        if (progress)
            progress(news);
        pause->waitWhilePaused(stop);
    };
}

} // namespace flukeprint::workflows
