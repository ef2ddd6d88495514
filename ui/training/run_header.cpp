#include "ui/training/run_header.h"

#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/text/training_text.h"
#include "ui/theme/theme.h"
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

bool isActive(RunState state) { return state == RunState::Queued || state == RunState::Running || state == RunState::Paused; }

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
    m_bar->setTextVisible(false);
    m_bar->setRange(0, 1000);
    m_bar->setObjectName(QStringLiteral("runProgress"));
    m_promote->setProperty("role", "primary");
    m_promote->setToolTip(tr("Make this the model that finds candidates. The catalogue is read anew in the background; the present model serves until then."));
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
    const QString facts = standing ? QStringLiteral("%1%2").arg(shown.run.preset, shown.run.device.isEmpty() ? QString() : QStringLiteral(", ") + shown.run.device)
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

void RunHeader::showProgress(const RunStanding &standing)
{
    const RunState state = standing.run.state;
    const double share = standing.epochs > 0 ? std::clamp(standing.epoch / standing.epochs, 0.0, 1.0) : 0.0;
    m_bar->setValue(static_cast<int>(std::lround((state == RunState::Finished ? 1.0 : share) * 1000)));
    QString place = runStateText(state);
    const bool training = standing.step > 0;
    if (training) {
        const int epoch = std::min(static_cast<int>(std::floor(standing.epoch)) + 1, static_cast<int>(standing.epochs));
        place = tr("epoch %1 of %2   step %3").arg(epoch).arg(std::lround(standing.epochs)).arg(countText(standing.step));
        if (state != RunState::Running)
            place += QStringLiteral("   ") + runStateText(state);
    } else if (isActive(state) && !standing.progress.stage.empty()) {
        place = stageText(standing.progress.stage);
        if (standing.progress.total > 0)
            place += QStringLiteral(" %1 / %2").arg(countText(standing.progress.done), countText(standing.progress.total));
    }
    m_place->setText(place);
    QString rate;
    if (state == RunState::Running && standing.itemsPerSecond > 0)
        rate = tr("%1 photos/s").arg(rateText(standing.itemsPerSecond));
    if (state == RunState::Running && training && standing.secondsLeft)
        rate += QStringLiteral("   ") + tr("%1 left").arg(durationText(*standing.secondsLeft));
    else if (state == RunState::Finished)
        rate = durationText(standing.secondsInTraining);
    m_rate->setText(rate);
}

void RunHeader::showButtons(const RunStanding &standing, bool canWrite)
{
    const RunState state = standing.run.state;
    m_pause->setVisible(state == RunState::Running);
    m_resume->setVisible(state == RunState::Paused || canGoOn(state));
    m_resume->setEnabled(canWrite);
    m_resume->setToolTip(canGoOn(state) ? tr("Goes on from the newest checkpoint.") : QString());
    m_cancel->setVisible(isActive(state));
    m_cancel->setToolTip(tr("Writes a checkpoint and stops; the run can be resumed later."));
    m_promote->setVisible(state == RunState::Finished && standing.run.model.isValid());
    m_promote->setEnabled(canWrite && !standing.serving);
    m_promote->setText(standing.serving ? tr("In use") : tr("Promote"));
}

} // namespace flukeprint::ui
