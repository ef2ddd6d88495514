#pragma once

#include "core/base/result.h"
#include "core/protocol/presets.h"
#include "core/workflows/training/training_request.h"

#include <filesystem>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

struct StartModelChoice
{
    std::filesystem::path file; ///< empty: random weights
    bool freshHead = false;
};

/// The weights that a run starts from, by the rules of TrainingRequest::startModelFile. Errors: those of ModelStore.
Result<StartModelChoice> chooseStartModel(catalogue::Catalogue &catalogue, const TrainingRequest &request, const protocol::RunConfig &config);

/// Whether a run can start from these weights, by the file's header alone: the worker looks at the tensors themselves. Weights
/// without a head (ImageNet's) fit any. Errors: those of readModelHeader; ModelIncompatible {path, what differs}: another
/// architecture or, unless `freshHead`, another dimension or other hidden layers.
Result<void> checkStartModel(const std::filesystem::path &path, const protocol::RunConfig &config, bool freshHead);

} // namespace flukeprint::workflows
