#pragma once

#include "core/base/progress.h"
#include "core/catalogue/records.h"
#include "ui/widgets/card.h"

#include <optional>

class QLabel;
class QProgressBar;
class QPushButton;

namespace flukeprint::ui {

class ElidedLabel;
class Pill;

/// What the header says about the run on show.
struct RunStanding
{
    catalogue::Run run;
    bool serving = false; ///< its model is the one in use
    Progress progress; ///< of the run's job, as the jobs area shows it; without a stage: it has no job
    bool isStopping = false; ///< cancelled, but still at work
    std::string doing; ///< stage of this moment: a run measures itself between its steps
    double itemsPerSecond = 0;
    std::optional<double> secondsLeft; ///< as the jobs area says it
    double epoch = 0;
    double epochs = 0;
    double minutes = 0; ///< after which the run ends, whatever epoch it has come to; 0: no limit
    std::int64_t step = 0;
    double secondsInTraining = 0;
    QString verdict; ///< the comparison with the model in use, or why the run failed
    bool verdictIsBad = false;
    bool hasCheckpoint = false; ///< of a run that is not active: resuming goes on from it
};

/// Queued, running or paused.
[[nodiscard]] bool isActive(catalogue::RunState state);

/// The run on show: name, what it is doing, progress, time left, and what can be done with it now.
class RunHeader : public Card
{
    Q_OBJECT

public:
    explicit RunHeader(QWidget *parent = nullptr);
    /// nullopt: no run is on show.
    void setStanding(const std::optional<RunStanding> &standing, bool canWrite);
    [[nodiscard]] bool isLogWanted() const;

Q_SIGNALS:
    void pauseRequested();
    void resumeRequested(); ///< of a paused run and of one that ended early
    void cancelRequested();
    void promoteRequested();
    void logToggled(bool shown);
    /// The button that had the focus is gone, and no other one does the same thing again or takes it back.
    void focusLeft();

private:
    void showProgress(const RunStanding &standing);
    void showBar(const RunStanding &standing);
    void showButtons(const RunStanding &standing, bool canWrite);

    QLabel *m_name = nullptr;
    ElidedLabel *m_facts = nullptr;
    QLabel *m_place = nullptr;
    QLabel *m_rate = nullptr;
    QProgressBar *m_bar = nullptr;
    ElidedLabel *m_verdict = nullptr;
    QPushButton *m_pause = nullptr;
    QPushButton *m_resume = nullptr;
    QPushButton *m_cancel = nullptr;
    QPushButton *m_promote = nullptr;
    Pill *m_log = nullptr;
};

} // namespace flukeprint::ui
