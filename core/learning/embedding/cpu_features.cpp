#include "core/learning/embedding/cpu_features.h"

#include <fstream>
#include <string>

namespace flukeprint::learning {

namespace {

std::string cpuFlags()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("flags"))
            return line;
    }
    return {};
}

} // namespace

bool cpuHasBfloat16Tiles()
{
    return cpuFlags().find(" amx_bf16") != std::string::npos;
}

bool cpuMultipliesBfloat16()
{
    return cpuHasBfloat16Tiles() || cpuFlags().find(" avx512_bf16") != std::string::npos;
}

} // namespace flukeprint::learning
