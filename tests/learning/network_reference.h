#pragma once

#include "core/learning/networks/network.h"

#include <QtGlobal>

#include <torch/torch.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

/// What comparing a network with another implementation needs: weights and photos that both sides make by one formula,
/// and the few numbers that the other side computed from them, all in double precision.
namespace flukeprint::learning::reference {

/// Values in [-0.5, 0.5) that Python and C++ agree about to the last bit.
inline torch::Tensor formulaValues(at::IntArrayRef shape, std::uint64_t stream)
{
    torch::Tensor values = torch::empty(shape, torch::kFloat64);
    double *data = values.data_ptr<double>();
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        const std::uint64_t mixed = static_cast<std::uint64_t>(i) * 2654435761ULL + stream * 40503ULL * 65537ULL;
        data[i] = static_cast<double>(mixed % (1ULL << 32)) / 4294967296.0 - 0.5;
    }
    return values;
}

using NamedList = std::vector<std::pair<std::string, torch::Tensor>>;

/// Parameters and buffers of a part of a network, sorted by name.
inline NamedList sortedTensors(const torch::nn::Module &module)
{
    std::map<std::string, torch::Tensor> tensors;
    for (const auto &item : module.named_parameters())
        tensors.emplace(item.key(), item.value());
    for (const auto &item : module.named_buffers())
        tensors.emplace(item.key(), item.value());
    return {tensors.begin(), tensors.end()};
}

/// One stream a tensor, in the order of the names.
inline void fillByFormula(const NamedList &tensors)
{
    const torch::NoGradGuard noGradients;
    std::uint64_t stream = 0;
    for (const auto &[name, tensor] : tensors) {
        if (name.ends_with("num_batches_tracked"))
            continue;
        const torch::Tensor values = formulaValues(tensor.sizes(), ++stream);
        if (tensor.dim() >= 2)
            tensor.copy_(values * std::sqrt(24.0 / static_cast<double>(tensor[0].numel())));
        else if (name.ends_with("running_var"))
            tensor.copy_(1 + 0.8 * values);
        else
            tensor.copy_((name.ends_with("weight") || name.ends_with("mul_0_param") ? 1 : 0) + 0.4 * values);
    }
}

inline torch::Tensor tensorNamed(const NamedList &tensors, const std::string &wanted)
{
    for (const auto &[name, tensor] : tensors) {
        if (name == wanted)
            return tensor;
    }
    return {};
}

/// Pooled features in double precision, without a head.
inline EmbeddingNetwork bareNetwork(const std::string &architecture)
{
    EmbeddingNetwork network = makeNetwork(bareOptions(architecture)).value();
    network->to(torch::kFloat64);
    fillByFormula(namedTensors(network));
    return network;
}

inline bool close(double found, double expected, double tolerance = 1e-9)
{
    const bool near = std::abs(found - expected) <= tolerance * std::max(1.0, std::abs(expected));
    if (!near)
        qWarning("found %.12g instead of %.12g", found, expected);
    return near;
}

inline double relativeDifference(const torch::Tensor &found, const torch::Tensor &expected)
{
    return ((found - expected).norm() / expected.norm()).item<double>();
}

inline torch::Tensor randomImages(std::int64_t count, std::int64_t height, std::int64_t width)
{
    torch::manual_seed(7);
    return torch::rand({count, 3, height, width}) * 2 - 1;
}

inline std::int64_t countOf(const std::vector<torch::Tensor> &tensors)
{
    std::int64_t count = 0;
    for (const torch::Tensor &tensor : tensors)
        count += tensor.numel();
    return count;
}

} // namespace flukeprint::learning::reference
