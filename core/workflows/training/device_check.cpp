#include "core/workflows/training/device_check.h"

#include <QEventLoop>

#include <algorithm>

namespace flukeprint::workflows {

Result<void> checkDevice(protocol::Device device, const jobs::WorkerOptions &worker)
{
    if (device != protocol::Device::Cuda)
        return {};
    jobs::WorkerProcess program(worker);
    QEventLoop loop;
    Result<void> outcome = Error(ErrorCode::DeviceUnavailable, {"cuda"});
    QObject::connect(&program, &jobs::WorkerProcess::ready, &loop, [&](const protocol::HelloMessage &hello) {
        if (std::ranges::any_of(hello.devices, [](const std::string &name) { return name.starts_with("cuda"); }))
            outcome = {};
        loop.quit();
    });
    // A job that no worker can do: a program that does not come up says so by failing it.
    const protocol::JobNumber job = program.start(protocol::InspectJob{"-", {}, {}});
    QObject::connect(&program, &jobs::WorkerProcess::failed, &loop, [&](protocol::JobNumber failed, const Error &what) {
        if (failed != job || !loop.isRunning())
            return;
        if (what.code == ErrorCode::WorkerMissing || what.code == ErrorCode::WorkerCrashed || what.code == ErrorCode::WorkerProtocol)
            outcome = what;
        loop.quit();
    });
    loop.exec();
    return outcome;
}

} // namespace flukeprint::workflows
