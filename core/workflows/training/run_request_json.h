#pragma once

#include "core/base/result.h"
#include "core/protocol/presets.h"
#include "core/workflows/training/training_request.h"

#include <QString>

namespace flukeprint::workflows {

/// Run::configJson: the request, and every setting with its value: {"preset", "values": {...}, "request": {...}}.
[[nodiscard]] QString configJson(const TrainingRequest &request, const protocol::RunConfig &config);
/// The request that a run's configJson holds. Errors: DataDamaged (args: the run's name, what is missing).
Result<TrainingRequest> requestFromConfig(const QString &configJson, const QString &runName);

} // namespace flukeprint::workflows
