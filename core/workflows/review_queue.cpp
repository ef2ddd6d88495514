#include "core/workflows/review_queue.h"

#include "core/base/log.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/annotation_embedder.h"
#include "core/workflows/candidate_prefetcher.h"
#include "core/workflows/session.h"

#include <QMetaObject>

#include <algorithm>
#include <array>

namespace flukeprint::workflows {

namespace {

/// Where a person is likely to go from here, nearest first.
constexpr auto likelySteps = std::to_array<std::ptrdiff_t>({1, 2, 3, -1});
constexpr std::size_t mostCached = 64;

Error emptyQueue() { return Error(ErrorCode::NotFound, {"annotation", "current"}); }

} // namespace

ReviewQueue::ReviewQueue(CatalogueSession &session, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_embedder(std::make_unique<AnnotationEmbedder>(session))
{
    const auto deliver = [this](AnnotationId annotation, std::int64_t version,
                                const Result<std::optional<CandidateList>> &found) {
        if (!found)
            return; // asked again, and told, when the person gets there
        const auto keep = [this, annotation, version, list = *found] {
            Cached &cached = m_cache[annotation];
            if (version >= cached.version)
                cached = {version, list};
        };
        QMetaObject::invokeMethod(this, keep, Qt::QueuedConnection);
    };
    m_prefetcher = std::make_unique<CandidatePrefetcher>(session.catalogue(), deliver);
    connect(&session, &CatalogueSession::decisionsChanged, this, &ReviewQueue::hearDecisions);
    connect(&session, &CatalogueSession::galleryStateChanged, this, &ReviewQueue::hearGallery);
    connect(&session, &CatalogueSession::annotationChanged, this, [this](AnnotationId annotation) {
        m_cache.erase(annotation);
        m_failures.erase(annotation);
        if (m_places.contains(annotation))
            Q_EMIT itemChanged(annotation);
    });
    connect(m_embedder.get(), &AnnotationEmbedder::failed, this, [this](AnnotationId annotation, const Error &what) {
        m_failures[annotation] = what;
        Q_EMIT itemChanged(annotation);
    });
}

ReviewQueue::~ReviewQueue() = default;

// ---- The queue

Result<void> ReviewQueue::load(catalogue::ReviewOrder order, const catalogue::AnnotationFilter &filter)
{
    auto ids = catalogue::AnnotationQuery(m_session.catalogue()).reviewQueue(order, filter);
    if (!ids)
        return ids.error();
    fill(std::move(*ids));
    return {};
}

void ReviewQueue::show(std::vector<AnnotationId> annotations)
{
    fill(annotations);
    noteDecided(annotations);
    Q_EMIT queueChanged();
}

void ReviewQueue::fill(std::vector<AnnotationId> ids)
{
    const AnnotationId before = current();
    m_ids = std::move(ids);
    m_places.clear();
    for (std::size_t i = 0; i < m_ids.size(); ++i)
        m_places.emplace(m_ids[i], i);
    m_decided.clear();
    m_failures.clear();
    const auto place = m_places.find(before);
    m_position = place == m_places.end() ? 0 : place->second;
    Q_EMIT queueChanged();
    Q_EMIT currentChanged(current());
    prefetchAround();
}

std::size_t ReviewQueue::openCount() const { return m_ids.size() - m_decided.size(); }

AnnotationId ReviewQueue::current() const { return m_ids.empty() ? AnnotationId() : m_ids[m_position]; }

void ReviewQueue::setPosition(std::size_t position)
{
    m_position = position;
    Q_EMIT currentChanged(current());
    prefetchAround();
}

bool ReviewQueue::goTo(AnnotationId annotation)
{
    const auto place = m_places.find(annotation);
    if (place == m_places.end())
        return false;
    if (place->second != m_position)
        setPosition(place->second);
    return true;
}

bool ReviewQueue::next()
{
    if (m_position + 1 >= m_ids.size())
        return false;
    setPosition(m_position + 1);
    return true;
}

bool ReviewQueue::previous()
{
    if (m_position == 0)
        return false;
    setPosition(m_position - 1);
    return true;
}

bool ReviewQueue::nextOpen()
{
    for (std::size_t step = 1; step <= m_ids.size(); ++step) {
        const std::size_t position = (m_position + step) % m_ids.size();
        if (m_decided.contains(m_ids[position]))
            continue;
        if (position != m_position)
            setPosition(position);
        return true;
    }
    return false;
}

// ---- Candidates

void ReviewQueue::prefetchAround()
{
    const auto model = m_session.servingModel();
    if (!model || m_ids.empty())
        return;
    if (m_cache.size() > mostCached)
        m_cache.clear();
    std::vector<AnnotationId> wanted;
    for (const std::ptrdiff_t step : likelySteps) {
        const std::ptrdiff_t place = static_cast<std::ptrdiff_t>(m_position) + step;
        if (place < 0 || place >= static_cast<std::ptrdiff_t>(m_ids.size()))
            continue;
        const AnnotationId annotation = m_ids[static_cast<std::size_t>(place)];
        const auto cached = m_cache.find(annotation);
        if (cached == m_cache.end() || cached->second.version != m_session.galleryVersion())
            wanted.push_back(annotation);
    }
    m_prefetcher->ask(std::move(wanted), model, m_session.galleryVersion());
}

Result<ReviewItem> ReviewQueue::currentItem()
{
    const AnnotationId id = current();
    if (!id.isValid())
        return emptyQueue();
    const auto annotation = catalogue::AnnotationStore(m_session.catalogue()).get(id);
    if (!annotation)
        return annotation.error();
    const auto photo = catalogue::PhotoStore(m_session.catalogue()).get(annotation->photo);
    if (!photo)
        return photo.error();
    ReviewItem item;
    item.annotation = *annotation;
    item.photo = *photo;
    fillCandidates(item);
    return item;
}

void ReviewQueue::fillCandidates(ReviewItem &item)
{
    using State = ReviewItem::Candidates;
    const auto model = m_session.servingModel();
    if (!model) {
        const GalleryState state = m_session.galleryState();
        item.state = state == GalleryState::NoModel ? State::NoModel
            : state == GalleryState::Failed         ? State::Failed
                                                    : State::GalleryLoading;
        item.error = m_session.galleryError();
        return;
    }
    const AnnotationId id = item.annotation.id;
    Cached &cached = m_cache[id];
    if (cached.version != m_session.galleryVersion() || !cached.list) {
        const auto found = findCandidates(m_session.catalogue(), *model, id);
        if (!found) {
            item.state = State::Failed;
            item.error = found.error();
            m_cache.erase(id);
            return;
        }
        cached = {m_session.galleryVersion(), *found};
    }
    if (cached.list) {
        item.state = State::Ready;
        item.list = *cached.list;
        return;
    }
    const auto failure = m_failures.find(id);
    item.state = failure == m_failures.end() ? State::Embedding : State::Failed;
    if (failure != m_failures.end())
        item.error = failure->second;
    else
        m_embedder->embed(id);
}

void ReviewQueue::hearGallery()
{
    if (!m_ids.empty())
        Q_EMIT itemChanged(current());
    prefetchAround();
}

// ---- Decisions

void ReviewQueue::noteDecided(const std::vector<AnnotationId> &annotations)
{
    const auto records = catalogue::AnnotationStore(m_session.catalogue()).getMany(annotations);
    if (!records) {
        log(LogLevel::Warning, "workflows", "review queue: " + records.error().debugText());
        return;
    }
    for (const catalogue::Annotation &record : *records) {
        if (!m_places.contains(record.id))
            continue;
        const bool open = record.state == catalogue::IdentityState::Unidentified
            || record.state == catalogue::IdentityState::Proposed;
        if (open)
            m_decided.erase(record.id);
        else
            m_decided.insert(record.id);
    }
}

void ReviewQueue::hearDecisions(const std::vector<AnnotationId> &annotations)
{
    noteDecided(annotations.empty() ? m_ids : annotations);
    for (const AnnotationId annotation : annotations) {
        if (m_places.contains(annotation))
            Q_EMIT itemChanged(annotation);
    }
    if (annotations.empty() && !m_ids.empty())
        Q_EMIT itemChanged(current());
    prefetchAround();
}

catalogue::Evidence ReviewQueue::evidence(const CandidateInfo *candidate, int rank) const
{
    catalogue::Evidence evidence;
    const auto model = m_session.servingModel();
    if (model)
        evidence.model = model->record.id;
    if (candidate != nullptr) {
        evidence.distance = candidate->distance;
        evidence.probability = candidate->probability;
        evidence.candidateRank = rank;
    }
    return evidence;
}

Result<DecisionId> ReviewQueue::confirm(int rank)
{
    const auto item = currentItem();
    if (!item)
        return item.error();
    if (rank < 1 || rank > static_cast<int>(item->list.candidates.size()))
        return Error(ErrorCode::NotFound, {"candidate", std::to_string(rank)});
    const CandidateInfo &candidate = item->list.candidates[static_cast<std::size_t>(rank - 1)];
    return m_session.confirm(item->annotation.id, candidate.individual, evidence(&candidate, rank));
}

Result<DecisionId> ReviewQueue::relabel(const QString &code)
{
    const auto item = currentItem();
    if (!item)
        return item.error();
    catalogue::IndividualStore individuals(m_session.catalogue());
    const auto found = individuals.find(code.trimmed());
    if (!found)
        return found.error();
    if (!found->has_value())
        return Error(ErrorCode::NotFound, {"individual", code.toStdString()});
    const auto individual = individuals.resolve((*found)->id);
    if (!individual)
        return individual.error();
    const std::vector<CandidateInfo> &candidates = item->list.candidates;
    const auto shown = std::find_if(candidates.begin(), candidates.end(),
                                    [&](const CandidateInfo &candidate) { return candidate.individual == *individual; });
    const int rank = shown == candidates.end() ? 0 : static_cast<int>(shown - candidates.begin()) + 1;
    return m_session.relabel(item->annotation.id, *individual, evidence(rank > 0 ? &*shown : nullptr, rank));
}

Result<DecisionId> ReviewQueue::newIndividual(const QString &code)
{
    if (m_ids.empty())
        return emptyQueue();
    const auto created = m_session.newIndividual(current(), code.trimmed(), evidence(nullptr, 0));
    return created ? Result<DecisionId>(created->decision) : Result<DecisionId>(created.error());
}

Result<DecisionId> ReviewQueue::markUnusable()
{
    return m_ids.empty() ? Result<DecisionId>(emptyQueue()) : m_session.markUnusable(current());
}

Result<DecisionId> ReviewQueue::skip()
{
    return m_ids.empty() ? Result<DecisionId>(emptyQueue()) : m_session.skip(current());
}

Result<catalogue::UndoStep> ReviewQueue::follow(Result<catalogue::UndoStep> step)
{
    if (step)
        goTo(step->annotation);
    return step;
}

Result<catalogue::UndoStep> ReviewQueue::undo() { return follow(m_session.undo()); }

Result<catalogue::UndoStep> ReviewQueue::redo() { return follow(m_session.redo()); }

} // namespace flukeprint::workflows
