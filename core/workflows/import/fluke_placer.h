#pragma once

#include "core/workflows/import/prepared_file.h"
#include "core/workflows/import_photos.h"

#include <memory>
#include <span>

namespace flukeprint::workflows {

/// Puts better boxes, chips and grades into files that were prepared without a given box. Without a localiser, or once its worker
/// failed (one warning, see localiserFailure), the guesses of the finder without learning stay. Belongs to one thread.
class FlukePlacer
{
public:
    /// `context` must outlive it.
    FlukePlacer(const jobs::WorkerOptions &worker, chips::ChipShape shape, const jobs::WorkContext &context);

    /// False: there is no localiser, and files need not be kept for it.
    [[nodiscard]] bool isReady() const { return m_locator != nullptr; }
    /// Errors: Cancelled.
    Result<void> place(std::span<PreparedFile> files);

private:
    void giveUp(const Error &reason);
    static void keepGuesses(std::span<PreparedFile *const> files);

    jobs::WorkerProcess m_worker;
    std::unique_ptr<FlukeLocator> m_locator;
    chips::ChipShape m_shape;
    const jobs::WorkContext &m_context;
};

} // namespace flukeprint::workflows
