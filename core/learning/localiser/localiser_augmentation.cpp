#include "core/learning/localiser/localiser_augmentation.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace flukeprint::learning {

namespace {

/// A window in shares of the photo: what of it is seen.
struct Window
{
    double centreX = 0.5;
    double centreY = 0.5;
    double width = 1; ///< negative: mirrored
    double height = 1;
    double shear = 0;
    double turn = 0; ///< radians
};

torch::Tensor seenThrough(const std::vector<Window> &windows, const torch::Tensor &photos)
{
    namespace functional = torch::nn::functional;
    std::vector<double> matrices;
    for (const Window &window : windows) {
        const double sine = std::sin(window.turn), cosine = std::cos(window.turn);
        for (const double value : {window.width * cosine, -window.height * sine - window.shear, 2 * window.centreX - 1,
                                   window.width * sine + window.shear, window.height * cosine, 2 * window.centreY - 1})
            matrices.push_back(value);
    }
    const torch::Tensor matrix = torch::tensor(matrices, torch::kDouble).to(torch::kFloat).view({-1, 2, 3});
    const torch::Tensor grid = functional::affine_grid(matrix, photos.sizes(), false);
    return functional::grid_sample(photos, grid, functional::GridSampleFuncOptions().mode(torch::kBilinear)
                                                     .padding_mode(torch::kBorder).align_corners(false));
}

/// One window for each of the `rows` of `photos`.
torch::Tensor rowsThrough(const std::vector<Window> &windows, const std::vector<std::int64_t> &rows, const torch::Tensor &photos)
{
    if (rows.empty())
        return photos.narrow(0, 0, 0);
    return seenThrough(windows, photos.index_select(0, torch::tensor(rows, torch::kLong)));
}

/// A centre near `drawn` for which the window holds the extent low..high but for `slack`.
double centreThatHolds(double drawn, double low, double high, double size)
{
    constexpr double slack = 0.03;
    const double first = std::min(high - size / 2, low + size / 2) - slack;
    const double last = std::max(high - size / 2, low + size / 2) + slack;
    return std::clamp(drawn, first, last);
}

} // namespace

AugmentationOptions localiserTones()
{
    AugmentationOptions options;
    options.brightness = 0.12;
    options.contrast = 0.4;
    options.gamma = 0.2;
    options.colourCast = 0.12;
    options.greyChance = 0.2;
    options.blurChance = 0.2;
    options.noise = 0.03;
    options.blockChance = 0.2;
    return options;
}

PhotosWithCorners reframe(const PhotosWithCorners &scene, Random &random)
{
    constexpr double narrowest = -0.45, widest = 0.25, furthest = 0.2, mostShear = 0.06;
    const torch::Tensor corners = scene.corners.contiguous();
    torch::Tensor moved = torch::empty_like(corners);
    std::vector<Window> windows;
    for (std::int64_t i = 0; i < corners.size(0); ++i) {
        const float *box = corners[i].data_ptr<float>();
        float *target = moved[i].data_ptr<float>();
        Window window;
        window.width = std::max<double>(std::exp(random.uniform(narrowest, widest)), box[2] - box[0]);
        window.height = std::max<double>(std::exp(random.uniform(narrowest, widest)), box[3] - box[1]);
        window.centreX = centreThatHolds(0.5 + random.uniform(-furthest, furthest), box[0], box[2], window.width);
        window.centreY = centreThatHolds(0.5 + random.uniform(-furthest, furthest), box[1], box[3], window.height);
        window.shear = random.uniform(-mostShear, mostShear);
        const bool mirrored = random.below(2) == 1;
        const auto inside = [](double value) { return static_cast<float>(std::clamp(value, 0.0, 1.0)); };
        const double left = (box[0] - window.centreX) / window.width + 0.5;
        const double right = (box[2] - window.centreX) / window.width + 0.5;
        target[0] = inside(mirrored ? 1 - right : left);
        target[2] = inside(mirrored ? 1 - left : right);
        target[1] = inside((box[1] - window.centreY) / window.height + 0.5);
        target[3] = inside((box[3] - window.centreY) / window.height + 0.5);
        if (mirrored)
            window.width = -window.width;
        windows.push_back(window);
    }
    return {seenThrough(windows, scene.photos), moved};
}

torch::Tensor waterOf(const PhotosWithCorners &scene, Random &random)
{
    constexpr double lowest = 0.08, highest = 0.5;
    const torch::Tensor corners = scene.corners.contiguous();
    std::vector<Window> windows;
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < corners.size(0); ++i) {
        const float *box = corners[i].data_ptr<float>();
        const double above = box[1];
        const double below = 1 - box[3];
        Window window;
        window.width = random.uniform(0.15, 0.4);
        window.height = std::min(std::max(above, below), highest);
        window.centreX = window.width / 2 + random.uniform() * (1 - window.width);
        window.centreY = above > below ? above / 2 : 1 - below / 2;
        if (window.height < lowest)
            continue;
        windows.push_back(window);
        rows.push_back(i);
    }
    return rowsThrough(windows, rows, scene.photos);
}

torch::Tensor shuffledTiles(const torch::Tensor &photos, Random &random)
{
    const std::int64_t tiles = random.below(2) == 1 ? 2 : 4;
    const std::int64_t count = photos.size(0);
    const std::int64_t side = photos.size(2) / tiles;
    torch::Tensor cut = photos.reshape({count, 3, tiles, side, tiles, side}).permute({0, 2, 4, 1, 3, 5});
    cut = cut.reshape({count, tiles * tiles, 3, side, side});
    std::vector<torch::Tensor> shuffled;
    for (std::int64_t i = 0; i < count; ++i) {
        std::vector<std::int64_t> order(static_cast<std::size_t>(tiles * tiles));
        std::iota(order.begin(), order.end(), std::int64_t{0});
        while (std::is_sorted(order.begin(), order.end())) // in its own order it would still be a fluke
            random.shuffle(std::span(order));
        shuffled.push_back(cut[i].index_select(0, torch::tensor(order, torch::kLong)));
    }
    return torch::stack(shuffled).view({count, tiles, tiles, 3, side, side}).permute({0, 3, 1, 4, 2, 5})
        .reshape({count, 3, tiles * side, tiles * side});
}

torch::Tensor loneLobes(const PhotosWithCorners &scene, Random &random)
{
    constexpr double narrowest = 0.35, mostTurn = 0.6;
    const torch::Tensor corners = scene.corners.contiguous();
    std::vector<Window> windows;
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < corners.size(0); ++i) {
        const float *box = corners[i].data_ptr<float>();
        const double width = box[2] - box[0];
        const double margin = random.uniform(0.05, 0.3), end = random.uniform(0.3, 0.4); // shares of the fluke's width
        const bool mirrored = random.below(2) == 1, right = random.below(2) == 1;
        Window window;
        window.turn = random.uniform(-mostTurn, mostTurn);
        window.height = (box[3] - box[1]) * random.uniform(0.9, 1.4);
        window.centreY = (box[1] + box[3]) / 2;
        window.width = width * (margin + end) * (mirrored ? -1 : 1);
        window.centreX = right ? box[2] + width * (margin - end) / 2 : box[0] - width * (margin - end) / 2;
        if (width < narrowest)
            continue;
        windows.push_back(window);
        rows.push_back(i);
    }
    return rowsThrough(windows, rows, scene.photos);
}

torch::Tensor coarsened(const torch::Tensor &photos, Random &random)
{
    namespace functional = torch::nn::functional;
    constexpr std::array<std::int64_t, 4> sides{40, 56, 72, 96};
    constexpr std::uint64_t oneIn = 3;
    const std::int64_t side = sides[random.below(sides.size())];
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < photos.size(0); ++i) {
        if (random.below(oneIn) == 0)
            rows.push_back(i);
    }
    if (rows.empty())
        return photos;
    const torch::Tensor chosen = torch::tensor(rows, torch::kLong);
    const torch::Tensor few = torch::adaptive_avg_pool2d(photos.index_select(0, chosen), {side, side});
    const auto size = std::vector<std::int64_t>{photos.size(2), photos.size(3)};
    return photos.index_copy(0, chosen, functional::interpolate(few, functional::InterpolateFuncOptions()
                                                                         .size(size).mode(torch::kBilinear).align_corners(false)));
}

} // namespace flukeprint::learning
