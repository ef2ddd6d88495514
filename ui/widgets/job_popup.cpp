#include "ui/widgets/job_popup.h"

#include "ui/text/messages.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/job_strip.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

namespace {

constexpr int widthPx = 440;
constexpr int headerPx = 34;
constexpr int edgePx = 6;
constexpr int marginPx = 12; // to the upper edge of the window
constexpr int tallestPx = 440;
constexpr std::size_t mostRows = 50;

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

JobPopup::JobPopup(jobs::JobQueue *queue, QWidget *opener)
    : Popup(opener)
    , m_queue(queue)
{
    setObjectName(QStringLiteral("jobPopup"));
    ensurePolished(); // the style sheet's frame counts in the height
    setFixedWidth(widthPx);
    m_list = new QWidget(this);
    m_list->setObjectName(QStringLiteral("jobRows"));
    m_list->setProperty("role", "plain");
    m_rows = new QVBoxLayout(m_list);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(0);
    m_scroll = new QScrollArea(this);
    m_scroll->setObjectName(QStringLiteral("jobScroll"));
    m_scroll->setWidget(m_list);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_none = new QLabel(tr("No jobs. Imports, trainings and backups show up here."), this);
    m_none->setObjectName(QStringLiteral("jobNone"));
    m_none->setProperty("role", "secondary");
    m_none->setContentsMargins(Sizes::gap, 8, Sizes::gap, 8);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, edgePx, 1, edgePx);
    layout->setSpacing(0);
    layout->addWidget(buildHeader());
    layout->addWidget(m_none);
    layout->addWidget(m_scroll, 1);
    m_rebuildSoon.setSingleShot(true);
    m_rebuildSoon.setInterval(0);
    connect(&m_rebuildSoon, &QTimer::timeout, this, &JobPopup::rebuild);
    rebuild();
    connect(queue, &jobs::JobQueue::jobAdded, &m_rebuildSoon, qOverload<>(&QTimer::start));
    connect(queue, &jobs::JobQueue::jobRemoved, &m_rebuildSoon, qOverload<>(&QTimer::start));
    connect(queue, &jobs::JobQueue::jobChanged, this, &JobPopup::refresh);
    connect(queue, &QObject::destroyed, this, &QWidget::close);
}

QWidget *JobPopup::buildHeader()
{
    auto *header = new QWidget(this);
    header->setObjectName(QStringLiteral("jobHeader"));
    header->setFixedHeight(headerPx);
    auto *title = new QLabel(tr("Jobs"), header);
    title->setObjectName(QStringLiteral("jobHeaderTitle"));
    title->setProperty("role", "cardTitle");
    m_clear = new QPushButton(tr("Clear Finished"), header);
    m_clear->setObjectName(QStringLiteral("jobClearFinished"));
    m_clear->setProperty("role", "flat");
    m_clear->setFocusPolicy(Qt::TabFocus);
    m_clear->setToolTip(tr("Takes all that have ended off the list"));
    connect(m_clear, &QPushButton::clicked, this, [this] {
        if (m_queue)
            m_queue->removeEnded();
    });
    auto *row = new QHBoxLayout(header);
    row->setContentsMargins(Sizes::gap, 0, 4, 0);
    row->addWidget(title);
    row->addStretch();
    row->addWidget(m_clear);
    return header;
}

void JobPopup::rebuild()
{
    while (QLayoutItem *item = m_rows->takeAt(0)) {
        if (item->widget()) {
            item->widget()->hide();
            item->widget()->deleteLater(); // it may be a button of it that was pressed
        }
        delete item;
    }
    m_shown.clear();
    std::vector<jobs::JobKey> keys = m_queue ? m_queue->keys() : std::vector<jobs::JobKey>();
    std::reverse(keys.begin(), keys.end());
    keys.resize(std::min(keys.size(), mostRows));
    for (const jobs::JobKey key : keys) {
        auto *row = new Row(m_list);
        m_rows->addWidget(row);
        m_shown.emplace_back(key, row);
        refresh(key);
        row->show(); // Qt would, but later, and rows that are hidden have no height yet
    }
    m_rows->addStretch();
    m_none->setVisible(m_shown.empty());
    m_scroll->setVisible(!m_shown.empty());
    fit();
}

void JobPopup::fit()
{
    const auto ended = [this](const auto &entry) {
        const auto status = m_queue ? m_queue->status(entry.first) : std::nullopt;
        return status && status->canRemove;
    };
    m_clear->setVisible(std::any_of(m_shown.begin(), m_shown.end(), ended));
    for (const auto &[key, row] : m_shown)
        row->layout()->activate();
    m_rows->activate();
    const int wanted = m_shown.empty() ? 0
        : m_rows->hasHeightForWidth()  ? m_rows->totalHeightForWidth(widthPx - 2)
                                       : m_rows->totalSizeHint().height();
    const int head = headerPx + 2 * edgePx + (m_shown.empty() ? m_none->sizeHint().height() : 0);
    const int most = m_corner.isNull() ? tallestPx : std::min(tallestPx, m_corner.y() - parentWidget()->mapToGlobal(QPoint()).y() - marginPx);
    setFixedHeight(std::clamp(head + wanted, head, std::max(head, most)));
    // It stands on the status bar and grows upwards.
    if (!m_corner.isNull())
        move(m_corner.x(), m_corner.y() - height());
}

void JobPopup::standOn(const QPoint &corner)
{
    m_corner = corner;
    fit();
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
    if (!m_corner.isNull())
        fit();
}

} // namespace flukeprint::ui
