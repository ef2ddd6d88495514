#include "app/cli/interrupt.h"

#include <csignal>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace flukeprint::cli {

namespace {

int g_wakePipe[2] = {-1, -1};
volatile std::sig_atomic_t g_signalCount = 0;

// Only async-signal-safe calls are allowed here: the token is stopped by the thread that reads the pipe.
extern "C" void onSignal(int)
{
    g_signalCount = g_signalCount + 1;
    if (g_signalCount > 1)
        ::_exit(130);
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = ::write(g_wakePipe[1], &byte, 1);
}

} // namespace

std::stop_token stopOnInterrupt()
{
    static std::stop_source source;
    if (::pipe2(g_wakePipe, O_CLOEXEC) != 0)
        return source.get_token();
    std::thread([] {
        char byte = 0;
        if (::read(g_wakePipe[0], &byte, 1) > 0)
            source.request_stop();
    }).detach();
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    return source.get_token();
}

} // namespace flukeprint::cli
