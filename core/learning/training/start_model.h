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
    std::vector<std::string> unexpected; ///< tensors of the start weights that were left out
    std::vector<std::string> differences; ///< between the start model's head and this one that weights do not show: "pooling max instead of gem"
};

/// The network of the configuration with the weights of `startModelPath` (empty: random, by the configuration's seed). A model whose batch norm was
/// folded gets it back, measured on training photos. `freshHead`: only the trunk's weights are taken. Seeds torch's global generator.
/// Errors: those of loadModel; ModelIncompatible {path, what}: another architecture or, where the model has a head and it is
/// taken, another dimension or other hidden layers.
Result<StartModel> makeStartModel(const protocol::RunConfig &config, const std::string &startModelPath, const RunData &data,
                                  bool freshHead = false);

/// The same network with weights still to be filled from a checkpoint, whose `info` tells padding, epsilon and normalisation.
Result<StartModel> makeResumedModel(const protocol::RunConfig &config, const ModelInfo &info, const RunData &data);

} // namespace flukeprint::learning
