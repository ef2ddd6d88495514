#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/protocol/jobs.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flukeprint::workflows {

/// What a person asks for when they start a run; kept in Run::configJson, so that a run can be resumed or rerun.
struct TrainingRequest
{
    std::string preset = "flukeprint";
    std::map<std::string, std::string> settings; ///< only what differs from the preset
    std::string name; ///< of the run and of its model; empty: RunStore::freeName
    protocol::Device device = protocol::Device::Auto;
    int threads = 0; ///< 0: all cores
    std::filesystem::path splitFile; ///< see FreezeOptions; empty: by encounter
    std::filesystem::path calibrationFile;
    /// Unidentified photos are new animals: strangers to learn from. Not said: only with a table of roles, since a season's photos that nobody
    /// has looked at yet are mostly of known animals.
    std::optional<bool> unidentifiedAreNew;
    /// Weights to start from. Empty and not `fromScratch`: the active model if its architecture fits, else another model of
    /// the catalogue whose architecture fits (the shipped one among them), else random.
    /// With a head of its own it must have the run's dimension and hidden layers.
    std::filesystem::path startModelFile;
    /// Take the start model's trunk alone. Set by itself where the model that was chosen by the rule above has another head.
    bool freshHead = false;
    bool fromScratch = false;
    /// Triplets to learn from instead of what the preset draws; see TripletTable. Empty: none.
    std::filesystem::path tripletsFile;
    /// Freeze the data, leave `job.json` in the run folder for workers that something else starts, and end as cancelled: resumed, the run
    /// takes over what they have done. Not kept in Run::configJson.
    bool prepareOnly = false;
};

/// The new model against the one that serves, on the run's validation queries against its training photos (a photo of the
/// query's own group is never a match), both at their own input size. Kept as `comparison.json` in the run folder.
struct ModelComparison
{
    struct Figures
    {
        double map5 = 0; ///< 0..1
        double top1 = 0;
        double top5 = 0;
    };
    ModelId active;
    std::string activeName;
    Figures trained;
    Figures serving;
    std::size_t queries = 0; ///< scored
    /// Of these queries, how many the serving model was itself trained on (known where its own run is in this catalogue): with any,
    /// it looks better here than it is.
    std::size_t seenByServing = 0;
};

struct TrainingOutcome
{
    RunId run;
    ModelId model;
    std::string modelName;
    std::string modelPath; ///< absolute
    std::string metricsJson; ///< object, as the worker's Done gave it
    std::optional<ModelComparison> comparison; ///< none without an active model or without validation photos
    std::vector<Error> warnings;
};

} // namespace flukeprint::workflows
