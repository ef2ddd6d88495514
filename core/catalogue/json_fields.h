#pragma once

#include "core/base/error.h"
#include "core/base/result.h"

#include <QString>

namespace flukeprint::catalogue {

/// Text columns that hold JSON; private to the room.
/// {"code":"file_empty","args":["a.jpg"],"detail":"..."}
[[nodiscard]] QString errorToJson(const Error &error);
/// An Internal error for text that is no such object.
[[nodiscard]] Error errorFromJson(const QString &json);
/// Errors: InvalidArgument (name, "not a JSON object").
Result<void> checkJsonObject(const char *name, const QString &json);

} // namespace flukeprint::catalogue
