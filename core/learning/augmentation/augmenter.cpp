#include "core/learning/augmentation/augmenter.h"

#include "core/learning/augmentation/jpeg_blocks.h"
#include "core/learning/augmentation/photo_changes.h"
#include "core/learning/augmentation/pixel_values.h"
#include "core/learning/networks/upload.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace flukeprint::learning {

namespace {

Matrix3 multiply(const Matrix3 &a, const Matrix3 &b)
{
    Matrix3 product{};
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            for (std::size_t k = 0; k < 3; ++k)
                product[row * 3 + column] += a[row * 3 + k] * b[k * 3 + column];
        }
    }
    return product;
}

double symmetric(Random &random, double limit) { return random.uniform(-limit, limit); }

/// Where a pixel of the result comes from, both in -1..1 of width and height. Rotation and shear happen in true proportions.
Matrix3 drawWarp(const AugmentationOptions &options, double aspect, Random &random)
{
    constexpr double radians = std::numbers::pi / 180;
    const double angle = symmetric(random, options.rotation) * radians;
    const double shear = std::tan(symmetric(random, options.shear) * radians);
    const double scaleX = std::exp(symmetric(random, options.scale));
    const double scaleY = std::exp(symmetric(random, options.scale));
    const double shiftX = 2 * symmetric(random, options.shift);
    const double shiftY = 2 * symmetric(random, options.shift);
    const double tiltX = symmetric(random, options.perspective);
    const double tiltY = symmetric(random, options.perspective);
    const Matrix3 turn{std::cos(angle), -std::sin(angle) / aspect, 0, std::sin(angle) * aspect, std::cos(angle), 0, 0, 0, 1};
    const Matrix3 slant{1, shear / aspect, 0, 0, 1, 0, 0, 0, 1};
    const Matrix3 size{scaleX, 0, shiftX, 0, scaleY, shiftY, 0, 0, 1};
    const Matrix3 tilt{1, 0, 0, 0, 1, 0, tiltX, tiltY, 1};
    return multiply(multiply(size, multiply(turn, slant)), tilt);
}

} // namespace

std::optional<AugmentationOptions> AugmentationOptions::named(const std::string &name)
{
    if (name == "off")
        return AugmentationOptions{};
    AugmentationOptions options{.rotation = 10, .shear = 8, .scale = 0.15, .shift = 0.06, .perspective = 0.15,
                                .eraseChance = 0.3, .eraseSize = 0.3, .blurChance = 0.2, .brightness = 0.1, .contrast = 0.3,
                                .gamma = 0.3, .colourCast = 0.1, .greyChance = 0.2, .noise = 0.03};
    if (name == "standard")
        return options;
    const double factor = name == "light" ? 0.5 : 1.6;
    if (name != "light" && name != "strong")
        return std::nullopt;
    for (double *value : {&options.rotation, &options.shear, &options.scale, &options.shift, &options.perspective,
                          &options.eraseChance, &options.blurChance, &options.brightness, &options.contrast, &options.gamma,
                          &options.colourCast, &options.greyChance, &options.noise})
        *value *= factor;
    if (name == "strong")
        options.blockChance = 0.15;
    return options;
}

bool AugmentationOptions::isOff() const
{
    const std::array values{rotation, shear, scale, shift, perspective, eraseChance, blurChance, brightness, contrast, gamma,
                            colourCast, greyChance, noise, blockChance};
    return std::all_of(values.begin(), values.end(), [](double value) { return value == 0; });
}

Augmenter::Augmenter(const AugmentationOptions &options, std::uint64_t seed)
    : m_options(options)
    , m_seed(seed)
{
}

torch::Tensor Augmenter::apply(const torch::Tensor &photos, Random &random)
{
    const torch::NoGradGuard noGradient;
    if (m_options.isOff() || photos.size(0) == 0)
        return photos.clone();
    torch::Tensor changed = changeTones(warp(photos, random), random);
    blurSome(changed, random);
    addNoise(changed, random);
    eraseBoxes(changed, random);
    blockSome(changed, random);
    return changed.clamp_(0, white);
}

torch::Tensor Augmenter::warp(const torch::Tensor &photos, Random &random) const
{
    const double aspect = static_cast<double>(photos.size(3)) / static_cast<double>(photos.size(2));
    std::vector<Matrix3> maps;
    for (std::int64_t i = 0; i < photos.size(0); ++i)
        maps.push_back(drawWarp(m_options, aspect, random));
    return warped(photos, maps);
}

torch::Tensor Augmenter::changeTones(const torch::Tensor &photos, Random &random) const
{
    Tones tones;
    for (std::int64_t i = 0; i < photos.size(0); ++i) {
        tones.brightness.push_back(symmetric(random, m_options.brightness) * white);
        tones.contrast.push_back(std::exp(symmetric(random, m_options.contrast)));
        tones.gamma.push_back(std::exp(symmetric(random, m_options.gamma)));
        for (int channel = 0; channel < 3; ++channel)
            tones.cast.push_back(std::exp(symmetric(random, m_options.colourCast)));
        tones.grey.push_back(random.uniform() < m_options.greyChance ? 1.0 : 0.0);
    }
    return toned(photos, tones);
}

void Augmenter::blurSome(torch::Tensor &photos, Random &random) const
{
    std::vector<std::int64_t> rows;
    std::vector<double> strength;
    for (std::int64_t i = 0; i < photos.size(0); ++i) {
        const bool chosen = random.uniform() < m_options.blurChance;
        const double drawn = random.uniform(0.5, 2);
        if (!chosen)
            continue;
        rows.push_back(i);
        strength.push_back(drawn);
    }
    if (rows.empty())
        return;
    const torch::Tensor index = uploaded(torch::tensor(rows), photos.device());
    photos.index_copy_(0, index, blurred(photos.index_select(0, index), strength));
}

torch::Tensor Augmenter::noiseTable(std::int64_t count, const torch::Device &device)
{
    if (!m_noise.defined() || m_noise.size(0) < count) {
        Random random(m_seed, "noise-table");
        torch::Tensor table = torch::empty({count}, torch::kFloat);
        float *values = table.data_ptr<float>();
        for (std::int64_t i = 0; i < count; ++i)
            values[i] = static_cast<float>(random.normal());
        m_noise = table;
    }
    if (m_noise.device() != device)
        m_noise = m_noise.to(device);
    return m_noise;
}

void Augmenter::addNoise(torch::Tensor &photos, Random &random)
{
    if (m_options.noise <= 0)
        return;
    const std::int64_t pixels = photos[0].numel();
    // A stretch of one long table for each photo costs a copy; fresh normal values would cost more than the warp.
    const torch::Tensor table = noiseTable(4 * pixels, photos.device());
    for (std::int64_t i = 0; i < photos.size(0); ++i) {
        const bool chosen = random.below(2) == 1;
        const double deviation = random.uniform(0, m_options.noise) * white;
        const auto start = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(3 * pixels)));
        if (chosen)
            photos[i].add_(table.narrow(0, start, pixels).view_as(photos[i]), deviation);
    }
}

void Augmenter::eraseBoxes(torch::Tensor &photos, Random &random)
{
    const std::int64_t height = photos.size(2);
    const std::int64_t width = photos.size(3);
    const auto side = [&](std::int64_t length) {
        return std::clamp<std::int64_t>(std::llround(random.uniform(0.05, std::max(0.05, m_options.eraseSize))
                                                     * static_cast<double>(length)), 1, length);
    };
    const auto start = [&](std::int64_t length, std::int64_t box) {
        return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(length - box + 1)));
    };
    for (std::int64_t i = 0; i < photos.size(0); ++i) {
        const bool chosen = random.uniform() < m_options.eraseChance;
        const std::uint64_t boxes = chosen ? 1 + random.below(3) : 0;
        for (std::uint64_t box = 0; box < boxes; ++box) {
            const std::int64_t boxWidth = side(width);
            const std::int64_t boxHeight = side(height);
            const std::int64_t left = start(width, boxWidth);
            const std::int64_t top = start(height, boxHeight);
            const std::uint64_t kind = random.below(3);
            torch::Tensor area = photos[i].narrow(1, top, boxHeight).narrow(2, left, boxWidth);
            if (kind == 0)
                area.fill_(random.uniform(0.75, 1) * white);
            else if (kind == 1)
                area.copy_(photos[i].mean({1, 2}, true).expand_as(area));
            else
                area.copy_(noiseTable(4 * photos[0].numel(), photos.device()).narrow(0, 0, area.numel()).view_as(area))
                    .mul_(0.2 * white).add_(random.uniform(0.3, 0.9) * white);
        }
    }
}

void Augmenter::blockSome(torch::Tensor &photos, Random &random) const
{
    constexpr double lowestQuality = 20;
    constexpr double highestQuality = 80;
    std::vector<std::int64_t> rows;
    std::vector<double> qualities;
    for (std::int64_t i = 0; i < photos.size(0); ++i) {
        const bool chosen = random.uniform() < m_options.blockChance;
        const double quality = random.uniform(lowestQuality, highestQuality);
        if (!chosen)
            continue;
        rows.push_back(i);
        qualities.push_back(quality);
    }
    if (rows.empty())
        return;
    const torch::Tensor index = uploaded(torch::tensor(rows), photos.device());
    photos.index_copy_(0, index, asJpegBlocks(photos.index_select(0, index).clamp(0, white), qualities));
}

} // namespace flukeprint::learning
