#pragma once

#include "core/workflows/review_queue.h"
#include "ui/widgets/card.h"

namespace flukeprint::ui {

class AsyncImageLoader;
class ElidedLabel;
class Pill;
class PhotoView;

/// The left card: the photo under review with its box, where and when it was taken, and what was decided about it if anything was.
class QueryCard : public Card
{
    Q_OBJECT
public:
    explicit QueryCard(AsyncImageLoader *images, QWidget *parent = nullptr);

    void showItem(catalogue::Catalogue &catalogue, const workflows::ReviewItem &item);
    void clear();

private:
    void showState(catalogue::Catalogue &catalogue, const catalogue::Annotation &annotation);

    ElidedLabel *m_fileName = nullptr;
    ElidedLabel *m_facts = nullptr;
    Pill *m_state = nullptr;
    Pill *m_quality = nullptr;
    PhotoView *m_view = nullptr;
    AnnotationId m_annotation;
};

} // namespace flukeprint::ui
