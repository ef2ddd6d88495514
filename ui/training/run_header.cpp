#include "ui/training/run_header.h"

#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/text/training_text.h"
#include "ui/theme/theme.h"
#include "ui/widgets/button_row.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/pill.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QStyle>

#include <algorithm>
#include <cmath>

namespace flukeprint::ui {

namespace {

using catalogue::RunState;

bool canGoOn(RunState state)
{
    return state == RunState::Cancelled || state == RunState::Failed || state == RunState::Interrupted;
}

QPushButton *makeButton(const QString &text, const QString &name, QWidget *parent)
{
    auto *button = new QPushButton(text, parent);
    button->setObjectName(name);
    return button;
}

QLabel *makeSmallLabel(QWidget *parent)
{
    auto *label = new QLabel(parent);
    label->setProperty("role", "small");
    return label;
}

} // namespace

bool isActive(RunState state) { return state == RunState::Queued || state == RunState::Running || state == RunState::Paused; }

RunHeader::RunHeader(QWidget *parent)
    : Card(parent)
    , m_name(new QLabel(this))
    , m_facts(new ElidedLabel({}, this))
    , m_place(makeSmallLabel(this))
    , m_rate(makeSmallLabel(this))
    , m_bar(new QProgressBar(this))
    , m_verdict(new ElidedLabel({}, this))
    , m_pause(makeButton(tr("Pause"), QStringLiteral("pauseRun"), this))
    , m_resume(makeButton(tr("Resume"), QStringLiteral("resumeRun"), this))
    , m_cancel(makeButton(tr("Cancel"), QStringLiteral("cancelRun"), this))
    , m_promote(makeButton(tr("Promote"), QStringLiteral("promoteRun"), this))
    , m_log(new Pill(tr("log"), Pill::Kind::Button, this))
{
    m_name->setProperty("role", "title");
    m_name->setObjectName(QStringLiteral("runName"));
    setObjectName(QStringLiteral("runHeader"));
    m_facts->setProperty("role", "small");
    m_facts->setObjectName(QStringLiteral("runFacts"));
    m_place->setObjectName(QStringLiteral("runPlace"));
    m_rate->setObjectName(QStringLiteral("runRate"));
    m_verdict->setProperty("role", "small");
    m_verdict->setObjectName(QStringLiteral("runVerdict"));
    QSizePolicy kept = m_verdict->sizePolicy();
    kept.setRetainSizeWhenHidden(true); // a verdict that comes must not push the charts down
    m_verdict->setSizePolicy(kept);
    m_bar->setTextVisible(false);
    m_bar->setRange(0, 1000);
    m_bar->setObjectName(QStringLiteral("runProgress"));
    m_promote->setProperty("role", "primary");
    m_promote->setToolTip(
        tr("Make this the model that finds candidates. The catalogue is read anew in the background; the present model serves until then."));
    m_log->setCheckable(true);
    m_log->setObjectName(QStringLiteral("showLog"));

    auto *words = new QVBoxLayout;
    words->setSpacing(3);
    words->addWidget(m_name);
    words->addWidget(m_facts);
    auto *line = new QHBoxLayout;
    line->addWidget(m_place);
    line->addStretch(1);
    line->addWidget(m_rate);
    auto *middle = new QVBoxLayout;
    middle->setSpacing(5);
    middle->addLayout(line);
    middle->addWidget(m_bar);
    middle->addWidget(m_verdict);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(16, 12, 16, 12);
    row->setSpacing(Sizes::gap);
    row->addLayout(words, 2);
    row->addLayout(middle, 5);
    for (QWidget *widget : {static_cast<QWidget *>(m_log), static_cast<QWidget *>(m_pause), static_cast<QWidget *>(m_resume),
                            static_cast<QWidget *>(m_cancel), static_cast<QWidget *>(m_promote)})
        row->addWidget(widget, 0, Qt::AlignVCenter);
    body()->addLayout(row);

    connect(m_pause, &QPushButton::clicked, this, &RunHeader::pauseRequested);
    connect(m_resume, &QPushButton::clicked, this, &RunHeader::resumeRequested);
    connect(m_cancel, &QPushButton::clicked, this, &RunHeader::cancelRequested);
    connect(m_promote, &QPushButton::clicked, this, &RunHeader::promoteRequested);
    connect(m_log, &QAbstractButton::toggled, this, &RunHeader::logToggled);
    setStanding(std::nullopt, false);
}

bool RunHeader::isLogWanted() const { return m_log->isChecked(); }

void RunHeader::setStanding(const std::optional<RunStanding> &standing, bool canWrite)
{
    const RunStanding shown = standing.value_or(RunStanding{});
    m_name->setText(standing ? shown.run.name : tr("Training"));
    const QString facts = standing
        ? QStringLiteral("%1%2").arg(shown.run.preset, shown.run.device.isEmpty() ? QString() : QStringLiteral(", ") + shown.run.device)
        : tr("No run yet: choose the settings and press Start training.");
    m_facts->setText(facts);
    m_verdict->setText(shown.verdict);
    m_verdict->setProperty("role", shown.verdictIsBad ? "attention" : "small");
    m_verdict->style()->unpolish(m_verdict);
    m_verdict->style()->polish(m_verdict);
    m_verdict->setVisible(!shown.verdict.isEmpty());
    m_log->setVisible(standing.has_value());
    if (standing)
        showProgress(shown);
    m_bar->setVisible(standing.has_value());
    m_place->setVisible(standing.has_value());
    m_rate->setVisible(standing.has_value());
    if (standing) {
        showButtons(shown, canWrite);
        return;
    }
    for (QPushButton *button : {m_pause, m_resume, m_cancel, m_promote})
        button->hide();
}

/// The job's own share, so that this bar and that of the jobs area are one; without a job, how far the run came.
void RunHeader::showBar(const RunStanding &standing)
{
    constexpr int steps = 1000;
    const Progress &progress = standing.progress;
    const bool isActiveJob = isActive(standing.run.state) && !progress.stage.empty();
    m_bar->setRange(0, isActiveJob && progress.total <= 0 ? 0 : steps);
    double share = 1;
    if (isActiveJob)
        share = progress.total > 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : 0;
    else if (standing.run.state != RunState::Finished)
        share = std::max(standing.epochs > 0 ? standing.epoch / standing.epochs : 0,
                         standing.minutes > 0 ? standing.secondsInTraining / (60 * standing.minutes) : 0);
    m_bar->setValue(static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * steps)));
}

void RunHeader::showProgress(const RunStanding &standing)
{
    showBar(standing);
    const RunState state = standing.run.state;
    const Progress &progress = standing.progress;
    const bool hasJob = isActive(state) && !progress.stage.empty();
    const bool isBeside = hasJob && progress.stage != "training"; // before the steps or after them
    const bool isStepping = hasJob && !isBeside;
    const std::int64_t step = isStepping ? std::max(standing.step, progress.done) : standing.step;
    QString place = standing.isStopping ? tr("stopping") : runStateText(state);
    if (isBeside && !standing.isStopping) {
        place = stageText(progress.stage);
        if (progress.total > 0)
            place += QStringLiteral("   ") + percentText(static_cast<double>(progress.done) / static_cast<double>(progress.total));
    } else if (step > 0) {
        const int epoch = std::min(static_cast<int>(std::floor(standing.epoch)) + 1, static_cast<int>(standing.epochs));
        place = standing.minutes > 0
            ? tr("epoch %1   step %2   limit %3").arg(epoch).arg(countText(step), durationText(60 * standing.minutes))
            : tr("epoch %1 of %2   step %3").arg(epoch).arg(std::lround(standing.epochs)).arg(countText(step));
        if (state != RunState::Running || standing.isStopping)
            place += QStringLiteral("   ") + (standing.isStopping ? tr("stopping") : runStateText(state));
        else if (standing.doing == "validating")
            place += QStringLiteral("   ") + stageText(standing.doing);
    }
    m_place->setText(place);
    QString rate;
    if (state == RunState::Running && !isBeside && standing.itemsPerSecond > 0)
        rate = tr("%1 photos/s").arg(rateText(standing.itemsPerSecond));
    if (state == RunState::Running && !isBeside && !standing.isStopping && step > 0 && standing.secondsLeft)
        rate += QStringLiteral("   ") + tr("%1 left").arg(durationText(*standing.secondsLeft));
    else if (state == RunState::Finished)
        rate = durationText(standing.secondsInTraining);
    m_rate->setText(rate);
}

void RunHeader::showButtons(const RunStanding &standing, bool canWrite)
{
    const RunState state = standing.run.state;
    m_resume->setEnabled(canWrite);
    m_resume->setToolTip(!canGoOn(state) ? QString() : standing.hasCheckpoint ? tr("Goes on from the newest checkpoint.")
                                                                               : tr("Begins the run again: it has no checkpoint."));
    m_cancel->setToolTip(tr("Writes a checkpoint and stops; the run can be resumed later."));
    bool isKept = ui::showButtons({{m_pause, state == RunState::Running && !standing.isStopping, m_resume},
                                   {m_resume, (state == RunState::Paused && !standing.isStopping) || canGoOn(state), m_pause},
                                   {m_cancel, isActive(state) && !standing.isStopping},
                                   {m_promote, state == RunState::Finished && standing.run.model.isValid()}});
    const bool canPromote = canWrite && !standing.serving;
    if (m_promote->hasFocus() && !canPromote) {
        m_promote->clearFocus();
        isKept = false;
    }
    m_promote->setEnabled(canPromote);
    m_promote->setText(standing.serving ? tr("In use") : tr("Promote"));
    if (!isKept)
        Q_EMIT focusLeft();
}

} // namespace flukeprint::ui
