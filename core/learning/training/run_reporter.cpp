#include "core/learning/training/run_reporter.h"

namespace flukeprint::learning {

RunReporter::RunReporter(const TrainCallbacks &callbacks)
    : m_callbacks(callbacks)
{
}

Result<void> RunReporter::open(const std::filesystem::path &runFolder)
{
    if (const Result<void> opened = m_log.open(runFolder / "log.txt"); !opened)
        return opened;
    return m_metrics.open(runFolder / "metrics.jsonl");
}

Result<void> RunReporter::metric(const protocol::MetricMessage &message)
{
    if (const Result<void> written = m_metrics.append(protocol::encode(protocol::Message(message))); !written)
        return written;
    if (m_callbacks.metric)
        m_callbacks.metric(message);
    return {};
}

void RunReporter::say(const std::string &text)
{
    // A log that cannot be written must not end a run: what matters goes through files of its own.
    (void)m_log.append(text).ok();
    if (m_callbacks.log)
        m_callbacks.log(text);
}

void RunReporter::warn(const Error &what)
{
    say("warning: " + what.debugText());
    if (m_callbacks.warning)
        m_callbacks.warning(what);
}

void RunReporter::progress(const protocol::ProgressMessage &message) const
{
    if (m_callbacks.progress)
        m_callbacks.progress(message);
}

} // namespace flukeprint::learning
