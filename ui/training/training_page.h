#pragma once

#include "core/base/progress.h"
#include "core/jobs/run_ingest.h"
#include "core/workflows/training/training_request.h"
#include "ui/shell/page.h"
#include "ui/training/run_curves.h"

#include <QPointer>
#include <QTimer>

#include <map>

class QLabel;
class QListView;
class QPlainTextEdit;
class QPushButton;

namespace flukeprint::ui {

class Card;
class RunChart;
class RunHeader;
class RunListModel;
class RunReadout;
class SettingForm;
struct RunStanding;

/// Starts training runs and shows them live: settings at the left, curves at the right, the list of runs below the settings.
class TrainingPage : public Page
{
    Q_OBJECT

public:
    explicit TrainingPage(const PageContext &context, QWidget *parent = nullptr);
    ~TrainingPage() override;

    void setSession(workflows::CatalogueSession *session) override;
    void activated() override;
    void settingsChanged() override;
    [[nodiscard]] QList<QAction *> menuActions(MenuPlace place) const override;

private:
    struct Live
    {
        Progress progress;
        double itemsPerSecond = 0;
    };

    QWidget *makeLeftColumn();
    QWidget *makeFormCard();
    QWidget *makeRunsCard();
    QWidget *makeCharts();
    void makeActions();
    void connectSession();

    void startRun();
    void previewAugmentation();
    void resumeRun();
    void pauseRun();
    void cancelRun();
    void promoteRun();
    void deleteRun();
    void runGone(RunId run);

    void showRun(RunId run);
    void readRun();
    void refreshShownRun();
    void refreshCharts();
    void refreshHeader();
    void refreshSummary();
    void fillProgress(RunStanding &standing) const;
    [[nodiscard]] QString timeText(double photos) const;
    void addPoints(RunId run, const jobs::MetricBatch &points);
    void addLogLine(RunId run, const QString &text);
    void runEnded(RunId run, const workflows::TrainingOutcome &outcome);
    [[nodiscard]] bool hasCheckpoint(const catalogue::Run &run) const;
    [[nodiscard]] QString verdictOf(const catalogue::Run &run, bool *bad) const;
    [[nodiscard]] double epochsOf(const catalogue::Run &run) const;
    /// The end of the charts' axis: what the run is meant to take, or took.
    [[nodiscard]] double shownEpochs(const catalogue::Run &run) const;
    /// MAP@5 of the model that served when the run ended, on the run's own validation photos.
    [[nodiscard]] std::optional<double> servingScore(const catalogue::Run &run) const;

    PageContext m_context;
    workflows::CatalogueSession *m_session = nullptr;
    SettingForm *m_form = nullptr;
    QLabel *m_summary = nullptr;
    QString m_explanation; ///< of the setting in use; takes the summary's place
    QPushButton *m_start = nullptr;
    RunListModel *m_runs = nullptr;
    QListView *m_runList = nullptr;
    RunHeader *m_header = nullptr;
    RunChart *m_loss = nullptr;
    RunChart *m_clusters = nullptr;
    RunChart *m_map = nullptr;
    RunChart *m_triplets = nullptr;
    RunReadout *m_readout = nullptr;
    Card *m_logCard = nullptr;
    QPlainTextEdit *m_log = nullptr;
    QAction *m_startAction = nullptr;
    QAction *m_pauseAction = nullptr;
    QAction *m_resumeAction = nullptr;
    QAction *m_deleteAction = nullptr;
    QAction *m_cancelAction = nullptr;
    QAction *m_promoteAction = nullptr;
    QTimer m_redraw;
    RunId m_shown;
    RunCurves m_curves;
    std::map<RunId, Live> m_live;
};

} // namespace flukeprint::ui
