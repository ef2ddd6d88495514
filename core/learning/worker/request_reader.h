#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace flukeprint::learning {

/// Reads lines from stdin on a thread of its own until the end of stdin, SIGTERM, SIGINT or the parent's death.
class RequestReader
{
public:
    struct Handlers
    {
        std::function<void(std::string_view line)> line; ///< without its end-of-line
        std::function<void()> tooLong; ///< a line over `longestLine` bytes was thrown away
        std::function<void()> ended; ///< once; the last call
    };
    static constexpr std::size_t longestLine = std::size_t{16} << 20;

    /// Installs the signal handlers and takes note of the parent: create it before anything slow; one reader a process.
    explicit RequestReader(Handlers handlers);
    RequestReader(const RequestReader &) = delete;
    RequestReader &operator=(const RequestReader &) = delete;
    /// Ends the thread.
    ~RequestReader();

    /// Starts the thread; what came before is not lost.
    void start();

private:
    void run();
    bool takeSignal();
    bool takeInput();
    void splitLines();

    Handlers m_handlers;
    std::string m_pending;
    bool m_skipping = false; ///< inside a line that is too long
    std::thread m_thread;
};

} // namespace flukeprint::learning
