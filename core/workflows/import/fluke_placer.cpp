#include "core/workflows/import/fluke_placer.h"

#include "core/workflows/box_conversion.h"
#include "core/workflows/training/background_worker.h"

#include <algorithm>

namespace flukeprint::workflows {

FlukePlacer::FlukePlacer(const jobs::WorkerOptions &worker, chips::ChipShape shape, const jobs::WorkContext &context)
    : m_worker(inBackground(worker))
    , m_shape(shape)
    , m_context(context)
{
    if (const auto model = shippedLocaliser())
        m_locator = std::make_unique<FlukeLocator>(*model, m_worker);
}

void FlukePlacer::giveUp(const Error &reason)
{
    m_locator.reset();
    if (m_context.warn)
        m_context.warn(localiserFailure(reason));
}

void FlukePlacer::keepGuesses(std::span<PreparedFile *const> files)
{
    for (PreparedFile *file : files)
        file->boxGuessed = true;
}

Result<void> FlukePlacer::place(std::span<PreparedFile> files)
{
    std::vector<PreparedFile *> open;
    for (PreparedFile &file : files) {
        if (file.unplaced && !file.error && !file.fatal && file.annotations.size() == 1)
            open.push_back(&file);
    }
    if (!m_locator) {
        keepGuesses(open);
        return {};
    }
    std::vector<std::vector<std::uint8_t>> photos;
    for (PreparedFile *file : open)
        photos.push_back(std::move(file->unplaced->squashed));
    const auto found = m_locator->locate(photos, m_context.stop);
    if (!found && found.error().code == ErrorCode::Cancelled)
        return found.error();
    if (!found) {
        giveUp(found.error());
        keepGuesses(open);
        return {};
    }
    for (std::size_t i = 0; i < open.size(); ++i) {
        auto placed = placeFluke(*open[i]->unplaced, (*found)[i], m_shape);
        if (!placed)
            continue; // the guess stays
        PreparedAnnotation &annotation = open[i]->annotations.front();
        const bool isFluke = placed->origin == imaging::BoxOrigin::Automatic;
        annotation.record.box = catalogueBox(placed->box);
        annotation.record.boxSource = isFluke ? catalogue::BoxSource::Automatic : catalogue::BoxSource::Frame;
        annotation.record.quality = 6 - std::clamp(placed->qualityGrade, 1, 5);
        annotation.chip = std::move(placed->chip);
        open[i]->withoutFluke = !isFluke;
    }
    return {};
}

} // namespace flukeprint::workflows
