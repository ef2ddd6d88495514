#include "ui/widgets/linked_views.h"

namespace flukeprint::ui {

LinkedViews::LinkedViews(std::vector<ImageView *> views, QObject *parent)
    : QObject(parent)
    , m_views(std::move(views))
{
    for (ImageView *source : m_views) {
        connect(source, &ImageView::viewChanged, this, [this, source](const ViewTransform &view) {
            if (!m_enabled)
                return;
            for (ImageView *other : m_views) {
                if (other != source)
                    other->setView(view);
            }
        });
    }
}

void LinkedViews::setEnabled(bool enabled)
{
    m_enabled = enabled;
    if (enabled && !m_views.empty()) {
        for (ImageView *view : m_views)
            view->setView(m_views.front()->view());
    }
}

} // namespace flukeprint::ui
