#pragma once

#include <QString>

#include <optional>

namespace flukeprint::catalogue {

/// Enumerators and their stored names; private to the room.
template <typename Value> struct Named
{
    Value value;
    const char *name;
};

template <typename Table, typename Value> [[nodiscard]] QString nameIn(const Table &table, Value value)
{
    for (const auto &entry : table) {
        if (entry.value == value)
            return QString::fromLatin1(entry.name);
    }
    return {};
}

template <typename Table>
[[nodiscard]] auto valueIn(const Table &table, const QString &name) -> std::optional<decltype(table.front().value)>
{
    for (const auto &entry : table) {
        if (name == QLatin1String(entry.name))
            return entry.value;
    }
    return std::nullopt;
}

} // namespace flukeprint::catalogue
