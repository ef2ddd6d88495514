#include "core/learning/worker/inspect.h"

#include "core/learning/model/model_file.h"
#include "core/learning/model/model_metadata.h"

#include <nlohmann/json.hpp>

namespace flukeprint::learning {

JobResult inspectModel(const protocol::InspectJob &job)
{
    Result<LoadedModel> model = (job.listMissing ? listModel : loadModel)(job.modelPath, job.architecture);
    if (!model)
        return model.error();
    if (!job.exportPath.empty() && !job.listMissing) {
        if (Result<void> saved = saveModel(job.exportPath, model->info, model->network, false); !saved)
            return saved.error();
    }
    nlohmann::json result = modelMetadata(model->info);
    result["dimension"] = model->embeddingDimension();
    result["input_width"] = model->info.inputWidthPx;
    result["input_height"] = model->info.inputHeightPx;
    for (const char *key : {"network", "metrics", "calibration"})
        result[key] = nlohmann::json::parse(result[key].get<std::string>());
    result["missing"] = model->missing;
    result["unexpected"] = model->unexpected;
    return result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace flukeprint::learning
