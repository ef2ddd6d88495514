#include "core/workflows/annotation_embedder.h"

#include "core/catalogue/model_store.h"
#include "core/workflows/session.h"
#include "core/workflows/training/run_pack.h"

#include <QMetaObject>
#include <QPointer>

namespace flukeprint::workflows {

struct AnnotationEmbedder::Order
{
    AnnotationId annotation;
    catalogue::Model model;
    std::string packPath;
    std::string outputPath;
};

namespace {

/// In a background thread: one chip. Returns the box revision that was cut.
Result<int> cutOne(const catalogue::Catalogue &catalogue, AnnotationId annotation, const catalogue::Model &model,
                   const std::string &packPath)
{
    auto reader = catalogue.openReader();
    if (!reader)
        return reader.error();
    const chips::ChipShape shape {static_cast<std::uint32_t>(model.inputWidthPx),
                                  static_cast<std::uint32_t>(model.inputHeightPx), 3};
    Error reason(ErrorCode::NotFound, {"annotation", std::to_string(annotation.value)});
    jobs::WorkContext context;
    context.warn = [&reason](const Error &what) { reason = what; };
    const auto packed = writeChipPack(*reader, std::span(&annotation, 1), shape, packPath, context);
    if (!packed)
        return packed.error().code == ErrorCode::NothingToDo ? reason : packed.error();
    return packed->boxRevisions.front();
}

} // namespace

AnnotationEmbedder::AnnotationEmbedder(CatalogueSession &session, QObject *parent)
    : QObject(parent)
    , m_session(session)
{
    m_threads.setMaxThreadCount(1);
}

AnnotationEmbedder::~AnnotationEmbedder() { m_threads.waitForDone(); }

void AnnotationEmbedder::embed(AnnotationId annotation)
{
    if (!m_underWay.insert(annotation).second)
        return;
    const auto model = catalogue::ModelStore(m_session.catalogue()).active();
    const Result<void> possible = !model ? Result<void>(model.error())
        : m_session.isReadOnly()
        ? Result<void>(Error(ErrorCode::CatalogueReadOnly, {m_session.catalogue().folder().string()}))
        : Result<void>();
    if (!possible) {
        QMetaObject::invokeMethod(this, [this, annotation, possible] { end(annotation, possible); }, Qt::QueuedConnection);
        return;
    }
    const QString stem = m_folder.filePath(QString::number(annotation.value));
    const Order order {annotation, *model, stem.toStdString() + ".fpc", stem.toStdString() + ".fpe"};
    m_threads.start([this, order] {
        const Result<int> cut = cutOne(m_session.catalogue(), order.annotation, order.model, order.packPath);
        QMetaObject::invokeMethod(this, [this, order, cut] { handOver(order, cut); }, Qt::QueuedConnection);
    });
}

void AnnotationEmbedder::handOver(const Order &order, const Result<int> &boxRevision)
{
    if (!boxRevision) {
        end(order.annotation, boxRevision.error());
        return;
    }
    protocol::EmbedJob job;
    job.modelPath = m_session.catalogue().resolve(order.model.file).string();
    job.packPath = order.packPath;
    job.outputPath = order.outputPath;
    const catalogue::EmbeddingKey key {order.annotation, *boxRevision};
    const QPointer<AnnotationEmbedder> self(this);
    m_session.worker().embed(job, [self, key, model = order.model.id](const Result<chips::EmbeddingTable> &table) {
        if (!self)
            return;
        if (!table) {
            self->end(key.annotation, table.error());
            return;
        }
        const auto stored = catalogue::EmbeddingStore(self->m_session.catalogue()).put(model, std::span(&key, 1), table->vectors);
        self->end(key.annotation, stored ? Result<void>() : Result<void>(stored.error()));
    });
}

void AnnotationEmbedder::end(AnnotationId annotation, const Result<void> &outcome)
{
    m_underWay.erase(annotation);
    if (!outcome) {
        Q_EMIT failed(annotation, outcome.error());
        return;
    }
    m_session.noteAnnotationChanged(annotation);
    Q_EMIT embedded(annotation);
}

} // namespace flukeprint::workflows
