#include "core/workflows/serving_model.h"

#include "core/base/log.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <map>

namespace flukeprint::workflows {

evaluation::IndividualDistance individualDistanceOf(const catalogue::Model &model)
{
    const QJsonObject metadata = QJsonDocument::fromJson(model.metadataJson.toUtf8()).object();
    const bool ranksCentroids = metadata.value(QStringLiteral("ranking")).toString() == QStringLiteral("centroids");
    return ranksCentroids ? evaluation::IndividualDistance::MeanOfPhotos : evaluation::IndividualDistance::NearestPhoto;
}

evaluation::ScoreCalibration calibrationOf(const catalogue::Model &model)
{
    const QJsonObject object = QJsonDocument::fromJson(model.calibrationJson.toUtf8()).object();
    std::map<std::string, double> values;
    for (auto entry = object.begin(); entry != object.end(); ++entry) {
        if (entry.value().isDouble())
            values[entry.key().toStdString()] = entry.value().toDouble();
        else if (entry.value().isBool())
            values[entry.key().toStdString()] = entry.value().toBool() ? 1 : 0;
    }
    const auto calibration = evaluation::ScoreCalibration::fromMap(values);
    if (!calibration)
        log(LogLevel::Warning, "workflows", "the model's calibration is unusable: " + calibration.error().debugText());
    return calibration.valueOr({});
}

Result<std::shared_ptr<ServingModel>> loadServingModel(catalogue::Catalogue &catalogue, const catalogue::Model &model,
                                                       const std::stop_token &stop)
{
    const auto set = catalogue::EmbeddingStore(catalogue).load(model.id, catalogue::EmbeddingScope::Identified, stop);
    if (!set)
        return set.error();
    std::vector<matching::GalleryEntry> entries;
    entries.reserve(set->count());
    for (std::size_t i = 0; i < set->count(); ++i)
        entries.push_back({set->annotations[i], set->individuals[i], 0});
    auto gallery = matching::Gallery::build(model.name.toStdString(), static_cast<std::size_t>(model.dimension), entries,
                                            set->vectors, individualDistanceOf(model));
    if (!gallery)
        return gallery.error();
    for (const AnnotationId annotation : set->unusable)
        log(LogLevel::Warning, "workflows", "the embedding of annotation " + std::to_string(annotation.value) + " is unusable and left out");
    return std::make_shared<ServingModel>(ServingModel {model, calibrationOf(model), std::move(*gallery), set->unusable});
}

Result<std::shared_ptr<ServingModel>> loadServingModel(catalogue::Catalogue &catalogue, const std::stop_token &stop)
{
    const auto model = catalogue::ModelStore(catalogue).active();
    if (!model)
        return model.error();
    return loadServingModel(catalogue, *model, stop);
}

} // namespace flukeprint::workflows
