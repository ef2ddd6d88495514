#pragma once

#include "core/catalogue/run_store.h"
#include "core/workflows/training/training_controller.h"
#include "tests/workflows/training_catalogue.h"

#include <memory>
#include <optional>

namespace flukeprint::workflows {

/// A catalogue of six individuals with four photos each, and a controller whose worker is scripted: ten steps, a checkpoint at every
/// second one.
struct RunBench
{
    RunBench() { catalogue.fill(6, 4); }

    void makeController(const QStringList &worker = {QStringLiteral("well")})
    {
        controller.reset();
        queue = std::make_unique<jobs::JobQueue>();
        controller = std::make_unique<TrainingController>(*catalogue, *queue, scriptedWorker(worker));
        QObject::connect(controller.get(), &TrainingController::finished, controller.get(),
                         [this](RunId, const TrainingOutcome &what) { outcome = what; });
        QObject::connect(controller.get(), &TrainingController::failed, controller.get(), [this](RunId, const Error &what) { failure = what; });
    }
    [[nodiscard]] catalogue::Run run(RunId id) { return catalogue::RunStore(*catalogue).get(id).value(); }
    [[nodiscard]] static TrainingRequest request()
    {
        TrainingRequest request;
        request.settings = {{"input_width", "32"}, {"input_height", "32"}};
        return request;
    }

    TrainingCatalogue catalogue;
    std::unique_ptr<jobs::JobQueue> queue;
    std::unique_ptr<TrainingController> controller; ///< before the queue it goes
    std::optional<TrainingOutcome> outcome;
    std::optional<Error> failure;
};

} // namespace flukeprint::workflows
