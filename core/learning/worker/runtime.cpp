#include "core/learning/worker/runtime.h"

#include "core/base/log.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <algorithm>
#include <dlfcn.h>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <thread>

namespace flukeprint::learning {

namespace {

template <typename Function> Function symbol(const char *name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
}

std::string mappedLibrary(std::string_view part)
{
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const auto slash = line.find('/');
        if (slash == std::string::npos)
            continue;
        const std::string path = line.substr(slash);
        if (path.substr(path.rfind('/')).find(part) != std::string::npos)
            return path;
    }
    return {};
}

/// openblas_get_config says "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64".
std::string openBlasName(const std::string &config)
{
    std::istringstream words(config);
    std::string name;
    std::string version;
    words >> name >> version;
    name += ' ';
    name += version;
    if (const auto core = symbol<char *(*)()>("openblas_get_corename")) {
        name += ' ';
        name += core();
    }
    return name;
}

/// The driver is asked itself, so that the worker needs no CUDA headers.
std::string cudaDeviceName(int index)
{
    void *driver = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (driver == nullptr)
        return {};
    using DeviceGet = int (*)(int *, int);
    using DeviceGetName = int (*)(char *, int, int);
    const auto get = reinterpret_cast<DeviceGet>(::dlsym(driver, "cuDeviceGet"));
    const auto getName = reinterpret_cast<DeviceGetName>(::dlsym(driver, "cuDeviceGetName"));
    char name[128] = "";
    int device = 0;
    if (get != nullptr && getName != nullptr && get(&device, index) == 0)
        getName(name, sizeof name, device);
    return name;
}

/// LibTorch 1.13 tells it in its own description only.
std::string cpuCapability()
{
    constexpr std::string_view label = "CPU capability usage: ";
    const std::string config = at::show_config();
    const auto start = config.find(label);
    if (start == std::string::npos)
        return "unknown";
    return config.substr(start + label.size(), config.find('\n', start) - start - label.size());
}

std::vector<std::string> deviceNames()
{
    std::vector<std::string> names{"cpu"};
    if (!torch::cuda::is_available())
        return names;
    const auto count = static_cast<int>(torch::cuda::device_count());
    for (int i = 0; i < count; ++i)
        names.push_back("cuda:" + std::to_string(i) + " " + cudaDeviceName(i));
    return names;
}

} // namespace

std::int32_t availableCores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0)
        return std::max(CPU_COUNT(&set), 1);
    return std::max<std::int32_t>(static_cast<std::int32_t>(std::thread::hardware_concurrency()), 1);
}

std::string blasInUse()
{
    if (const auto config = symbol<char *(*)()>("openblas_get_config"))
        return openBlasName(config());
    if (at::hasMKL())
        return "MKL";
    for (const char *part : {"libmkl_core", "libopenblas", "libblis", "libblas"}) {
        if (const std::string path = mappedLibrary(part); !path.empty())
            return path;
    }
    return "unknown";
}

bool blasHasThreadsOfItsOwn()
{
    constexpr int ownPool = 1; // 0: sequential, 2: OpenMP
    const auto parallel = symbol<int (*)()>("openblas_get_parallel");
    return parallel && parallel() == ownPool;
}

std::int32_t setThreads(std::int32_t threads)
{
    const std::int32_t number = threads > 0 ? threads : availableCores();
    at::set_num_threads(number);
    if (const auto setBlasThreads = symbol<void (*)(int)>("openblas_set_num_threads"))
        setBlasThreads(number);
    return number;
}

protocol::HelloMessage describeRuntime()
{
    protocol::HelloMessage hello;
    hello.torchVersion = TORCH_VERSION;
    hello.blas = blasInUse();
    hello.cpuCapability = cpuCapability();
    hello.threads = at::get_num_threads();
    hello.devices = deviceNames();
    return hello;
}

} // namespace flukeprint::learning
