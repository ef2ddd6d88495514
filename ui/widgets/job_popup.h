#pragma once

#include "core/jobs/job_queue.h"
#include "ui/widgets/popup.h"

#include <QTimer>

class QLabel;
class QPushButton;
class QScrollArea;
class QVBoxLayout;

namespace flukeprint::ui {

/// The jobs of a queue, newest first, with their warnings: opened from the strip. Long lists scroll; it never leaves its window.
class JobPopup : public Popup
{
    Q_OBJECT
public:
    JobPopup(jobs::JobQueue *queue, QWidget *opener);
    /// Its lower left corner is there, px of the screen, however it grows.
    void standOn(const QPoint &corner);

private:
    struct Row;
    QWidget *buildHeader();
    void rebuild();
    void refresh(jobs::JobKey key);
    void fit();

    QPointer<jobs::JobQueue> m_queue;
    QPoint m_corner;
    QPushButton *m_clear = nullptr;
    QScrollArea *m_scroll = nullptr;
    QWidget *m_list = nullptr;
    QVBoxLayout *m_rows = nullptr;
    QLabel *m_none = nullptr;
    QTimer m_rebuildSoon; ///< many may go at once
    std::vector<std::pair<jobs::JobKey, Row *>> m_shown;
};

} // namespace flukeprint::ui
