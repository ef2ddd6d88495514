#include "core/learning/distributed/peers.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <cstdlib>
#include <functional>
#include <thread>
#include <utility>

#ifdef FLUKEPRINT_GLOO
#ifndef USE_C10D_GLOO // LibTorch's header hides the class behind the macro that it was built with
#define USE_C10D_GLOO
#endif
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif
#ifdef FLUKEPRINT_NCCL
#ifndef USE_C10D_NCCL
#define USE_C10D_NCCL
#endif
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace flukeprint::learning {

#ifdef FLUKEPRINT_GLOO

namespace {

#if TORCH_VERSION_MAJOR >= 2
using Group = c10d::Backend;
#else
using Group = c10d::ProcessGroup;
#endif
using GroupPtr = c10::intrusive_ptr<Group>;
using WorkPtr = c10::intrusive_ptr<c10d::Work>;
using StorePtr = c10::intrusive_ptr<c10d::Store>;

class C10dPeers : public Peers
{
public:
    C10dPeers(const LaunchPlace &place, StorePtr store, GroupPtr onHost, std::chrono::milliseconds timeout)
        : m_place(place)
        , m_store(std::move(store))
        , m_onHost(std::move(onHost))
        , m_timeout(timeout)
    {
    }
    /// For tensors of a GPU, which go through host memory otherwise.
    void useOnDevice(GroupPtr group) { m_onDevice = std::move(group); }

    [[nodiscard]] int rank() const override { return m_place.rank; }
    [[nodiscard]] int size() const override { return m_place.size; }

    void addUp(torch::Tensor &tensor) override
    {
        std::vector<torch::Tensor> tensors{placed(tensor)};
        perform(tensor, [&](Group &group) { return group.allreduce(tensors); });
        if (!tensors.front().is_same(tensor))
            tensor.copy_(tensors.front());
    }

    [[nodiscard]] torch::Tensor gather(const torch::Tensor &tensor) override
    {
        std::vector<torch::Tensor> own{placed(tensor)};
        std::vector<std::vector<torch::Tensor>> all(1);
        for (int i = 0; i < size(); ++i)
            all.front().push_back(torch::empty_like(own.front()));
        perform(tensor, [&](Group &group) { return group.allgather(all, own); });
        return torch::stack(all.front()).to(tensor.device());
    }

    void share(const std::vector<torch::Tensor> &tensors) override
    {
        const torch::NoGradGuard noGradient;
        for (torch::Tensor tensor : tensors) {
            std::vector<torch::Tensor> sent{placed(tensor)};
            perform(tensor, [&](Group &group) { return group.broadcast(sent); });
            if (!sent.front().is_same(tensor))
                tensor.copy_(sent.front());
        }
    }

    void settle() override
    {
        const auto end = Clock::now() + m_timeout;
        try {
            while (m_pending) {
                const bool done = isDoneSoon(*m_pending);
                if (m_pending->exception() || (!done && Clock::now() >= end))
                    throw PeerFailure("the devices do not finish what they do together");
                if (!any(!done)) // also says who is gone: a device alone would wait for him for ever
                    m_pending.reset();
            }
        } catch (const PeerFailure &) {
            m_pending.reset();
            m_onDevice.reset(); // frees the device of what it still waits for
            throw;
        }
    }

private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] bool goesToDevice(const torch::Tensor &tensor) const { return tensor.is_cuda() && m_onDevice; }
    [[nodiscard]] torch::Tensor placed(const torch::Tensor &tensor) const
    {
        return (goesToDevice(tensor) ? tensor : tensor.to(torch::kCPU)).contiguous();
    }

    void perform(const torch::Tensor &tensor, const std::function<WorkPtr(Group &)> &begin)
    {
        try {
            const bool onDevice = goesToDevice(tensor);
            const WorkPtr work = begin(onDevice ? *m_onDevice : *m_onHost);
            work->wait(); // on a device only what is queued behind it waits
            if (onDevice)
                m_pending = work;
        } catch (const c10::Error &problem) {
            throw PeerFailure(problem.what_without_backtrace());
        } catch (const std::exception &problem) {
            throw PeerFailure(problem.what());
        }
    }

    /// Waits a moment for it.
    static bool isDoneSoon(c10d::Work &work)
    {
        constexpr std::chrono::seconds moment{1};
        constexpr std::chrono::microseconds pause{100};
        const auto end = Clock::now() + moment;
        while (!work.isCompleted() && Clock::now() < end)
            std::this_thread::sleep_for(pause);
        return work.isCompleted();
    }

    LaunchPlace m_place;
    StorePtr m_store; ///< process 0's also serves the others
    GroupPtr m_onHost;
    GroupPtr m_onDevice; ///< null: there is none
    WorkPtr m_pending; ///< the device's last, while nobody has waited for it
    std::chrono::milliseconds m_timeout;
};

/// LibTorch 2.4 and later ask for libuv unless told not to, and a build without it (Debian's) then opens no store.
template<typename Options>
void doWithoutLibUv(Options &options)
{
    if constexpr (requires { options.useLibUV; })
        options.useLibUV = false;
}

StorePtr openStore(const LaunchPlace &place, std::chrono::milliseconds timeout)
{
    c10d::TCPStoreOptions options;
    options.port = place.port;
    options.isServer = place.rank == 0;
    options.numWorkers = static_cast<std::size_t>(place.size);
    options.timeout = timeout;
    doWithoutLibUv(options);
    return c10::make_intrusive<c10d::TCPStore>(place.address, options);
}

bool isThisMachine(const std::string &address)
{
    return address == "localhost" || address == "::1" || address.starts_with("127.");
}

GroupPtr openGloo(const StorePtr &store, const LaunchPlace &place, std::chrono::milliseconds timeout)
{
    using Gloo = c10d::ProcessGroupGloo;
    auto options = Gloo::Options::create(timeout);
    if (const char *interface = std::getenv("GLOO_SOCKET_IFNAME"))
        options->devices.push_back(Gloo::createDeviceForInterface(interface));
    else if (isThisMachine(place.address))
        options->devices.push_back(Gloo::createDeviceForHostname("127.0.0.1"));
    else
        options->devices.push_back(Gloo::createDefaultDevice());
    return c10::make_intrusive<Gloo>(store, place.rank, place.size, options);
}

#ifdef FLUKEPRINT_NCCL
GroupPtr openNccl(const StorePtr &store, const LaunchPlace &place, std::chrono::milliseconds timeout)
{
    // Its watchdog would end the process, and with it what was trained since the last checkpoint. settle() watches instead.
    for (const char *name : {"NCCL_ASYNC_ERROR_HANDLING", "TORCH_NCCL_ASYNC_ERROR_HANDLING"})
        ::setenv(name, "0", 0);
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = timeout;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::PrefixStore>("nccl", store), place.rank, place.size,
                                                       options);
}
#endif

Result<std::unique_ptr<Peers>> openPeers(const LaunchPlace &place, torch::Device device, std::chrono::milliseconds timeout)
{
    const StorePtr store = openStore(place, timeout);
    auto peers = std::make_unique<C10dPeers>(place, store, openGloo(store, place, timeout), timeout);
    // Also makes the connections, which are made lazily: it is to fail now rather than in the first step.
    const torch::Tensor onGpu = peers->gather(torch::full({1}, device.is_cuda() ? 1 : 0, torch::kLong));
    if (!(onGpu == onGpu[0]).all().item<bool>())
        return Error(ErrorCode::InvalidArgument, {"device", "cpu in some processes, cuda in others", "the same in every process"});
#ifdef FLUKEPRINT_NCCL
    if (device.is_cuda())
        peers->useOnDevice(openNccl(store, place, timeout));
#endif
    return std::unique_ptr<Peers>(std::move(peers));
}

} // namespace

bool Peers::areSupported()
{
    return true;
}

Result<std::unique_ptr<Peers>> Peers::join(const LaunchPlace &place, torch::Device device, std::chrono::milliseconds timeout)
{
    const auto lost = [&](const std::string &why) {
        return Error(ErrorCode::PeerLost, {std::to_string(place.rank), std::to_string(place.size), why});
    };
    try {
        return openPeers(place, device, timeout);
    } catch (const c10::Error &problem) {
        return lost(problem.what_without_backtrace());
    } catch (const std::exception &problem) {
        return lost(problem.what());
    }
}

#else

bool Peers::areSupported()
{
    return false;
}

Result<std::unique_ptr<Peers>> Peers::join(const LaunchPlace &, torch::Device, std::chrono::milliseconds)
{
    return Error(ErrorCode::DeviceUnavailable, {"processes"}, "built without Gloo's headers");
}

#endif

bool Peers::any(bool here)
{
    torch::Tensor votes = torch::full({1}, here ? 1 : 0, torch::kInt32);
    addUp(votes);
    return votes.item<int>() > 0;
}

Error Peers::lost(const PeerFailure &failure) const
{
    return Error(ErrorCode::PeerLost, {std::to_string(rank()), std::to_string(size()), failure.what()});
}

} // namespace flukeprint::learning
