#pragma once

#include "core/jobs/job_queue.h"

#include <QPointer>
#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace flukeprint::ui {

class ElidedLabel;

/// Pause, resume, cancel, restart and remove of one job, shown as far as its status allows.
class JobButtons : public QWidget
{
    Q_OBJECT
public:
    explicit JobButtons(QWidget *parent = nullptr);
    void show(jobs::JobQueue *queue, const jobs::JobStatus &status);

private:
    QToolButton *addButton(const QString &name, const QString &iconName, const QString &toolTip, void (jobs::JobQueue::*request)(jobs::JobKey));

    QPointer<jobs::JobQueue> m_queue;
    jobs::JobKey m_key;
    QToolButton *m_pause = nullptr;
    QToolButton *m_resume = nullptr;
    QToolButton *m_cancel = nullptr;
    QToolButton *m_restart = nullptr;
    QToolButton *m_remove = nullptr;
};

/// Hidden unless the job runs or is paused; without an end where the total is not known.
void showProgress(QProgressBar *bar, const jobs::JobStatus &status);

/// The status bar's jobs area: the running job with progress, rate, time left, pause and cancel; a click on the count opens the list.
/// An ended job that failed or left files out stays visible until the next one starts or it is removed.
class JobStrip : public QWidget
{
    Q_OBJECT
public:
    explicit JobStrip(QWidget *parent = nullptr);
    /// Null: no catalogue is open. The queue must outlive the strip or be taken away first.
    void setQueue(jobs::JobQueue *queue);

private:
    void refresh();
    void openList();
    [[nodiscard]] std::optional<jobs::JobStatus> shownJob() const;

    QPointer<jobs::JobQueue> m_queue;
    ElidedLabel *m_title = nullptr;
    QProgressBar *m_bar = nullptr;
    ElidedLabel *m_standing = nullptr;
    JobButtons *m_buttons = nullptr;
    QToolButton *m_list = nullptr;
};

} // namespace flukeprint::ui
