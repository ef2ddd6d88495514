#include "core/learning/worker/preview.h"

#include "core/chips/chip_pack.h"
#include "core/learning/augmentation/contact_sheet.h"

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include <algorithm>
#include <optional>
#include <span>

namespace flukeprint::learning {

namespace {

constexpr std::int32_t mostVariants = 16;

/// Bytes [N, 3, H, W]; they are those of the pack.
torch::Tensor chipsOf(const chips::ChipPackReader &pack)
{
    const chips::ChipShape shape = pack.shape();
    torch::Tensor chips = torch::empty({static_cast<std::int64_t>(pack.count()), shape.heightPx, shape.widthPx, shape.channels}, torch::kByte);
    for (std::size_t i = 0; i < pack.count(); ++i)
        std::ranges::copy(pack.chip(i), chips[static_cast<std::int64_t>(i)].data_ptr<std::uint8_t>());
    return chips.permute({0, 3, 1, 2});
}

} // namespace

JobResult previewAugmentation(const protocol::PreviewJob &job)
{
    const std::optional<AugmentationOptions> augmentation = AugmentationOptions::named(job.augmentation);
    if (!augmentation)
        return Error(ErrorCode::InvalidArgument, {"augmentation", job.augmentation, "off, light, standard, strong"});
    if (job.variants < 1 || job.variants > mostVariants)
        return Error(ErrorCode::InvalidArgument, {"variants", std::to_string(job.variants), "1 to 16"});
    const Result<chips::ChipPackReader> pack = chips::ChipPackReader::open(job.packPath);
    if (!pack)
        return pack.error();
    if (pack->shape().channels != 3)
        return Error(ErrorCode::InvalidArgument, {"channels", std::to_string(pack->shape().channels), "3"});
    const torch::NoGradGuard noGradient;
    Augmenter augmenter(*augmentation, job.seed);
    Random random(job.seed, "preview");
    const torch::Tensor sheet = augmentationSheet(chipsOf(*pack), augmenter, random, job.variants);
    const chips::ChipShape shape{static_cast<std::uint32_t>(sheet.size(1)), static_cast<std::uint32_t>(sheet.size(0)), 3};
    Result<chips::ChipPackWriter> writer = chips::ChipPackWriter::create(job.outputPath, shape);
    if (!writer)
        return writer.error();
    const std::span<const std::uint8_t> pixels(sheet.data_ptr<std::uint8_t>(), shape.byteCount());
    if (const Result<void> added = writer->append(AnnotationId(1), pixels); !added)
        return added.error();
    if (const Result<void> finished = writer->finish(); !finished)
        return finished.error();
    return nlohmann::json{{"width", shape.widthPx}, {"height", shape.heightPx}}.dump();
}

} // namespace flukeprint::learning
