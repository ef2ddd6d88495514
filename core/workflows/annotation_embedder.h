#pragma once

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/catalogue/embedding_store.h"
#include "core/workflows/scratch_folder.h"

#include <QObject>
#include <QThreadPool>

#include <set>
#include <string>

namespace flukeprint::workflows {

class CatalogueSession;

/// Embeds single annotations while a person waits: a photo that was just imported, a box that was just drawn. The chip is cut in a
/// background thread, the session's warm worker embeds it, and the result is stored. Lives in the session's thread; the session
/// must outlive it.
class AnnotationEmbedder : public QObject
{
    Q_OBJECT

public:
    explicit AnnotationEmbedder(CatalogueSession &session, QObject *parent = nullptr);
    /// Waits for the chip that is being cut.
    ~AnnotationEmbedder() override;

    /// Exactly one of the signals follows, from the event loop. Asked again for the same annotation meanwhile, nothing happens.
    void embed(AnnotationId annotation);
    [[nodiscard]] bool isUnderWay(AnnotationId annotation) const { return m_underWay.contains(annotation); }

Q_SIGNALS:
    /// The embedding is stored.
    void embedded(flukeprint::AnnotationId annotation);
    /// Errors: ModelMissing, CatalogueReadOnly, those of decoding the photo and of the worker.
    void failed(flukeprint::AnnotationId annotation, const flukeprint::Error &what);

private:
    struct Order;
    void handOver(const Order &order, const Result<int> &boxRevision);
    void end(AnnotationId annotation, const Result<void> &outcome);

    CatalogueSession &m_session;
    ScratchFolder m_folder;
    QThreadPool m_threads;
    std::set<AnnotationId> m_underWay;
};

} // namespace flukeprint::workflows
