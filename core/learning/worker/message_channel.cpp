#include "core/learning/worker/message_channel.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace flukeprint::learning {

MessageChannel::MessageChannel(std::function<void()> onBroken)
    : m_descriptor(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3))
    , m_broken(m_descriptor < 0)
    , m_onBroken(std::move(onBroken))
{
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

MessageChannel::~MessageChannel()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

void MessageChannel::send(const protocol::Message &message)
{
    const std::string line = protocol::encode(message) + '\n';
    bool justBroken = false;
    {
        const std::lock_guard lock(m_mutex);
        std::size_t written = 0;
        while (!m_broken && written < line.size()) {
            const ssize_t count = ::write(m_descriptor, line.data() + written, line.size() - written);
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                m_broken = justBroken = true;
            else
                written += static_cast<std::size_t>(count);
        }
    }
    if (justBroken)
        m_onBroken();
}

bool MessageChannel::isBroken()
{
    const std::lock_guard lock(m_mutex);
    return m_broken;
}

} // namespace flukeprint::learning
