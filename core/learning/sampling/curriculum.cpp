#include "core/learning/sampling/curriculum.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace flukeprint::learning {

namespace {

/// Mean over those classes that have a value; 0 if none has.
double meanOf(std::span<const double> accuracy, const std::vector<std::int64_t> &classes)
{
    double sum = 0;
    int known = 0;
    for (const std::int64_t which : classes) {
        const double value = accuracy[static_cast<std::size_t>(which)];
        if (std::isnan(value))
            continue;
        sum += value;
        ++known;
    }
    return known > 0 ? sum / known : 0;
}

std::vector<std::int64_t> numbered(std::int64_t count)
{
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < count; ++i)
        numbers.push_back(i);
    return numbers;
}

} // namespace

Curriculum::Curriculum(std::int64_t classes, const CurriculumOptions &options)
    : m_classes(classes)
    , m_options(options)
{
}

Result<std::int64_t> Curriculum::judge(std::span<const double> accuracy)
{
    if (static_cast<std::int64_t>(accuracy.size()) != m_classes)
        return Error(ErrorCode::InvalidArgument,
                     {"accuracies", std::to_string(accuracy.size()), std::to_string(m_classes)});
    if (complete())
        return std::int64_t{0};
    std::int64_t places = std::max<std::int64_t>(2, m_options.startClasses);
    if (!m_state.admitted.empty()) {
        ++m_state.waiting;
        const bool learnt = meanOf(accuracy, m_state.admitted) >= m_options.threshold;
        if (!learnt && (m_options.patience == 0 || m_state.waiting < m_options.patience))
            return std::int64_t{0};
        places = std::max<std::int64_t>(1, m_options.classesPerStep);
    }
    const double mean = meanOf(accuracy, numbered(m_classes));
    const auto value = [&](std::int64_t which) {
        const double own = accuracy[static_cast<std::size_t>(which)];
        return std::isnan(own) ? mean : own;
    };
    std::vector<std::int64_t> candidates = numbered(m_classes);
    std::erase_if(candidates, [this](std::int64_t which) {
        return std::find(m_state.admitted.begin(), m_state.admitted.end(), which) != m_state.admitted.end();
    });
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](std::int64_t a, std::int64_t b) { return value(a) > value(b); });
    const auto admitted = std::min(places, static_cast<std::int64_t>(candidates.size()));
    m_state.admitted.insert(m_state.admitted.end(), candidates.begin(), candidates.begin() + admitted);
    m_state.waiting = 0;
    return admitted;
}

std::vector<std::vector<std::int64_t>>
Curriculum::admittedOf(const std::vector<std::vector<std::int64_t>> &photos) const
{
    std::vector<std::vector<std::int64_t>> result(photos.size());
    for (const std::int64_t which : m_state.admitted) {
        if (static_cast<std::size_t>(which) < photos.size())
            result[static_cast<std::size_t>(which)] = photos[static_cast<std::size_t>(which)];
    }
    return result;
}

Result<void> Curriculum::restore(const State &state)
{
    std::vector<std::int64_t> sorted = state.admitted;
    std::sort(sorted.begin(), sorted.end());
    const bool twice = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
    if (twice || (!sorted.empty() && (sorted.front() < 0 || sorted.back() >= m_classes)))
        return Error(ErrorCode::DataDamaged, {"curriculum", "admitted classes"});
    m_state = state;
    return {};
}

} // namespace flukeprint::learning
