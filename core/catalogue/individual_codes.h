#pragma once

#include "core/base/result.h"

#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

/// How individuals are named; private to the room.
namespace flukeprint::catalogue {

/// 1..64 characters, none of them a control character, no space at either end. Errors: InvalidArgument.
Result<void> checkCode(const QString &code);

/// "CRC-04116" -> prefix "CRC-", 5 digits, number 4116. nullopt: the code does not end in a number of at most 12
/// digits.
struct NumberedCode
{
    QString prefix;
    int digits = 0;
    std::int64_t number = 0;
};
[[nodiscard]] std::optional<NumberedCode> parseNumbered(const QString &code);
[[nodiscard]] QString numbered(const QString &prefix, int digits, std::int64_t number);

/// "FP-%05d" -> prefix "FP-", 5 digits, number 0. nullopt: no %d or %0Nd at its end.
[[nodiscard]] std::optional<NumberedCode> parsePattern(const QString &pattern);

/// The numbered family that new codes should continue, with the highest number used in it: that of `pattern` if it is
/// one, else the prefix that most codes share (at least half of them), else "FP-%05d".
[[nodiscard]] NumberedCode familyToContinue(const std::vector<QString> &codes, const QString &pattern);

} // namespace flukeprint::catalogue
