#pragma once

#include "core/base/error.h"

#include <nlohmann/json.hpp>

#include <string>

/// Shared by the room's codecs: enums as stable words, errors as objects.
namespace flukeprint::protocol {

[[nodiscard]] inline nlohmann::json errorToJson(const Error &error)
{
    return {{"code", std::string(errorCodeName(error.code))}, {"args", error.args}, {"detail", error.detail}};
}

[[nodiscard]] inline Error errorFromJson(const nlohmann::json &object)
{
    return Error(errorCodeFromName(object.at("code").get<std::string>()), object.value("args", std::vector<std::string>{}),
                 object.value("detail", std::string()));
}

} // namespace flukeprint::protocol
