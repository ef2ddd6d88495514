#include "core/learning/augmentation/photo_changes.h"

#include "core/learning/augmentation/pixel_values.h"
#include "core/learning/networks/upload.h"

#include <torch/torch.h>

#include <algorithm>

namespace flukeprint::learning {

namespace {

/// One value a photo, as [N, 1, 1, 1] (or [N, 3, 1, 1] for three values each).
torch::Tensor perPhoto(const std::vector<double> &values, std::int64_t photos, const torch::Tensor &like)
{
    const auto channels = static_cast<std::int64_t>(values.size()) / photos;
    return uploadedLike(torch::tensor(values, torch::kDouble).view({photos, channels, 1, 1}), like);
}

/// Binomial blur 1-2-1 in both directions with `reach` pixels between taps.
torch::Tensor binomialBlur(const torch::Tensor &photos, std::int64_t reach)
{
    namespace functional = torch::nn::functional;
    const torch::Tensor padded = functional::pad(
        photos, functional::PadFuncOptions({reach, reach, reach, reach}).mode(torch::kReplicate));
    const auto pass = [reach](const torch::Tensor &x, std::int64_t axis) {
        const std::int64_t length = x.size(axis) - 2 * reach;
        return (x.narrow(axis, 0, length) + x.narrow(axis, 2 * reach, length)) * 0.25 + x.narrow(axis, reach, length) * 0.5;
    };
    return pass(pass(padded, 2), 3);
}

bool areAll(const std::vector<double> &values, double value)
{
    return std::ranges::all_of(values, [value](double one) { return one == value; });
}

} // namespace

torch::Tensor warped(const torch::Tensor &photos, const std::vector<Matrix3> &maps)
{
    namespace functional = torch::nn::functional;
    const std::int64_t count = photos.size(0);
    const std::int64_t height = photos.size(2);
    const std::int64_t width = photos.size(3);
    std::vector<double> matrices;
    for (const Matrix3 &map : maps)
        matrices.insert(matrices.end(), map.begin(), map.end());
    const auto options = photos.options();
    const torch::Tensor matrix = uploadedLike(torch::tensor(matrices, torch::kDouble).view({count, 3, 3}), photos);
    const torch::Tensor x = (torch::arange(width, options) * 2 + 1) / static_cast<double>(width) - 1;
    const torch::Tensor y = (torch::arange(height, options) * 2 + 1) / static_cast<double>(height) - 1;
    const torch::Tensor pixels = torch::stack({x.expand({height, width}), y.unsqueeze(1).expand({height, width}),
                                               torch::ones({height, width}, options)}, 2).view({1, height * width, 3});
    const torch::Tensor sources = pixels.expand({count, -1, -1}).bmm(matrix.transpose(1, 2));
    const torch::Tensor grid = (sources.narrow(2, 0, 2) / sources.narrow(2, 2, 1)).view({count, height, width, 2});
    return functional::grid_sample(photos, grid, functional::GridSampleFuncOptions().mode(torch::kBilinear)
                                                     .padding_mode(torch::kBorder).align_corners(false));
}

torch::Tensor toned(const torch::Tensor &photos, const Tones &tones)
{
    const std::int64_t count = photos.size(0);
    const torch::Tensor mean = photos.mean({2, 3}, true).mean(1, true);
    torch::Tensor changed = (photos - mean) * perPhoto(tones.contrast, count, photos) + mean;
    changed = (changed + perPhoto(tones.brightness, count, photos)) * perPhoto(tones.cast, count, photos);
    changed.clamp_(0, white);
    if (!areAll(tones.gamma, 1))
        changed = (changed / white).pow_(perPhoto(tones.gamma, count, photos)).mul_(white);
    if (!areAll(tones.grey, 0)) {
        const torch::Tensor luma = uploadedLike(torch::tensor({0.299, 0.587, 0.114}, torch::kDouble).view({1, 3, 1, 1}), photos);
        const torch::Tensor brightnessOnly = (changed * luma).sum(1, true);
        changed = torch::lerp(changed, brightnessOnly.expand_as(changed), perPhoto(tones.grey, count, photos));
    }
    return changed;
}

torch::Tensor blurred(const torch::Tensor &photos, const std::vector<double> &strength)
{
    const torch::Tensor amount = perPhoto(strength, photos.size(0), photos);
    const torch::Tensor soft = binomialBlur(photos, 1);
    // Up to 1 the fine kernel fades in, above it the coarse one over that.
    return torch::lerp(torch::lerp(photos, soft, amount.clamp_max(1)), binomialBlur(soft, 2), (amount - 1).clamp_min(0));
}

} // namespace flukeprint::learning
