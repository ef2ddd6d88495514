#pragma once

#include "core/learning/networks/network.h"
#include "core/learning/training/batch_loader.h"
#include "tests/learning/toy_run.h"

#include <torch/torch.h>

/// A toy run's data and network in this process, for tests of the trainer's parts.
namespace flukeprint::learning {

inline protocol::RunConfig configOf(const protocol::TrainJob &job) { return protocol::resolve(job.preset, job.settings).value(); }

/// Writes the run's files to `folder` and loads them.
inline RunData loadToyRun(const QString &folder)
{
    writeRun(folder);
    const protocol::TrainJob job = jobFor(folder);
    return RunData::load(job.runFolder, job.packPath, configOf(job)).value();
}

inline EmbeddingNetwork toyNetwork(const std::string &architecture = "mobilenet_v2", std::int64_t dimension = 16)
{
    torch::manual_seed(3);
    NetworkOptions options;
    options.architecture = architecture;
    options.dimension = dimension;
    options.bnNeck = true;
    return makeNetwork(options).value();
}

} // namespace flukeprint::learning
