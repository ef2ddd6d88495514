#pragma once

#include "core/base/result.h"
#include "core/learning/model/model_file.h"
#include "core/learning/training/run_data.h"
#include "core/protocol/presets.h"

#include <string>
#include <vector>

namespace flukeprint::learning {

/// A network ready to be trained (train mode, float32, on the CPU), and the description that its model file will carry.
struct StartModel
{
    ModelInfo info;
    EmbeddingNetwork network{nullptr};
    std::vector<std::string> missing; ///< tensors that the start weights did not give: freshly initialised
};

/// The network of the configuration with the weights of `startModelPath` (empty: random, by the configuration's seed). A model whose batch norm was
/// folded gets it back, measured on training photos. Seeds torch's global generator.
/// Errors: those of loadModel; ModelIncompatible (another architecture).
Result<StartModel> makeStartModel(const protocol::RunConfig &config, const std::string &startModelPath, const RunData &data);

/// The same network with weights still to be filled from a checkpoint, whose `info` tells padding, epsilon and normalisation.
Result<StartModel> makeResumedModel(const protocol::RunConfig &config, const ModelInfo &info, const RunData &data);

} // namespace flukeprint::learning
