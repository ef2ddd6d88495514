#include "core/workflows/training/start_model.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/model_store.h"

#include <algorithm>

namespace flukeprint::workflows {

Result<std::filesystem::path> chooseStartModel(catalogue::Catalogue &catalogue, const TrainingRequest &request,
                                               const protocol::RunConfig &config)
{
    if (!request.startModelFile.empty())
        return std::filesystem::absolute(request.startModelFile);
    if (request.fromScratch || !config.values.contains("network"))
        return std::filesystem::path();
    auto models = catalogue::ModelStore(catalogue).list();
    if (!models)
        return models.error();
    // The serving one first, then the newest.
    std::ranges::stable_partition(*models, &catalogue::Model::active);
    const QString network = QString::fromStdString(config.text("network"));
    for (const catalogue::Model &model : *models) {
        const std::filesystem::path file = catalogue.resolve(model.file);
        if (model.architecture == network && std::filesystem::exists(file))
            return file;
    }
    return std::filesystem::path();
}

} // namespace flukeprint::workflows
