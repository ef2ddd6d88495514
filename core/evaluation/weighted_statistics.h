#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Figures over a sample in which item i stands multiplicity[i] times: sorted once, then linear for each bootstrap
/// resample. Internal to this room.
namespace flukeprint::evaluation {

/// P(positive > negative), ties 1/2; items are the positives followed by the negatives. NaN when one side is empty.
class WeightedAuroc
{
public:
    WeightedAuroc(std::span<const double> positives, std::span<const double> negatives);
    [[nodiscard]] double operator()(std::span<const std::uint32_t> multiplicity) const;

private:
    struct Item
    {
        double score;
        std::size_t index;
        bool isPositive;
    };
    std::vector<Item> m_items; ///< ascending by score
};

/// ECE over bins of equal count; NaN for an empty sample.
class WeightedCalibrationError
{
public:
    WeightedCalibrationError(std::span<const double> probability, std::span<const std::uint8_t> correct, int bins);
    [[nodiscard]] double operator()(std::span<const std::uint32_t> multiplicity) const;

private:
    struct Item
    {
        double probability;
        double correct;
        std::size_t index;
    };
    std::vector<Item> m_items; ///< ascending by probability
    std::uint64_t m_bins;
};

} // namespace flukeprint::evaluation
