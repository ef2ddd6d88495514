#pragma once

#include "core/base/result.h"

#include <QString>

#include <filesystem>

/// What the files of CatalogueTasks share.
namespace flukeprint::ui {

inline std::filesystem::path toPath(const QString &text)
{
    return {text.toStdString()};
}

template<typename T>
Result<void> withoutValue(const Result<T> &outcome)
{
    return outcome ? Result<void>() : Result<void>(outcome.error());
}

} // namespace flukeprint::ui
