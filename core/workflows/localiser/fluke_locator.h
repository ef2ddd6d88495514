#pragma once

#include "core/base/error.h"
#include "core/base/result.h"
#include "core/chips/chip_pack.h"
#include "core/imaging/image.h"
#include "core/imaging/prepare.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/jobs.h"
#include "core/workflows/scratch_folder.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace flukeprint::workflows {

/// Size to which a photo is squashed before its fluke is located.
inline constexpr chips::ChipShape locatorShape{128, 128, 3};

/// What is warned about when boxes are guessed because the localiser failed for `reason`: JobFailed {"localiser", name of the reason's
/// code, its args}.
[[nodiscard]] Error localiserFailure(const Error &reason);

/// The localiser that came with the program: the file that FLUKEPRINT_LOCALISER names, else ../share/flukeprint/localiser beside the
/// program, else the source tree's resources/localiser. nullopt: none, or FLUKEPRINT_LOCALISER is "none".
[[nodiscard]] std::optional<std::filesystem::path> shippedLocaliser();

/// Pixels of `photo` as the localiser wants them. Thread-safe. Errors: InvalidArgument (empty picture).
Result<std::vector<std::uint8_t>> squashedForLocator(const imaging::Image &photo);

struct LocatedFluke
{
    double left = 0; ///< shares of the photo's sides, 0..1
    double top = 0;
    double right = 1;
    double bottom = 1;
    double presence = 0; ///< probability that there is a fluke at all
    bool isFluke = false; ///< `presence` reaches the localiser's threshold
};

/// A photo whose fluke is still to be located, as it was prepared.
struct UnplacedPhoto
{
    imaging::Image overview;
    double overviewScale = 1; ///< overview px = photo px * overviewScale
    std::vector<std::uint8_t> squashed; ///< squashedForLocator
};

struct PlacedFluke
{
    imaging::Box box; ///< px of the full-size photo; the whole frame where there is no fluke
    imaging::BoxOrigin origin = imaging::BoxOrigin::WholeFrame;
    int qualityGrade = 1; ///< imaging's: 1 (useless) .. 5 (excellent)
    std::vector<std::uint8_t> chip; ///< empty where the overview has too few pixels of the fluke: cut it from the photo
};

/// What follows from where a fluke was found. Thread-safe. Errors: those of extractChip.
Result<PlacedFluke> placeFluke(const UnplacedPhoto &photo, const LocatedFluke &found, chips::ChipShape shape);

/// Asks a worker where the flukes of photos are. Blocks like callWorker, in the thread of `worker`, which must outlive it.
class FlukeLocator
{
public:
    FlukeLocator(std::filesystem::path model, jobs::WorkerProcess &worker);

    /// One entry for each photo, in order; `photos` as squashedForLocator gives them. `threads` 0: all cores. Errors: Cancelled, those
    /// of the worker and of the file.
    Result<std::vector<LocatedFluke>> locate(const std::vector<std::vector<std::uint8_t>> &photos, const std::stop_token &stop,
                                             protocol::Device device = protocol::Device::Auto, int threads = 0);

private:
    std::filesystem::path m_model;
    jobs::WorkerProcess &m_worker;
    ScratchFolder m_folder;
};

} // namespace flukeprint::workflows
