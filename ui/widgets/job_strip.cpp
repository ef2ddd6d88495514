#include "ui/widgets/job_strip.h"

#include "ui/text/messages.h"
#include "ui/theme/icons.h"
#include "ui/theme/role.h"
#include "ui/theme/theme.h"
#include "ui/widgets/button_row.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/job_popup.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include <algorithm>

namespace flukeprint::ui {

void showProgress(QProgressBar *bar, const jobs::JobStatus &status)
{
    using jobs::JobState;
    const bool active = status.state == JobState::Running || status.state == JobState::Paused;
    bar->setVisible(active);
    if (!active)
        return;
    constexpr int steps = 1000;
    if (status.progress.total > 0) {
        bar->setRange(0, steps);
        bar->setValue(static_cast<int>(std::min<std::int64_t>(steps, status.progress.done * steps / status.progress.total)));
    } else {
        bar->setRange(0, 0);
    }
}

JobButtons::JobButtons(QWidget *parent)
    : QWidget(parent)
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    m_pause = addButton(QStringLiteral("jobPause"), QStringLiteral("pause"), tr("Pause"), &jobs::JobQueue::pause);
    m_resume = addButton(QStringLiteral("jobResume"), QStringLiteral("play"), tr("Go on"), &jobs::JobQueue::resume);
    m_cancel = addButton(QStringLiteral("jobCancel"), QStringLiteral("close"), tr("Cancel"), &jobs::JobQueue::cancel);
    m_restart = addButton(QStringLiteral("jobRestart"), QStringLiteral("redo"), tr("Start again"), &jobs::JobQueue::restart);
    m_remove = addButton(QStringLiteral("jobRemove"), QStringLiteral("close"), tr("Remove from the list"), &jobs::JobQueue::remove);
}

QToolButton *JobButtons::addButton(const QString &name, const QString &iconName, const QString &toolTip,
                                   void (jobs::JobQueue::*request)(jobs::JobKey))
{
    auto *button = new QToolButton(this);
    button->setObjectName(name);
    button->setIcon(icon(iconName, IconTint::Secondary));
    button->setIconSize({16, 16});
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip);
    button->hide();
    layout()->addWidget(button);
    connect(button, &QToolButton::clicked, this, [this, request] {
        if (m_queue)
            (m_queue->*request)(m_key);
    });
    return button;
}

void JobButtons::show(jobs::JobQueue *queue, const jobs::JobStatus &status)
{
    m_queue = queue;
    m_key = status.key;
    showButtons({{m_pause, status.canPause, m_resume},
                 {m_resume, status.canResume, m_pause},
                 {m_cancel, status.canCancel && !status.cancelRequested},
                 {m_restart, status.canRestart},
                 {m_remove, status.canRemove}});
}

JobStrip::JobStrip(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("jobStrip"));
    m_title = new ElidedLabel({}, this);
    m_title->setObjectName(QStringLiteral("jobTitle"));
    m_title->setMaximumWidth(260);
    m_bar = new QProgressBar(this);
    m_bar->setObjectName(QStringLiteral("jobProgress"));
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(180);
    m_standing = new ElidedLabel({}, this);
    m_standing->setObjectName(QStringLiteral("jobStanding"));
    m_standing->setMaximumWidth(460);
    m_buttons = new JobButtons(this);
    m_buttons->setObjectName(QStringLiteral("jobButtons"));
    m_list = new QToolButton(this);
    m_list->setObjectName(QStringLiteral("jobList"));
    m_list->setIcon(icon(QStringLiteral("jobs"), IconTint::Secondary));
    m_list->setIconSize({16, 16});
    m_list->setToolTip(tr("All jobs"));
    m_list->setAccessibleName(tr("All jobs"));
    m_list->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    connect(m_list, &QToolButton::clicked, this, &JobStrip::openList);

    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(Sizes::pageMargin - 8, 0, 0, 0);
    layout->setSpacing(Sizes::gap);
    for (QWidget *widget : {static_cast<QWidget *>(m_list), static_cast<QWidget *>(m_title), static_cast<QWidget *>(m_bar),
                            static_cast<QWidget *>(m_standing), static_cast<QWidget *>(m_buttons)})
        layout->addWidget(widget);
    layout->addStretch();
    refresh();
}

void JobStrip::setQueue(jobs::JobQueue *queue)
{
    if (m_queue)
        m_queue->disconnect(this);
    m_queue = queue;
    if (queue) {
        connect(queue, &jobs::JobQueue::jobAdded, this, &JobStrip::refresh);
        connect(queue, &jobs::JobQueue::jobChanged, this, &JobStrip::refresh);
        connect(queue, &jobs::JobQueue::jobRemoved, this, &JobStrip::refresh);
    }
    refresh();
}

std::optional<jobs::JobStatus> JobStrip::shownJob() const
{
    if (!m_queue)
        return std::nullopt;
    std::optional<jobs::JobStatus> waiting;
    std::optional<jobs::JobStatus> ended;
    for (const jobs::JobKey key : m_queue->keys()) {
        auto status = m_queue->status(key);
        if (!status)
            continue;
        if (status->state == jobs::JobState::Running || status->state == jobs::JobState::Paused)
            return status;
        if (status->state == jobs::JobState::Queued && !waiting)
            waiting = status;
        else
            ended = status;
    }
    return waiting ? waiting : ended;
}

void JobStrip::refresh()
{
    const auto job = shownJob();
    m_title->setVisible(job.has_value());
    m_standing->setVisible(job.has_value());
    m_buttons->setVisible(job.has_value());
    m_bar->setVisible(false);
    const int active = m_queue ? m_queue->activeCount() : 0;
    m_list->setText(active > 1 ? tr("%n job(s)", nullptr, active) : QString());
    m_list->setToolButtonStyle(active > 1 ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
    m_list->setEnabled(m_queue != nullptr);
    if (!job)
        return;
    m_title->setText(jobTitle(job->title));
    m_standing->setText(jobStanding(*job));
    setRole(m_standing, job->state == jobs::JobState::Failed ? QStringLiteral("error") : QString());
    showProgress(m_bar, *job);
    m_buttons->show(m_queue, *job);
}

void JobStrip::openList()
{
    if (!m_queue)
        return;
    auto *popup = new JobPopup(m_queue, m_list);
    popup->standOn(m_list->mapToGlobal(QPoint(0, -6)));
    popup->show();
}

} // namespace flukeprint::ui
