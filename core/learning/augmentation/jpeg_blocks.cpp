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

constexpr std::int64_t side = 8;
constexpr double middle = 128;

using Table = std::array<int, 64>;
constexpr Table luminance{16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
                          14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
                          18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
                          49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
constexpr Table chrominance{17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
                            99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                            99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

/// Orthonormal cosine transform of 8 values: [8, 8], a row a frequency.
torch::Tensor cosineTransform(const torch::Tensor &like)
{
    torch::Tensor matrix = torch::empty({side, side}, torch::kDouble);
    auto cells = matrix.accessor<double, 2>();
    for (std::int64_t frequency = 0; frequency < side; ++frequency) {
        const double scale = std::sqrt((frequency == 0 ? 1.0 : 2.0) / static_cast<double>(side));
        for (std::int64_t place = 0; place < side; ++place)
            cells[frequency][place] =
                scale * std::cos(std::numbers::pi * static_cast<double>((2 * place + 1) * frequency) / 16);
    }
    return uploadedLike(matrix, like);
}

/// Steps of the three channels, [N, 3, 8, 8].
torch::Tensor quantisation(const std::vector<double> &qualities, const torch::Tensor &like)
{
    std::vector<double> steps;
    for (const double wanted : qualities) {
        const double quality = std::clamp(std::round(wanted), 1.0, 100.0);
        const double scale = std::floor(quality < 50 ? 5000 / quality : 200 - 2 * quality);
        for (const Table *table : {&luminance, &chrominance, &chrominance}) {
            for (const int base : *table)
                steps.push_back(std::clamp(std::floor((base * scale + 50) / 100), 1.0, white));
        }
    }
    return uploadedLike(torch::tensor(steps, torch::kDouble).view({-1, 3, side, side}), like);
}

// JFIF's, without offsets.
constexpr Matrix3 rgbToYcc{0.299, 0.587, 0.114, -0.168736, -0.331264, 0.5, 0.5, -0.418688, -0.081312};
constexpr Matrix3 yccToRgb{1, 0, 1.402, 1, -0.344136, -0.714136, 1, 1.772, 0};

torch::Tensor colourTransform(const Matrix3 &matrix, const torch::Tensor &like)
{
    return uploadedLike(torch::tensor(std::vector<double>(matrix.begin(), matrix.end()), torch::kDouble).view({3, 3}), like);
}

} // namespace

torch::Tensor asJpegBlocks(const torch::Tensor &photos, const std::vector<double> &qualities)
{
    namespace functional = torch::nn::functional;
    if (photos.size(0) == 0)
        return photos.clone();
    const std::int64_t count = photos.size(0);
    const std::int64_t down = (photos.size(2) + side - 1) / side;
    const std::int64_t across = (photos.size(3) + side - 1) / side;
    const torch::Tensor padded =
        functional::pad(photos,
                        functional::PadFuncOptions({0, across * side - photos.size(3), 0, down * side - photos.size(2)})
                            .mode(torch::kReplicate));
    // Grey level 128 is zero in every channel.
    const torch::Tensor channels = colourTransform(rgbToYcc, photos).matmul((padded - middle).flatten(2));
    const torch::Tensor blocks = channels.reshape({count, 3, down, side, across, side}).permute({0, 1, 2, 4, 3, 5});
    const torch::Tensor cosines = cosineTransform(photos);
    const torch::Tensor steps = quantisation(qualities, photos).view({count, 3, 1, 1, side, side});
    const torch::Tensor kept = torch::round(cosines.matmul(blocks).matmul(cosines.t()) / steps) * steps;
    const torch::Tensor back = cosines.t().matmul(kept).matmul(cosines).permute({0, 1, 2, 4, 3, 5});
    const torch::Tensor colours =
        colourTransform(yccToRgb, photos).matmul(back.reshape({count, 3, down * side * across * side}));
    return (colours.reshape(padded.sizes()) + middle)
        .narrow(2, 0, photos.size(2))
        .narrow(3, 0, photos.size(3))
        .clamp(0, white)
        .contiguous();
}

} // namespace flukeprint::learning
