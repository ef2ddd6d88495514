#pragma once

#include "core/learning/distributed/peers.h"
#include "tests/learning/free_port.h"

#include <QTest>

#include <functional>
#include <future>
#include <string>
#include <vector>

namespace flukeprint::learning {

/// Runs `work` as each of `size` processes, in threads; fails with the first one's exception.
inline void asProcesses(int size, const std::function<void(Peers &)> &work, std::chrono::milliseconds timeout = std::chrono::seconds(60))
{
    const std::uint16_t port = freePort();
    std::vector<std::future<std::string>> ends;
    for (int rank = 0; rank < size; ++rank) {
        ends.push_back(std::async(std::launch::async, [&work, rank, size, port, timeout]() -> std::string {
            LaunchPlace place;
            place.rank = place.localRank = rank;
            place.size = place.localSize = size;
            place.address = "127.0.0.1";
            place.port = port;
            const auto peers = Peers::join(place, torch::kCPU, timeout);
            if (!peers)
                return peers.error().debugText();
            try {
                work(**peers);
            } catch (const std::exception &problem) {
                return problem.what();
            }
            return {};
        }));
    }
    for (std::future<std::string> &end : ends)
        QCOMPARE(end.get(), std::string());
}

} // namespace flukeprint::learning
