#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"

#include <QString>

#include <nlohmann/json.hpp>

#include <chrono>
#include <mutex>
#include <stop_token>

namespace flukeprint::cli {

using Json = nlohmann::ordered_json;

/// What a command found: `json` for `--json`, `text` for people. Only one of the two is printed.
struct Answer
{
    Json json = Json::object();
    QString text; ///< lines, without the last end-of-line
    int status = 0; ///< exit status of an answer that is bad news (verify)
};

/// The terminal: answers go to stdout, progress and notes to stderr, so that stdout can be piped. `progress` and `note`
/// may be called from any thread.
class Console
{
public:
    Console(bool json, std::stop_token stop);

    [[nodiscard]] bool isJson() const { return m_json; }
    /// Stopped by Ctrl-C or SIGTERM.
    [[nodiscard]] std::stop_token stopToken() const { return m_stop; }
    /// Shows count, share, rate and time left: one line that rewrites itself on a terminal, else a line every few
    /// seconds.
    [[nodiscard]] ProgressFn progress();
    /// One line for a person, on stderr.
    void note(const QString &line);
    /// A warning of a long function: what was left out and why, on stderr.
    void warn(const Error &what);
    /// Prints the answer or the error and returns the exit status.
    int finish(const Result<Answer> &answer);

private:
    void show(const Progress &progress);
    void endLine();

    bool m_json;
    bool m_isTerminal;
    std::stop_token m_stop;
    std::mutex m_mutex;
    std::string m_stage;
    std::int64_t m_stageStartDone = 0;
    std::chrono::steady_clock::time_point m_stageStart;
    std::chrono::steady_clock::time_point m_lastShown;
    bool m_lineOpen = false;
};

/// Columns padded to their widest cell; columns whose cells are all numbers are set to the right.
[[nodiscard]] QString textTable(const QStringList &headings, const QList<QStringList> &rows);

/// Exit status of an error (DESIGN: 2 usage, 3 bad input, 4 damaged data, 5 job failed, 130 cancelled).
[[nodiscard]] int exitStatus(const Error &error);
/// `{"error":{"code","args","message"}}`
[[nodiscard]] Json errorJson(const Error &error);
/// The same for a command line that could not be parsed.
[[nodiscard]] Json usageErrorJson(const QString &message);

} // namespace flukeprint::cli
