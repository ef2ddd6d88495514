#include "core/learning/training/schedule.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace flukeprint::learning {

namespace {

constexpr std::string_view grammar = "EPOCHS head=RATE [trunk=RATE] [decay=FACTOR/EPOCHS]; ...";

Error outOfRange(std::string_view value, std::string_view allowed)
{
    return Error(ErrorCode::SettingOutOfRange, {"phases", std::string(value), std::string(allowed)});
}

/// Cuts the next part off `rest` at any of `separators`; empty parts too.
std::string_view nextPart(std::string_view &rest, std::string_view separators)
{
    const std::size_t end = std::min(rest.find_first_of(separators), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

template <typename Number> bool readNumber(std::string_view text, Number &number)
{
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc{} && end == text.data() + text.size();
}

bool readWord(std::string_view word, TrainingPhase &phase)
{
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
        return readNumber(word, phase.epochs);
    const std::string_view key = word.substr(0, equals);
    std::string_view value = word.substr(equals + 1);
    if (key == "head")
        return readNumber(value, phase.headRate);
    if (key == "trunk")
        return readNumber(value, phase.trunkRate);
    if (key != "decay")
        return false;
    const std::string_view factor = nextPart(value, "/");
    return readNumber(factor, phase.decay.factor) && readNumber(value, phase.decay.everyEpochs);
}

/// None where the text is no phase.
std::optional<TrainingPhase> readPhase(std::string_view text)
{
    TrainingPhase phase;
    phase.epochs = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view word = nextPart(rest, " ");
        if (!word.empty() && !readWord(word, phase))
            return std::nullopt;
    }
    return phase;
}

bool isSound(const TrainingPhase &phase)
{
    const bool rates =
        std::isfinite(phase.headRate) && phase.headRate > 0 && std::isfinite(phase.trunkRate) && phase.trunkRate >= 0;
    const bool decay = phase.decay.everyEpochs >= 0 && phase.decay.factor > 0 && phase.decay.factor <= 1;
    return phase.epochs > 0 && rates && decay;
}

} // namespace

double StepDecay::at(std::int64_t epoch) const
{
    return everyEpochs > 0 ? std::pow(factor, static_cast<double>(epoch / everyEpochs)) : 1.0;
}

Result<PhasePlan> PhasePlan::make(std::vector<TrainingPhase> phases)
{
    if (phases.empty())
        return outOfRange("", "one phase at least");
    for (std::size_t i = 0; i < phases.size(); ++i) {
        if (!isSound(phases[i]))
            return outOfRange(std::to_string(i + 1),
                              "epochs > 0, head rate > 0, trunk rate >= 0, decay factor in (0, 1]");
    }
    return PhasePlan(std::move(phases));
}

Result<PhasePlan> PhasePlan::parse(std::string_view text)
{
    std::vector<TrainingPhase> phases;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view part = nextPart(rest, ";");
        const std::optional<TrainingPhase> phase = readPhase(part);
        if (!phase)
            return outOfRange(part, grammar);
        phases.push_back(*phase);
    }
    return make(std::move(phases));
}

std::int64_t PhasePlan::epochs() const
{
    std::int64_t sum = 0;
    for (const TrainingPhase &phase : m_phases)
        sum += phase.epochs;
    return sum;
}

PhasePlan::Position PhasePlan::at(std::int64_t epoch) const
{
    Position position;
    position.epochOfPhase = epoch;
    while (position.phase + 1 < m_phases.size() && position.epochOfPhase >= m_phases[position.phase].epochs)
        position.epochOfPhase -= m_phases[position.phase++].epochs;
    const TrainingPhase &phase = m_phases[position.phase];
    const double factor = phase.decay.at(position.epochOfPhase);
    position.headRate = phase.headRate * factor;
    position.trunkRate = phase.trunkRate * factor;
    return position;
}

} // namespace flukeprint::learning
