#pragma once

#include "ui/widgets/image_view.h"

#include <QObject>

#include <vector>

namespace flukeprint::ui {

/// Keeps the views' transforms alike. The views must outlive it or be destroyed with it.
class LinkedViews : public QObject
{
    Q_OBJECT
public:
    explicit LinkedViews(std::vector<ImageView *> views, QObject *parent = nullptr);
    void setEnabled(bool enabled);
    [[nodiscard]] bool isEnabled() const { return m_enabled; }

private:
    std::vector<ImageView *> m_views;
    bool m_enabled = true;
};

} // namespace flukeprint::ui
