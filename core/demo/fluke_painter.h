#pragma once

#include "core/demo/fluke_genome.h"
#include "core/demo/scene.h"
#include "core/imaging/box.h"
#include "core/imaging/image.h"

#include <memory>

namespace flukeprint::demo {

struct PaintedPhoto
{
    imaging::Image image;
    imaging::Box box; ///< of the visible part of the fluke, without the tail stock
};

/// Paints photos of one whale. Painting the skin costs as much as a photo, so keep the painter for all photos of a
/// whale. `paint` is thread-safe and gives the same picture for the same scene.
class FlukePainter
{
public:
    explicit FlukePainter(const FlukeGenome &genome);
    FlukePainter(FlukePainter &&) noexcept;
    FlukePainter &operator=(FlukePainter &&) noexcept;
    ~FlukePainter();

    [[nodiscard]] PaintedPhoto paint(const Scene &scene) const;

private:
    struct Whale;
    std::unique_ptr<const Whale> m_whale;
};

} // namespace flukeprint::demo
