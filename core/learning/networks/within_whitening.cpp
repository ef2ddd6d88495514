#include "core/learning/networks/within_whitening.h"

#include <torch/torch.h>

#include <algorithm>
#include <string>

namespace flukeprint::learning {

namespace {

/// Rows less the mean of their label, and how many labels they have.
std::pair<torch::Tensor, std::int64_t> aroundMeans(const torch::Tensor &rows, const torch::Tensor &labels)
{
    const std::int64_t classes = labels.max().item<std::int64_t>() + 1;
    const torch::Tensor counts = torch::bincount(labels, {}, classes).to(torch::kDouble);
    const torch::Tensor sums = torch::zeros({classes, rows.size(1)}, torch::kDouble).index_add_(0, labels, rows);
    const torch::Tensor means = sums / counts.clamp_min(1).unsqueeze(1);
    return {rows - means.index_select(0, labels), (counts > 0).sum().item<std::int64_t>()};
}

} // namespace

Result<torch::Tensor> withinWhitening(const torch::Tensor &embeddings, const std::vector<std::int64_t> &labels, double ridge)
{
    if (!(ridge > 0))
        return Error(ErrorCode::InvalidArgument, {"within_whitening", std::to_string(ridge), "> 0"});
    if (static_cast<std::int64_t>(labels.size()) != embeddings.size(0))
        return Error(ErrorCode::InvalidArgument, {"labels", std::to_string(labels.size()), std::to_string(embeddings.size(0))});
    const torch::NoGradGuard noGradient;
    const torch::Tensor all = torch::tensor(labels, torch::kLong);
    const torch::Tensor used = (all >= 0).nonzero().squeeze(1);
    if (used.numel() == 0)
        return Error(ErrorCode::TooFewPhotos, {"0", "2"});
    const auto [rest, classes] =
        aroundMeans(embeddings.index_select(0, used).to(torch::kDouble), all.index_select(0, used));
    const std::int64_t freedom = rest.size(0) - classes;
    if (freedom < 1 || !(rest.abs().max().item<double>() > 0))
        return Error(ErrorCode::TooFewPhotos, {std::to_string(rest.size(0)), std::to_string(classes + 1)});
    const torch::Tensor within = torch::mm(rest.t(), rest) / static_cast<double>(freedom);
    const auto [values, vectors] = torch::linalg_eigh(within);
    const torch::Tensor scales = (values.clamp_min(0) + ridge * values.clamp_min(0).mean()).rsqrt();
    const torch::Tensor map = torch::mm(vectors * scales, vectors.t()) / scales.mean();
    return map.to(torch::kFloat).contiguous();
}

bool headTakesMap(const NetworkOptions &options)
{
    return options.dimension > 0 && options.bnNeck && options.hidden.empty() && options.activation == OutputActivation::None;
}

void foldIntoHead(EmbeddingNetwork &network, const torch::Tensor &map, const torch::Tensor &embeddings)
{
    const torch::NoGradGuard noGradient;
    torch::nn::BatchNorm1d neck{nullptr};
    std::shared_ptr<torch::nn::LinearImpl> dense;
    for (const auto &module : network->head().modules(false)) {
        if (const auto norm = std::dynamic_pointer_cast<torch::nn::BatchNorm1dImpl>(module))
            neck = norm;
        if (const auto linear = std::dynamic_pointer_cast<torch::nn::LinearImpl>(module))
            dense = linear;
    }
    const auto wide = [](const torch::Tensor &tensor) { return tensor.to(torch::kCPU, torch::kDouble); };
    const double epsilon = neck->options.eps();
    const torch::Tensor scale = wide(neck->weight) / (wide(neck->running_var) + epsilon).sqrt();
    const torch::Tensor wideMap = wide(map);
    const torch::Tensor scaled = wideMap * scale.unsqueeze(0);
    // An embedding is the neck's output brought to length 1; how long it was, the neck's weights say.
    const torch::Tensor spread = torch::mm(wide(embeddings), wideMap.t()).var(0, false)
        * (wide(neck->weight).square() + wide(neck->bias).square()).sum();
    const torch::Tensor variance = spread.clamp_min(1e-6);
    const auto put = [](torch::Tensor &target, const torch::Tensor &value) { target.copy_(value); };
    put(dense->weight, torch::mm(scaled, wide(dense->weight)));
    if (dense->bias.defined())
        put(dense->bias, torch::mv(scaled, wide(dense->bias)));
    put(neck->running_mean, torch::mv(scaled, wide(neck->running_mean)));
    put(neck->bias, torch::mv(wideMap, wide(neck->bias)));
    put(neck->running_var, variance);
    put(neck->weight, (variance + epsilon).sqrt());
}

} // namespace flukeprint::learning
