#pragma once

#include "core/base/result.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/records.h"
#include "core/evaluation/calibration.h"
#include "core/matching/gallery.h"

#include <memory>
#include <stop_token>
#include <vector>

namespace flukeprint::workflows {

/// The active model with its gallery: the identified embeddings that candidates come from. The record and the calibration never
/// change; the gallery is thread-safe and follows the decisions. Shared, so that a search may outlive a change of model.
struct ServingModel
{
    catalogue::Model record;
    evaluation::ScoreCalibration calibration; ///< may be uncalibrated: then no probabilities are shown
    matching::Gallery gallery;
    std::vector<AnnotationId> leftOut = {}; ///< identified, but their embeddings are unusable until they are computed anew
};

/// Reads a model's identified embeddings into a gallery; about 2 s for 100,000 of 512. Errors: Cancelled, DatabaseFailed,
/// DataDamaged. Unusable embeddings are left out, a calibration that cannot be read counts as none; both are logged.
Result<std::shared_ptr<ServingModel>> loadServingModel(catalogue::Catalogue &catalogue, const catalogue::Model &model,
                                                       const std::stop_token &stop = {});

/// The active model's. Errors also: ModelMissing.
Result<std::shared_ptr<ServingModel>> loadServingModel(catalogue::Catalogue &catalogue, const std::stop_token &stop = {});

/// What counts as an individual's distance under this model: its metadata says so ("ranking").
[[nodiscard]] evaluation::IndividualDistance individualDistanceOf(const catalogue::Model &model);

/// "not calibrated" for anything that is not a calibration.
[[nodiscard]] evaluation::ScoreCalibration calibrationOf(const catalogue::Model &model);

} // namespace flukeprint::workflows
