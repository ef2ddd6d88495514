#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace flukeprint {

/// A row id that cannot be mistaken for another table's. 0 means "none".
template<typename Tag>
struct StrongId
{
    std::int64_t value = 0;

    constexpr StrongId() = default;
    constexpr explicit StrongId(std::int64_t raw)
        : value(raw)
    {
    }
    [[nodiscard]] constexpr bool isValid() const { return value > 0; }
    friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

using PhotoId = StrongId<struct PhotoTag>;
using AnnotationId = StrongId<struct AnnotationTag>;
using IndividualId = StrongId<struct IndividualTag>;
using EncounterId = StrongId<struct EncounterTag>;
using DecisionId = StrongId<struct DecisionTag>;
using ModelId = StrongId<struct ModelTag>;
using RunId = StrongId<struct RunTag>;

} // namespace flukeprint

template<typename Tag>
struct std::hash<flukeprint::StrongId<Tag>>
{
    std::size_t operator()(flukeprint::StrongId<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
