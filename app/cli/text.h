#pragma once

#include <QCoreApplication>

namespace flukeprint::cli {

/// A text of the command line, translated; `n` for the count that "%n" stands for.
[[nodiscard]] inline QString tr(const char *text, int n = -1)
{
    return QCoreApplication::translate("Cli", text, nullptr, n);
}

} // namespace flukeprint::cli
