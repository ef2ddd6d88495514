#pragma once

#include "core/protocol/jobs.h"

#include <nlohmann/json.hpp>

namespace flukeprint::protocol {

/// The job's fields plus "kind".
[[nodiscard]] nlohmann::json jobToJson(const JobSpec &job);
/// Throws nlohmann::json::exception when a field is missing or of another type.
[[nodiscard]] JobSpec jobFromJson(const nlohmann::json &object);

} // namespace flukeprint::protocol
