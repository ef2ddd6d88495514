#pragma once

#include "core/base/result.h"
#include "core/protocol/presets.h"
#include "core/workflows/training/training_request.h"

#include <filesystem>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

/// The weights that a run starts from, by the rules of TrainingRequest::startModelFile; empty: random. Errors: those of ModelStore.
Result<std::filesystem::path> chooseStartModel(catalogue::Catalogue &catalogue, const TrainingRequest &request,
                                               const protocol::RunConfig &config);

} // namespace flukeprint::workflows
