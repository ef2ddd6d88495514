#include "ui/widgets/job_strip.h"

#include "ui/text/messages.h"
#include "ui/theme/icons.h"
#include "ui/theme/role.h"
#include "ui/theme/theme.h"
#include "ui/widgets/button_row.h"
#include "ui/widgets/elided_label.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

namespace {

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

QString warningLines(const jobs::JobStatus &status)
{
    constexpr qsizetype mostLines = 4;
    QStringList lines;
    for (const Error &warning : status.warnings) {
        if (lines.size() < mostLines)
            lines << warningFor(warning);
    }
    const auto more = static_cast<int>(status.warningCount - lines.size());
    const bool isImport = status.title.code == "import" && status.state == jobs::JobState::Finished;
    if (more > 0)
        lines << (isImport ? JobPopup::tr("and %n more: see File \u203a Import Report", nullptr, more) : JobPopup::tr("and %n more", nullptr, more));
    return lines.join(QLatin1Char('\n'));
}

} // namespace

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

struct JobPopup::Row : QWidget
{
    explicit Row(QWidget *parent)
        : QWidget(parent)
    {
        setObjectName(QStringLiteral("jobRow"));
        title = new ElidedLabel({}, this);
        title->setObjectName(QStringLiteral("jobRowTitle"));
        title->setProperty("role", "strong");
        standing = new QLabel(this);
        standing->setObjectName(QStringLiteral("jobRowStanding"));
        standing->setProperty("role", "small");
        standing->setWordWrap(true);
        bar = new QProgressBar(this);
        bar->setObjectName(QStringLiteral("jobRowProgress"));
        bar->setTextVisible(false);
        buttons = new JobButtons(this);
        buttons->setObjectName(QStringLiteral("jobRowButtons"));
        auto *texts = new QVBoxLayout;
        texts->setSpacing(4);
        texts->addWidget(title);
        texts->addWidget(bar);
        texts->addWidget(standing);
        auto *row = new QHBoxLayout(this);
        row->setContentsMargins(Sizes::gap, 8, Sizes::gap, 8);
        row->addLayout(texts, 1);
        row->addWidget(buttons, 0, Qt::AlignTop);
    }

    ElidedLabel *title = nullptr;
    QLabel *standing = nullptr;
    QProgressBar *bar = nullptr;
    JobButtons *buttons = nullptr;
};

JobPopup::JobPopup(jobs::JobQueue *queue, QWidget *parent)
    : QFrame(parent, Qt::Popup)
    , m_queue(queue)
{
    setObjectName(QStringLiteral("jobPopup"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_rows = new QVBoxLayout(this);
    m_rows->setContentsMargins(0, 6, 0, 6);
    m_rows->setSpacing(0);
    rebuild();
    connect(queue, &jobs::JobQueue::jobAdded, this, &JobPopup::rebuild);
    connect(queue, &jobs::JobQueue::jobRemoved, this, &JobPopup::rebuild);
    connect(queue, &jobs::JobQueue::jobChanged, this, &JobPopup::refresh);
    connect(queue, &QObject::destroyed, this, &QWidget::close);
}

void JobPopup::rebuild()
{
    while (QLayoutItem *item = m_rows->takeAt(0)) {
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
    m_shown.clear();
    std::vector<jobs::JobKey> keys = m_queue->keys();
    std::reverse(keys.begin(), keys.end());
    constexpr std::size_t mostRows = 8;
    for (const jobs::JobKey key : keys) {
        if (m_shown.size() == mostRows)
            break;
        auto *row = new Row(this);
        m_rows->addWidget(row);
        m_shown.emplace_back(key, row);
        refresh(key);
    }
    if (m_shown.empty()) {
        auto *none = new QLabel(tr("No jobs. Imports, trainings and backups show up here."), this);
        none->setProperty("role", "secondary");
        none->setContentsMargins(Sizes::gap, 8, Sizes::gap, 8);
        m_rows->addWidget(none);
    }
    fit();
}

void JobPopup::fit()
{
    constexpr int widthPx = 440;
    m_rows->activate();
    const int height = m_rows->hasHeightForWidth() ? m_rows->totalHeightForWidth(widthPx) : m_rows->totalSizeHint().height();
    // It stands on the status bar and grows upwards.
    setGeometry(x(), y() + this->height() - height, widthPx, height);
}

void JobPopup::standOn(const QPoint &corner)
{
    move(corner.x(), corner.y() - height());
}

void JobPopup::refresh(jobs::JobKey key)
{
    const auto at = std::find_if(m_shown.begin(), m_shown.end(), [key](const auto &entry) { return entry.first == key; });
    const auto status = m_queue ? m_queue->status(key) : std::nullopt;
    if (at == m_shown.end() || !status)
        return;
    Row &row = *at->second;
    row.title->setText(jobTitle(status->title));
    const QString warnings = warningLines(*status);
    row.standing->setText(warnings.isEmpty() ? jobStanding(*status) : jobStanding(*status) + QLatin1Char('\n') + warnings);
    showProgress(row.bar, *status);
    row.buttons->show(m_queue, *status);
    fit();
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
    // A child of the window, not of the status bar, whose texts are grey.
    auto *popup = new JobPopup(m_queue, window());
    popup->standOn(m_list->mapToGlobal(QPoint(0, -6)));
    popup->show();
}

} // namespace flukeprint::ui
