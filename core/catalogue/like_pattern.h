#pragma once

#include <QString>

/// Patterns for `LIKE ? ESCAPE '\'`; private to the room.
namespace flukeprint::catalogue {

[[nodiscard]] inline QString escapedForLike(QString text)
{
    return text.replace(u'\\', QLatin1String("\\\\"))
        .replace(u'%', QLatin1String("\\%"))
        .replace(u'_', QLatin1String("\\_"));
}
[[nodiscard]] inline QString containsPattern(const QString &text)
{
    return u'%' + escapedForLike(text) + u'%';
}
[[nodiscard]] inline QString beginsPattern(const QString &text)
{
    return escapedForLike(text) + u'%';
}

} // namespace flukeprint::catalogue
