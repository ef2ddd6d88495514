#include "core/learning/augmentation/contact_sheet.h"

#include <torch/torch.h>

namespace flukeprint::learning {

torch::Tensor contactSheet(const torch::Tensor &photos, const ContactSheetOptions &options)
{
    const std::int64_t count = photos.size(0);
    if (count == 0)
        return torch::zeros({0, 0, 3}, torch::kByte);
    torch::Tensor bytes = photos.detach().to(torch::kCPU);
    if (bytes.scalar_type() != torch::kByte)
        bytes = bytes.clamp(0, 255).round().to(torch::kByte);
    const std::int64_t height = photos.size(2) + options.gapPx;
    const std::int64_t width = photos.size(3) + options.gapPx;
    const std::int64_t rows = (count + options.columns - 1) / options.columns;
    torch::Tensor sheet = torch::full({options.gapPx + rows * height, options.gapPx + options.columns * width, 3},
                                      options.background, torch::kByte);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t top = options.gapPx + i / options.columns * height;
        const std::int64_t left = options.gapPx + i % options.columns * width;
        sheet.narrow(0, top, photos.size(2)).narrow(1, left, photos.size(3)).copy_(bytes[i].permute({1, 2, 0}));
    }
    return sheet;
}

torch::Tensor augmentationSheet(const torch::Tensor &photos, Augmenter &augmenter, Random &random,
                                std::int64_t variants, ContactSheetOptions options)
{
    options.columns = 1 + variants;
    const torch::Tensor plain = photos.to(torch::kFloat).contiguous();
    std::vector<torch::Tensor> columns{plain};
    for (std::int64_t i = 0; i < variants; ++i)
        columns.push_back(augmenter.apply(plain, random));
    return contactSheet(torch::stack(columns, 1).flatten(0, 1), options);
}

} // namespace flukeprint::learning
