#pragma once

#include "core/protocol/messages.h"

#include <functional>
#include <mutex>
#include <string>

namespace flukeprint::learning {

/// The worker's way out. Takes the process's stdout for itself, and leads what libraries print there to stderr.
class MessageChannel
{
public:
    /// `onBroken` is called once, from a sending thread, when nobody reads any more.
    explicit MessageChannel(std::function<void()> onBroken);
    MessageChannel(const MessageChannel &) = delete;
    MessageChannel &operator=(const MessageChannel &) = delete;
    ~MessageChannel();

    /// Thread-safe; a line is never torn apart.
    void send(const protocol::Message &message);
    [[nodiscard]] bool isBroken();

private:
    std::mutex m_mutex;
    int m_descriptor;
    bool m_broken = false;
    std::function<void()> m_onBroken;
};

} // namespace flukeprint::learning
