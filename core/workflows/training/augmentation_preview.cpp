#include "core/workflows/training/augmentation_preview.h"

#include "core/base/atomic_file.h"
#include "core/catalogue/catalogue.h"
#include "core/chips/chip_pack.h"
#include "core/imaging/decode.h"
#include "core/jobs/worker_call.h"
#include "core/protocol/presets.h"
#include "core/workflows/scratch_folder.h"
#include "core/workflows/training/labelled_annotations.h"
#include "core/workflows/training/run_pack.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace flukeprint::workflows {

namespace {

constexpr std::int32_t mostPhotos = 12;
constexpr std::int32_t mostVariants = 8;
constexpr double longestSidePx = 256;

/// As the run's chips, but no larger than a sheet of them can show.
chips::ChipShape previewShapeOf(const protocol::RunConfig &config)
{
    const auto width = static_cast<double>(config.integer("input_width"));
    const auto height = static_cast<double>(config.integer("input_height"));
    const double scale = std::min(1.0, longestSidePx / std::max(width, height));
    const auto side = [scale](double full) { return static_cast<std::uint32_t>(std::max(1L, std::lround(full * scale))); };
    return {side(width), side(height), 3};
}

/// Identified ones before others, spread over all.
Result<std::vector<AnnotationId>> choosePhotos(catalogue::Catalogue &catalogue, std::int32_t wanted)
{
    auto annotations = labelledAnnotations(catalogue);
    if (!annotations)
        return annotations.error();
    if (annotations->empty())
        return Error(ErrorCode::TooFewPhotos, {"0", "1"});
    const bool anyIdentified = std::ranges::any_of(*annotations, [](const auto &annotation) { return annotation.individual.isValid(); });
    if (anyIdentified)
        std::erase_if(*annotations, [](const auto &annotation) { return !annotation.individual.isValid(); });
    const std::size_t count = std::min(static_cast<std::size_t>(wanted), annotations->size());
    std::vector<AnnotationId> chosen;
    for (std::size_t i = 0; i < count; ++i)
        chosen.push_back((*annotations)[i * annotations->size() / count].id);
    return chosen;
}

Result<void> checkNumber(const char *name, std::int32_t value, std::int32_t largest)
{
    if (value >= 1 && value <= largest)
        return {};
    return Error(ErrorCode::InvalidArgument, {name, std::to_string(value), "1 to " + std::to_string(largest)});
}

Result<imaging::Image> readSheet(const std::string &path)
{
    const auto pack = chips::ChipPackReader::open(path);
    if (!pack)
        return pack.error();
    if (pack->count() != 1 || pack->shape().channels != 3)
        return Error(ErrorCode::WorkerProtocol, {"preview"});
    imaging::Image image(static_cast<int>(pack->shape().widthPx), static_cast<int>(pack->shape().heightPx));
    std::ranges::copy(pack->chip(0), image.pixels.begin());
    return image;
}

} // namespace

Result<imaging::Image> previewAugmentation(catalogue::Catalogue &catalogue, const PreviewRequest &request, const jobs::WorkContext &context)
{
    const auto config = protocol::resolve(request.preset, request.settings);
    if (!config)
        return config.error();
    for (const auto &checked : {checkNumber("photos", request.photos, mostPhotos), checkNumber("variants", request.variants, mostVariants)}) {
        if (!checked)
            return checked.error();
    }
    const auto chosen = choosePhotos(catalogue, request.photos);
    if (!chosen)
        return chosen.error();
    const ScratchFolder folder;
    if (!folder.isValid())
        return Error(ErrorCode::FileUnwritable, {folder.path().toStdString(), folder.errorString().toStdString()});
    protocol::PreviewJob job;
    job.packPath = folder.filePath(QStringLiteral("chips.fpc")).toStdString();
    job.outputPath = folder.filePath(QStringLiteral("sheet.fpc")).toStdString();
    job.augmentation = config->textOr("augmentation", "off");
    job.variants = request.variants;
    job.seed = request.seed;
    const auto packed = writeChipPack(catalogue, *chosen, previewShapeOf(*config), job.packPath, context);
    if (!packed)
        return packed.error();
    if (context.progress)
        context.progress({"drawing_preview", 0, 0, {}});
    jobs::WorkerProcess worker(request.worker);
    const auto answer = jobs::callWorker(worker, job, context.stop, {}, context.pause);
    return answer ? readSheet(job.outputPath) : Result<imaging::Image>(answer.error());
}

Result<void> writeAugmentationPreview(catalogue::Catalogue &catalogue, const PreviewRequest &request, const std::filesystem::path &path,
                                      const jobs::WorkContext &context)
{
    const auto image = previewAugmentation(catalogue, request, context);
    if (!image)
        return image.error();
    const auto png = imaging::encodePng(*image);
    if (!png)
        return png.error();
    return writeFileAtomically(path, std::string_view(reinterpret_cast<const char *>(png->data()), png->size()));
}

std::unique_ptr<jobs::Job> makePreviewJob(const catalogue::Catalogue &catalogue, const PreviewRequest &request,
                                          std::function<void(const Result<imaging::Image> &)> ready)
{
    const auto config = protocol::resolve(request.preset, request.settings);
    jobs::JobTraits traits;
    traits.title = {"preview", {config ? config->textOr("augmentation", "off") : std::string()}};
    const auto work = [&catalogue, request](const jobs::WorkContext &context) -> Result<imaging::Image> {
        auto connection = catalogue.openConnection();
        if (!connection)
            return connection.error();
        return previewAugmentation(*connection, request, context);
    };
    return jobs::makeThreadJob<imaging::Image>(std::move(traits), work, std::move(ready));
}

} // namespace flukeprint::workflows
