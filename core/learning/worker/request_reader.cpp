#include "core/learning/worker/request_reader.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace flukeprint::learning {

namespace {

constexpr char quitMark = 'q';
constexpr char endMark = 't';
constexpr char parentMark = 'p';

// Libraries start threads before main, so that signals cannot be blocked in all of them; a handler and a pipe work from
// any.
std::atomic<int> wakeDescriptor{-1};
int wakeReadEnd = -1;
pid_t parentAtStart = 0;

void wake(char mark)
{
    const int saved = errno;
    [[maybe_unused]] const ssize_t written = ::write(wakeDescriptor.load(), &mark, 1);
    errno = saved;
}

void onSignal(int signal)
{
    wake(signal == SIGHUP ? parentMark : endMark);
}

void install(int signal)
{
    struct sigaction action
    {
    };
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
}

void installSignals()
{
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
        wakeReadEnd = ends[0];
        wakeDescriptor = ends[1];
    }
    std::signal(SIGPIPE, SIG_IGN);
    // A limit on the size of files must fail the write that meets it, not end the process.
    std::signal(SIGXFSZ, SIG_IGN);
    install(SIGTERM);
    install(SIGINT);
    install(SIGHUP);
    parentAtStart = ::getppid();
    // Sent when the thread that started us ends, not only when the process does: hence the look at getppid.
    ::prctl(PR_SET_PDEATHSIG, SIGHUP);
}

} // namespace

RequestReader::RequestReader(Handlers handlers)
    : m_handlers(std::move(handlers))
{
    installSignals();
}

void RequestReader::start()
{
    m_thread = std::thread([this] { run(); });
}

RequestReader::~RequestReader()
{
    wake(quitMark);
    if (m_thread.joinable())
        m_thread.join();
}

void RequestReader::run()
{
    while (true) {
        std::array<pollfd, 2> sources{{{STDIN_FILENO, POLLIN, 0}, {wakeReadEnd, POLLIN, 0}}};
        if (::poll(sources.data(), sources.size(), -1) < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        if (sources[1].revents != 0 && !takeSignal())
            break;
        if (sources[0].revents != 0 && !takeInput())
            break;
    }
    m_handlers.ended();
}

bool RequestReader::takeSignal()
{
    char mark = 0;
    while (::read(wakeReadEnd, &mark, 1) == 1) {
        if (mark != parentMark || ::getppid() != parentAtStart)
            return false;
    }
    return true;
}

bool RequestReader::takeInput()
{
    std::array<char, 1 << 16> buffer;
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    if (count == 0)
        return false;
    m_pending.append(buffer.data(), static_cast<std::size_t>(count));
    splitLines();
    return true;
}

void RequestReader::splitLines()
{
    std::size_t start = 0;
    for (std::size_t end = m_pending.find('\n'); end != std::string::npos; end = m_pending.find('\n', start)) {
        if (!m_skipping && end > start)
            m_handlers.line(std::string_view(m_pending).substr(start, end - start));
        m_skipping = false;
        start = end + 1;
    }
    m_pending.erase(0, start);
    if (m_pending.size() <= longestLine)
        return;
    m_pending.clear();
    if (!m_skipping)
        m_handlers.tooLong();
    m_skipping = true;
}

} // namespace flukeprint::learning
