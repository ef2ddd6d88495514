#include "core/learning/distributed/peers.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <cstdlib>
#include <functional>

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

class C10dPeers : public Peers
{
public:
    C10dPeers(const LaunchPlace &place, c10::intrusive_ptr<c10d::Store> store, c10::intrusive_ptr<Group> group, torch::Device device)
        : m_place(place)
        , m_store(std::move(store))
        , m_group(std::move(group))
        , m_device(device)
    {
    }

    [[nodiscard]] int rank() const override { return m_place.rank; }
    [[nodiscard]] int size() const override { return m_place.size; }

    void addUp(torch::Tensor &tensor) override
    {
        std::vector<torch::Tensor> tensors{tensor.to(m_device)};
        finish([&] { return m_group->allreduce(tensors); });
        if (!tensors.front().is_same(tensor))
            tensor.copy_(tensors.front());
    }

    [[nodiscard]] torch::Tensor gather(const torch::Tensor &tensor) override
    {
        std::vector<torch::Tensor> own{tensor.to(m_device).contiguous()};
        std::vector<std::vector<torch::Tensor>> all(1);
        for (int i = 0; i < size(); ++i)
            all.front().push_back(torch::empty_like(own.front()));
        finish([&] { return m_group->allgather(all, own); });
        return torch::stack(all.front()).to(tensor.device());
    }

    void share(const std::vector<torch::Tensor> &tensors) override
    {
        const torch::NoGradGuard noGradient;
        for (torch::Tensor tensor : tensors) {
            std::vector<torch::Tensor> sent{tensor.to(m_device).contiguous()};
            finish([&] { return m_group->broadcast(sent); });
            if (!sent.front().is_same(tensor))
                tensor.copy_(sent.front());
        }
    }

private:
    void finish(const std::function<c10::intrusive_ptr<c10d::Work>()> &begin)
    {
        try {
            begin()->wait();
        } catch (const c10::Error &problem) {
            throw PeerFailure(problem.what_without_backtrace());
        } catch (const std::exception &problem) {
            throw PeerFailure(problem.what());
        }
    }

    LaunchPlace m_place;
    c10::intrusive_ptr<c10d::Store> m_store; ///< process 0's also serves the others
    c10::intrusive_ptr<Group> m_group;
    torch::Device m_device; ///< where the backend wants tensors
};

c10::intrusive_ptr<c10d::Store> openStore(const LaunchPlace &place, std::chrono::milliseconds timeout)
{
    c10d::TCPStoreOptions options;
    options.port = place.port;
    options.isServer = place.rank == 0;
    options.numWorkers = static_cast<std::size_t>(place.size);
    options.timeout = timeout;
    return c10::make_intrusive<c10d::TCPStore>(place.address, options);
}

c10::intrusive_ptr<Group> openGloo(const c10::intrusive_ptr<c10d::Store> &store, const LaunchPlace &place, std::chrono::milliseconds timeout)
{
    auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    const char *interface = std::getenv("GLOO_SOCKET_IFNAME");
    options->devices.push_back(interface != nullptr ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                                    : c10d::ProcessGroupGloo::createDefaultDevice());
    return c10::make_intrusive<c10d::ProcessGroupGloo>(store, place.rank, place.size, options);
}

std::unique_ptr<Peers> openPeers(const LaunchPlace &place, torch::Device device, std::chrono::milliseconds timeout)
{
    auto store = openStore(place, timeout);
#ifdef FLUKEPRINT_NCCL
    if (device.is_cuda()) {
        auto options = c10d::ProcessGroupNCCL::Options::create();
        options->timeout = timeout;
        auto group = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, place.rank, place.size, options);
        return std::make_unique<C10dPeers>(place, store, group, device);
    }
#endif
    (void)device;
    auto group = openGloo(store, place, timeout);
    return std::make_unique<C10dPeers>(place, store, group, torch::kCPU);
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
        std::unique_ptr<Peers> peers = openPeers(place, device, timeout);
        (void)peers->any(false); // connections are made lazily: fail now rather than in the first step
        return peers;
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
    return Error(ErrorCode::DeviceUnavailable, {"processes"}, "built without Gloo");
}

#endif

bool Peers::any(bool here)
{
    torch::Tensor votes = torch::full({1}, here ? 1 : 0, torch::kInt32);
    addUp(votes);
    return votes.item<int>() > 0;
}

} // namespace flukeprint::learning
