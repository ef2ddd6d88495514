#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace flukeprint {

/// xoshiro256** seeded by splitmix64 (Blackman and Vigna, 2018): the same numbers on every platform and library
/// version, unlike the standard library's distributions. Copyable; not thread-safe; `state` and `fromState` let a
/// checkpoint continue exactly.
class Random
{
public:
    using State = std::array<std::uint64_t, 4>;

    explicit Random(std::uint64_t seed);
    /// An independent stream for a named purpose of the same seed ("augment", "sampler").
    Random(std::uint64_t seed, std::string_view stream);
    [[nodiscard]] static Random fromState(const State &state);
    [[nodiscard]] const State &state() const { return m_state; }

    std::uint64_t next();
    /// Uniform in [0, 1).
    double uniform();
    /// Uniform in [low, high).
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// Uniform in 0..bound-1, without modulo bias; bound must be > 0.
    std::uint64_t below(std::uint64_t bound);
    /// Standard normal (Box-Muller, one of the pair).
    double normal();

    template<typename T>
    void shuffle(std::span<T> items)
    {
        for (std::size_t i = items.size(); i > 1; --i)
            std::swap(items[i - 1], items[below(i)]);
    }

private:
    Random() = default;
    State m_state{};
};

/// FNV-1a, 64 bit: stable across platforms, for seeds and keys, not for security.
[[nodiscard]] std::uint64_t stableHash(std::string_view text);

} // namespace flukeprint
