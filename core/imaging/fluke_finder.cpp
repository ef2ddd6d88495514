#include "core/imaging/fluke_finder.h"

#include "core/imaging/finder_grid.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

// Two searches, the second for flukes so small that the first one's prior passes over them.
//
// 1. Every cell of a coarse grid gets a tone (luma, colour and texture, quantised). Which tones are the animal's is
//    guessed from where they are: rarely at the frame's edge, mostly in the middle, rather dark (a border prior as in
//    Wei et al., "Geodesic saliency using background priors", 2012). One round of histogram re-estimation, as in
//    GrabCut's (Rother et al., 2004) but without its graph cut, turns the guess into a probability a cell; the box is
//    the rectangle with the largest excess of probability.
// 2. Cells that differ from the median of their row much more than most cells do. If nearly all of that difference lies
//    in one small rectangle, it is a small thing on an even sea, and that rectangle is taken.
//
// The constants were fitted on every second annotated photo of the test material (mean overlap with the annotated
// boxes, plus a reward for covering them) and checked on the others.

namespace flukeprint::imaging {

namespace {

constexpr int lumaSteps = 8;
constexpr int blueSteps = 3;
constexpr int textureSteps = 3;
constexpr int redSteps = 2;
constexpr int tonesPerLuma = blueSteps * textureSteps * redSteps;
constexpr int toneCount = lumaSteps * tonesPerLuma;

constexpr float boxThreshold = 0.2F;
constexpr double boxMargin = 0.03; // share of the frame: too loose is better than too tight
constexpr double leastContrast = 0.25; // below it the whole frame was as good on average

double logOdds(double probability)
{
    return std::log(probability / (1 - probability));
}
float sigmoid(double odds)
{
    return static_cast<float>(1 / (1 + std::exp(-odds)));
}

std::vector<int> tonesOf(const FinderFeatures &features)
{
    std::vector<int> tones(finderCells);
    for (std::size_t i = 0; i < tones.size(); ++i) {
        const int luma = static_cast<int>(features.luma[i] * lumaSteps);
        const int blue = static_cast<int>(features.blueness[i] * blueSteps);
        const int texture = static_cast<int>(features.texture[i] * textureSteps);
        const int red = static_cast<int>(features.redness[i] * redSteps);
        tones[i] = ((luma * blueSteps + blue) * textureSteps + texture) * redSteps + red;
    }
    return tones;
}

/// Where flukes are in photos: a bell a little above the middle.
FinderMap placePrior()
{
    FinderMap prior(finderCells);
    for (int y = 0; y < finderRows; ++y) {
        for (int x = 0; x < finderColumns; ++x) {
            const double across = ((x + 0.5) / finderColumns - 0.5) / 0.33;
            const double down = ((y + 0.5) / finderRows - 0.43) / 0.2;
            const double bell = std::exp(-0.5 * (across * across + down * down));
            prior[static_cast<std::size_t>(y * finderColumns + x)] = static_cast<float>(0.03 + 0.9 * bell);
        }
    }
    return prior;
}

/// Weighted histogram of tones, smoothed along luma, with half a count everywhere so that no tone is impossible.
struct ToneHistogram
{
    std::vector<double> counts = std::vector<double>(toneCount, 0.0);
    double total = 0;

    void add(int tone, double weight)
    {
        counts[static_cast<std::size_t>(tone)] += weight;
        total += weight;
    }
    void smooth()
    {
        const std::vector<double> raw = counts;
        for (int tone = 0; tone < toneCount; ++tone) {
            const auto at = [&raw](int i) { return raw[static_cast<std::size_t>(i)]; };
            const double darker = tone >= tonesPerLuma ? at(tone - tonesPerLuma) : at(tone);
            const double brighter = tone + tonesPerLuma < toneCount ? at(tone + tonesPerLuma) : at(tone);
            counts[static_cast<std::size_t>(tone)] = 0.5 * at(tone) + 0.25 * (darker + brighter);
        }
    }
    [[nodiscard]] double share(int tone, double unseenTotal) const
    {
        return (counts[static_cast<std::size_t>(tone)] + 0.5) / (total + unseenTotal);
    }
};

bool isBorder(int cell)
{
    constexpr int marginX = 2;
    constexpr int marginY = 2;
    const int x = cell % finderColumns;
    const int y = cell / finderColumns;
    return x < marginX || x >= finderColumns - marginX || y < marginY || y >= finderRows - marginY;
}

/// First guess: tones that are rarer at the border than elsewhere, dark ones, and places where flukes are.
FinderMap firstGuess(const FinderFeatures &features, const std::vector<int> &tones, const FinderMap &prior)
{
    ToneHistogram everywhere;
    ToneHistogram border;
    for (int cell = 0; cell < finderCells; ++cell) {
        everywhere.add(tones[static_cast<std::size_t>(cell)], 1);
        if (isBorder(cell))
            border.add(tones[static_cast<std::size_t>(cell)], 1);
    }
    everywhere.smooth();
    border.smooth();
    FinderMap guess(finderCells);
    for (std::size_t i = 0; i < guess.size(); ++i) {
        const double rarity = std::log(everywhere.share(tones[i], 0) / border.share(tones[i], 0));
        guess[i] = sigmoid(0.7 * rarity + logOdds(prior[i]) + 2 * (0.5 - features.luma[i]) + 1);
    }
    return guess;
}

FinderMap animalProbability(const FinderFeatures &features)
{
    static const FinderMap prior = placePrior();
    const std::vector<int> tones = tonesOf(features);
    const FinderMap guess = firstGuess(features, tones, prior);
    ToneHistogram animal;
    ToneHistogram sea;
    for (std::size_t i = 0; i < guess.size(); ++i) {
        animal.add(tones[i], guess[i]);
        sea.add(tones[i], 1 - guess[i]);
    }
    animal.smooth();
    sea.smooth();
    FinderMap probability(finderCells);
    for (std::size_t i = 0; i < probability.size(); ++i) {
        const double ratio = std::log(animal.share(tones[i], 0.5 * toneCount) / sea.share(tones[i], 0.5 * toneCount));
        probability[i] = sigmoid(1.6 * ratio + 0.5 * logOdds(prior[i]));
    }
    const FinderMap mean = boxMean(probability, 1);
    for (std::size_t i = 0; i < probability.size(); ++i)
        probability[i] = 0.9F * mean[i] + 0.1F * probability[i]; // the cell itself counts twice
    return probability;
}

/// How far a cell's luma is from its row's median, in units of what 70% of the cells stay below; from 2 units on.
FinderMap oddness(const FinderMap &luma)
{
    FinderMap difference(finderCells);
    for (int y = 0; y < finderRows; ++y) {
        const auto row = luma.begin() + y * finderColumns;
        FinderMap sorted(row, row + finderColumns);
        std::nth_element(sorted.begin(), sorted.begin() + finderColumns / 2, sorted.end());
        for (int x = 0; x < finderColumns; ++x)
            difference[static_cast<std::size_t>(y * finderColumns + x)] = row[x] - sorted[finderColumns / 2];
    }
    FinderMap odd = boxMean(difference, 1);
    for (float &value : odd)
        value = std::abs(value);
    const float usual = std::max(0.02F, quantile(odd, 0.7));
    for (float &value : odd)
        value = std::clamp(value / usual - 2, 0.0F, 8.0F);
    return odd;
}

std::optional<CellBox> smallThing(const FinderMap &luma)
{
    const FinderMap odd = oddness(luma);
    const CellBox box = bestRectangle(odd, 0.35F);
    const double all = sumIn(odd, CellBox{});
    const bool small = box.areaShare() > 0.003 && box.areaShare() < 0.4;
    if (!small || all <= 0 || sumIn(odd, box) < 0.9 * all)
        return std::nullopt;
    return box;
}

} // namespace

std::optional<FlukeFinding> findFluke(const Image &image)
{
    if (image.width < 16 || image.height < 16)
        return std::nullopt;
    const FinderFeatures features = finderFeatures(image);
    const FinderMap probability = animalProbability(features);
    const CellBox cells = smallThing(features.luma).value_or(bestRectangle(probability, boxThreshold));
    const double inside = sumIn(probability, cells);
    const double area = cells.areaShare() * finderCells;
    const double outside = sumIn(probability, CellBox{}) - inside;
    const double contrast = inside / std::max(1.0, area) - outside / std::max(1.0, finderCells - area);
    if (contrast < leastContrast)
        return std::nullopt;
    FlukeFinding finding;
    const double x0 = std::max(0.0, static_cast<double>(cells.x0) / finderColumns - boxMargin);
    const double y0 = std::max(0.0, static_cast<double>(cells.y0) / finderRows - boxMargin);
    const double x1 = std::min(1.0, static_cast<double>(cells.x1) / finderColumns + boxMargin);
    const double y1 = std::min(1.0, static_cast<double>(cells.y1) / finderRows + boxMargin);
    finding.box = Box::fromCorners(x0 * image.width, y0 * image.height, x1 * image.width, y1 * image.height);
    finding.confidence = std::clamp((contrast - 0.2) / 0.45, 0.0, 1.0);
    return finding;
}

} // namespace flukeprint::imaging
