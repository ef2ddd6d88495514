#include "core/matching/gallery.h"

#include "core/matching/gallery_state.h"

#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>

namespace flukeprint::matching {

namespace {

using WriteLock = std::unique_lock<std::shared_mutex>;
using ReadLock = std::shared_lock<std::shared_mutex>;

std::string nameOf(AnnotationId annotation)
{
    return "annotation " + std::to_string(annotation.value);
}

Result<void> checkEntry(const GalleryEntry &entry)
{
    if (!entry.annotation.isValid())
        return Error(ErrorCode::InvalidArgument, {"annotation", std::to_string(entry.annotation.value), "> 0"});
    if (!entry.individual.isValid())
        return Error(ErrorCode::InvalidArgument,
                     {"individual of " + nameOf(entry.annotation), std::to_string(entry.individual.value), "> 0"});
    return {};
}

Error wrongSize(const std::string &model, std::size_t found, std::size_t wanted)
{
    return Error(ErrorCode::ModelIncompatible,
                 {model, "embeddings of " + std::to_string(found) + " values instead of " + std::to_string(wanted)});
}

} // namespace

Result<void> normaliseInto(std::span<const float> vector, const std::string &name, float *out)
{
    double sum = 0;
    for (const float value : vector)
        sum += double{value} * double{value};
    if (!std::isfinite(sum) || !(sum > 0))
        return Error(ErrorCode::InvalidArgument,
                     {"embedding of " + name, sum == 0 ? "zero vector" : "not finite", "finite, not all zero"});
    const double scale = 1.0 / std::sqrt(sum);
    for (std::size_t i = 0; i < vector.size(); ++i)
        out[i] = static_cast<float>(double{vector[i]} * scale);
    return {};
}

std::uint32_t GalleryState::slot(IndividualId individual)
{
    const auto [found, isNew] = slotOf.try_emplace(individual, static_cast<std::uint32_t>(photosInSlot.size()));
    if (isNew) {
        photosInSlot.push_back(0);
        individualOfSlot.push_back(individual);
        if (ranksMeans)
            sumOfSlot.resize(photosInSlot.size() * dimension, 0.0);
    }
    return found->second;
}

void GalleryState::assign(std::size_t number, IndividualId individual)
{
    const std::uint32_t target = slot(individual);
    entries[number].individual = individual;
    slotOfRow[number] = target;
    individuals += photosInSlot[target]++ == 0 ? 1 : 0;
    addToSum(number, 1);
}

void GalleryState::addToSum(std::size_t number, double sign)
{
    if (!ranksMeans)
        return;
    double *sum = sumOfSlot.data() + slotOfRow[number] * dimension;
    const float *values = row(number);
    for (std::size_t k = 0; k < dimension; ++k)
        sum[k] += sign * double{values[k]};
}

void GalleryState::unassign(std::size_t number)
{
    addToSum(number, -1);
    individuals -= --photosInSlot[slotOfRow[number]] == 0 ? 1 : 0;
}

void GalleryState::append(const GalleryEntry &entry, const float *normalised)
{
    index.add(1, normalised);
    const std::size_t number = entries.size();
    entries.push_back(entry);
    slotOfRow.push_back(0);
    rowOf[entry.annotation] = number;
    assign(number, entry.individual);
}

void GalleryState::put(const GalleryEntry &entry, const float *normalised)
{
    const auto found = rowOf.find(entry.annotation);
    if (found == rowOf.end()) {
        append(entry, normalised);
        return;
    }
    const std::size_t number = found->second;
    unassign(number);
    std::memcpy(row(number), normalised, dimension * sizeof(float));
    entries[number] = entry;
    assign(number, entry.individual);
}

Gallery::Gallery(std::string model, std::size_t dimension, Distance distance)
    : m_state(std::make_unique<GalleryState>(std::move(model), dimension, distance))
{
}

Gallery::Gallery(Gallery &&) noexcept = default;
Gallery &Gallery::operator=(Gallery &&) noexcept = default;
Gallery::~Gallery() = default;

Result<Gallery> Gallery::build(std::string model, std::size_t dimension, std::span<const GalleryEntry> entries,
                               std::span<const float> vectors, Distance distance)
{
    if (dimension == 0)
        return Error(ErrorCode::InvalidArgument, {"dimension", "0", "> 0"});
    if (vectors.size() != entries.size() * dimension)
        return wrongSize(model, entries.empty() ? vectors.size() : vectors.size() / entries.size(), dimension);
    Gallery gallery(std::move(model), dimension, distance);
    GalleryState &state = *gallery.m_state;
    state.entries.reserve(entries.size());
    state.slotOfRow.reserve(entries.size());
    state.rowOf.reserve(entries.size());
    // Room to grow, so that a confirm in review does not copy the whole matrix.
    state.index.codes.reserve((entries.size() + entries.size() / 8 + 64) * dimension * sizeof(float));
    std::vector<float> normalised(dimension);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (const Result<void> checked = checkEntry(entries[i]); !checked)
            return checked.error();
        const Result<void> done =
            normaliseInto(vectors.subspan(i * dimension, dimension), nameOf(entries[i].annotation), normalised.data());
        if (!done)
            return done.error();
        state.put(entries[i], normalised.data());
    }
    return gallery;
}

Result<void> Gallery::put(const GalleryEntry &entry, std::span<const float> vector)
{
    if (Result<void> checked = checkEntry(entry); !checked)
        return checked;
    if (vector.size() != m_state->dimension)
        return wrongSize(m_state->model, vector.size(), m_state->dimension);
    std::vector<float> normalised(vector.size());
    if (Result<void> done = normaliseInto(vector, nameOf(entry.annotation), normalised.data()); !done)
        return done;
    const WriteLock lock(m_state->mutex);
    m_state->put(entry, normalised.data());
    return {};
}

Result<void> Gallery::relabel(AnnotationId annotation, IndividualId individual)
{
    if (Result<void> checked = checkEntry({annotation, individual, 0}); !checked)
        return checked;
    const WriteLock lock(m_state->mutex);
    const auto found = m_state->rowOf.find(annotation);
    if (found == m_state->rowOf.end())
        return Error(ErrorCode::NotFound, {"annotation", std::to_string(annotation.value)});
    m_state->unassign(found->second);
    m_state->assign(found->second, individual);
    return {};
}

Result<void> Gallery::setGroup(AnnotationId annotation, std::int64_t group)
{
    const WriteLock lock(m_state->mutex);
    const auto found = m_state->rowOf.find(annotation);
    if (found == m_state->rowOf.end())
        return Error(ErrorCode::NotFound, {"annotation", std::to_string(annotation.value)});
    m_state->entries[found->second].group = group;
    return {};
}

std::size_t Gallery::relabelAll(IndividualId from, IndividualId to)
{
    if (!to.isValid() || from == to)
        return 0;
    const WriteLock lock(m_state->mutex);
    const auto slot = m_state->slotOf.find(from);
    if (slot == m_state->slotOf.end())
        return 0;
    const std::uint32_t source = slot->second;
    std::size_t changed = 0;
    for (std::size_t number = 0; number < m_state->entries.size(); ++number) {
        if (m_state->slotOfRow[number] != source)
            continue;
        m_state->unassign(number);
        m_state->assign(number, to);
        ++changed;
    }
    return changed;
}

bool Gallery::remove(AnnotationId annotation)
{
    const WriteLock lock(m_state->mutex);
    GalleryState &state = *m_state;
    const auto found = state.rowOf.find(annotation);
    if (found == state.rowOf.end())
        return false;
    const std::size_t number = found->second;
    const std::size_t last = state.entries.size() - 1;
    state.unassign(number);
    state.rowOf.erase(found);
    if (number != last) {
        std::memcpy(state.row(number), state.row(last), state.dimension * sizeof(float));
        state.entries[number] = state.entries[last];
        state.slotOfRow[number] = state.slotOfRow[last];
        state.rowOf[state.entries[number].annotation] = number;
    }
    state.entries.pop_back();
    state.slotOfRow.pop_back();
    state.index.codes.resize(last * state.dimension * sizeof(float));
    state.index.ntotal = static_cast<faiss::Index::idx_t>(last);
    return true;
}

void Gallery::clear()
{
    const WriteLock lock(m_state->mutex);
    m_state->index.reset();
    m_state->entries.clear();
    m_state->rowOf.clear();
    m_state->slotOf.clear();
    m_state->slotOfRow.clear();
    m_state->photosInSlot.clear();
    m_state->individualOfSlot.clear();
    m_state->sumOfSlot.clear();
    m_state->individuals = 0;
}

const std::string &Gallery::model() const
{
    return m_state->model;
}

std::size_t Gallery::dimension() const
{
    return m_state->dimension;
}

std::size_t Gallery::count() const
{
    const ReadLock lock(m_state->mutex);
    return m_state->entries.size();
}

std::size_t Gallery::individualCount() const
{
    const ReadLock lock(m_state->mutex);
    return m_state->individuals;
}

std::size_t Gallery::photosOf(IndividualId individual) const
{
    const ReadLock lock(m_state->mutex);
    const auto found = m_state->slotOf.find(individual);
    return found == m_state->slotOf.end() ? 0 : m_state->photosInSlot[found->second];
}

bool Gallery::contains(AnnotationId annotation) const
{
    const ReadLock lock(m_state->mutex);
    return m_state->rowOf.contains(annotation);
}

std::optional<GalleryEntry> Gallery::entry(AnnotationId annotation) const
{
    const ReadLock lock(m_state->mutex);
    const auto found = m_state->rowOf.find(annotation);
    if (found == m_state->rowOf.end())
        return std::nullopt;
    return m_state->entries[found->second];
}

std::vector<float> Gallery::vectorOf(AnnotationId annotation) const
{
    const ReadLock lock(m_state->mutex);
    const auto found = m_state->rowOf.find(annotation);
    if (found == m_state->rowOf.end())
        return {};
    const float *row = std::as_const(*m_state).row(found->second);
    return {row, row + m_state->dimension};
}

} // namespace flukeprint::matching
