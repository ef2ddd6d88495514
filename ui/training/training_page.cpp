#include "ui/training/training_page.h"

#include "core/workflows/session.h"
#include "core/workflows/training/training_controller.h"
#include "ui/settings/settings.h"
#include "ui/text/format.h"
#include "ui/theme/theme.h"
#include "ui/training/run_chart.h"
#include "ui/training/run_delegate.h"
#include "ui/training/run_header.h"
#include "ui/training/run_list_model.h"
#include "ui/training/run_readout.h"
#include "ui/training/setting_form.h"

#include <QAction>
#include <QGridLayout>
#include <QItemSelectionModel>
#include <QLabel>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>

namespace flukeprint::ui {

namespace {

constexpr int leftColumnPx = 324;
constexpr int redrawMs = 200;
constexpr int logLines = 2000;

enum LossCurve { NoisyLoss, TrainLoss, ValidationLoss };
enum ClusterCurve { Radius, Separation };
enum MapCurve { ThisRun, ServingModel };

} // namespace

TrainingPage::TrainingPage(const PageContext &context, QWidget *parent)
    : Page(QStringLiteral("training"), tr("Training"), QStringLiteral("training"), parent)
    , m_context(context)
    , m_form(new SettingForm(this))
    , m_runs(new RunListModel(this))
    , m_header(new RunHeader(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Sizes::pageMargin, Sizes::pageMargin, Sizes::pageMargin, Sizes::pageMargin);
    layout->setSpacing(Sizes::gap);
    layout->addWidget(m_header);
    auto *columns = new QHBoxLayout;
    columns->setSpacing(Sizes::gap);
    columns->addWidget(makeLeftColumn());
    columns->addWidget(makeCharts(), 1);
    layout->addLayout(columns, 1);
    makeActions();

    connect(m_header, &RunHeader::pauseRequested, this, &TrainingPage::pauseRun);
    connect(m_header, &RunHeader::resumeRequested, this, &TrainingPage::resumeRun);
    connect(m_header, &RunHeader::cancelRequested, this, &TrainingPage::cancelRun);
    connect(m_header, &RunHeader::promoteRequested, this, &TrainingPage::promoteRun);
    connect(m_header, &RunHeader::logToggled, m_logCard, &QWidget::setVisible);
    connect(m_header, &RunHeader::focusLeft, this, [this] { m_runList->setFocus(); });
    connect(m_form, &SettingForm::changed, this, &TrainingPage::refreshSummary);
    connect(m_form, &SettingForm::explained, this, [this](const QString &text) {
        m_explanation = text;
        m_explanation.replace(QLatin1Char('\n'), QLatin1Char(' '));
        refreshSummary();
    });
    connect(m_form, &SettingForm::corrected, this, [this](const QString &text) { Q_EMIT notice(text, false); });
    connect(m_form, &SettingForm::previewRequested, this, &TrainingPage::previewAugmentation);
    m_redraw.setSingleShot(true);
    m_redraw.setInterval(redrawMs);
    connect(&m_redraw, &QTimer::timeout, this, [this] {
        refreshCharts();
        refreshHeader();
    });
    m_logCard->hide();
    settingsChanged();
}

TrainingPage::~TrainingPage() = default;

QWidget *TrainingPage::makeLeftColumn()
{
    // A splitter sets its own bounds by those of its parts: the width is kept by what it stands in.
    auto *place = new QWidget(this);
    place->setObjectName(QStringLiteral("trainingColumnPlace"));
    place->setFixedWidth(leftColumnPx);
    auto *layout = new QVBoxLayout(place);
    layout->setContentsMargins(0, 0, 0, 0);
    auto *column = new QSplitter(Qt::Vertical, place);
    layout->addWidget(column);
    column->setObjectName(QStringLiteral("trainingColumn"));
    column->setChildrenCollapsible(false);
    column->setHandleWidth(Sizes::gap);
    column->addWidget(makeFormCard());
    column->addWidget(makeRunsCard());
    column->setStretchFactor(0, 3);
    column->setStretchFactor(1, 2);
    column->setSizes({430, 190}); // three runs are seen beside the most used settings
    return place;
}

QWidget *TrainingPage::makeFormCard()
{
    auto *fresh = new Card(tr("New run"), this);
    fresh->setObjectName(QStringLiteral("newRunCard"));
    auto *scroll = new QScrollArea(fresh);
    scroll->setObjectName(QStringLiteral("newRunScroll"));
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFrameShape(QFrame::NoFrame);
    m_form->setProperty("role", "plain");
    scroll->setWidget(m_form);
    fresh->body()->addWidget(scroll, 1);
    fresh->body()->addWidget(makeRule(fresh));
    m_summary = new QLabel(fresh);
    m_summary->setObjectName(QStringLiteral("trainingSummary"));
    m_summary->setProperty("role", "small");
    m_summary->setWordWrap(true);
    m_summary->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    // The words change with the field in use; the form above them must not.
    constexpr int lines = 4;
    m_summary->setFixedHeight(lines * QFontMetrics(smallFont()).lineSpacing());
    m_start = new QPushButton(tr("Start training"), fresh);
    m_start->setObjectName(QStringLiteral("startTraining"));
    m_start->setProperty("role", "primary");
    auto *foot = new QVBoxLayout;
    foot->setContentsMargins(Sizes::gap, 10, Sizes::gap, Sizes::gap);
    foot->setSpacing(10);
    foot->addWidget(m_summary);
    foot->addWidget(m_start);
    fresh->body()->addLayout(foot);
    return fresh;
}

QWidget *TrainingPage::makeRunsCard()
{
    auto *runs = new Card(tr("Runs"), this);
    runs->setObjectName(QStringLiteral("runsCard"));
    auto *score = new QLabel(tr("MAP@5"), runs);
    score->setObjectName(QStringLiteral("runsScoreCaption"));
    score->setProperty("role", "small");
    score->setToolTip(tr("Mean average precision of the first five candidates on photos kept aside"));
    runs->header()->addStretch(1);
    runs->header()->addWidget(score);
    m_runList = new QListView(runs);
    m_runList->setObjectName(QStringLiteral("runList"));
    m_runList->setModel(m_runs);
    m_runList->setItemDelegate(new RunDelegate(m_runList));
    m_runList->setMouseTracking(true);
    m_runList->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_runList->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_runList->setAccessibleName(tr("Training runs"));
    auto *none = new QLabel(tr("Every run stays here with its score,\nto be compared and put to use."), m_runList->viewport());
    none->setObjectName(QStringLiteral("runListEmpty"));
    none->setAlignment(Qt::AlignCenter);
    none->setProperty("role", "secondary");
    auto *place = new QVBoxLayout(m_runList->viewport());
    place->addWidget(none);
    const auto showNone = [this, none] { none->setVisible(m_runs->rowCount() == 0); };
    connect(m_runs, &QAbstractItemModel::modelReset, this, showNone);
    connect(m_runs, &QAbstractItemModel::rowsInserted, this, showNone);
    connect(m_runs, &QAbstractItemModel::rowsRemoved, this, showNone);
    runs->body()->addWidget(m_runList, 1);
    connect(m_runList->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex &current) {
        if (const auto run = m_runs->run(current))
            showRun(run->id);
    });
    return runs;
}

QWidget *TrainingPage::makeCharts()
{
    m_loss = new RunChart(tr("Loss"), metricText, this);
    m_loss->setObjectName(QStringLiteral("lossChart"));
    m_loss->addCurve(QString(), CurveRole::Faint);
    m_loss->addCurve(tr("train"), CurveRole::Main);
    m_loss->addCurve(tr("validation"), CurveRole::Second);
    m_clusters = new RunChart(tr("Cluster radius and separation"), metricText, this);
    m_clusters->setObjectName(QStringLiteral("clusterChart"));
    m_clusters->addCurve(tr("radius"), CurveRole::Second);
    m_clusters->addCurve(tr("separation"), CurveRole::Main);
    m_clusters->setToolTip(tr("Radius: how far an animal's photos lie from their centre. Separation: how far the nearest other animal's centre is. "
                              "Radius should fall below separation."));
    m_map = new RunChart(tr("MAP@5 on validation"), metricText, this);
    m_map->setObjectName(QStringLiteral("mapChart"));
    m_map->setShare(true);
    m_map->addCurve(tr("this run"), CurveRole::Main);
    m_map->addCurve(tr("model in use"), CurveRole::Reference);
    m_triplets = new RunChart(tr("Not yet told apart"), percentText, this);
    m_triplets->setObjectName(QStringLiteral("tripletChart"));
    m_triplets->setToolTip(tr("Active triplets: the share of a batch's triplets that still cost something. Where photos are compared with all others "
                              "of the batch at once: the share of them whose farthest mate is not nearer than the nearest other animal."));
    m_triplets->setShare(true);
    m_triplets->addCurve(tr("share of batch"), CurveRole::Main);

    m_logCard = new Card(tr("Log"), this);
    m_logCard->setObjectName(QStringLiteral("runLogCard"));
    m_log = new QPlainTextEdit(m_logCard);
    m_log->setObjectName(QStringLiteral("runLog"));
    m_log->setReadOnly(true);
    m_log->setMaximumBlockCount(logLines);
    m_log->setFrameShape(QFrame::NoFrame);
    m_log->setFixedHeight(130);
    m_logCard->body()->addWidget(m_log);

    auto *area = new QWidget(this);
    area->setObjectName(QStringLiteral("trainingCharts"));
    auto *grid = new QGridLayout(area);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(Sizes::gap);
    grid->addWidget(m_loss, 0, 0);
    grid->addWidget(m_clusters, 0, 1);
    grid->addWidget(m_map, 1, 0);
    grid->addWidget(m_triplets, 1, 1);
    m_readout = new RunReadout(area);
    grid->addWidget(m_readout, 2, 0, 1, 2);
    grid->addWidget(m_logCard, 3, 0, 1, 2);
    for (int i = 0; i < 2; ++i) {
        grid->setRowStretch(i, 1);
        grid->setColumnStretch(i, 1);
    }
    return area;
}

void TrainingPage::makeActions()
{
    const auto make = [this](const QString &text, const char *name, auto slot) {
        auto *action = new QAction(text, this);
        action->setObjectName(QLatin1String(name));
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    m_startAction = make(tr("&Start Training"), "actionStartTraining", &TrainingPage::startRun);
    m_startAction->setShortcut(QKeySequence(tr("Ctrl+T")));
    m_pauseAction = make(tr("&Pause"), "actionPauseTraining", &TrainingPage::pauseRun);
    m_resumeAction = make(tr("&Resume"), "actionResumeTraining", &TrainingPage::resumeRun);
    m_cancelAction = make(tr("&Cancel"), "actionCancelTraining", &TrainingPage::cancelRun);
    m_promoteAction = make(tr("Pro&mote Model"), "actionPromoteModel", &TrainingPage::promoteRun);
    m_deleteAction = make(tr("&Delete Run\u2026"), "actionDeleteRun", &TrainingPage::deleteRun);
    m_deleteAction->setShortcut(QKeySequence::Delete);
    m_deleteAction->setShortcutContext(Qt::WidgetShortcut);
    m_runList->addAction(m_deleteAction);
    m_runList->setContextMenuPolicy(Qt::ActionsContextMenu);
    connect(m_start, &QPushButton::clicked, m_startAction, &QAction::trigger);
    connect(m_startAction, &QAction::enabledChanged, m_start, &QWidget::setEnabled);
}

QList<QAction *> TrainingPage::menuActions(MenuPlace place) const
{
    if (place != MenuPlace::Train)
        return {};
    return {m_startAction, m_pauseAction, m_resumeAction, m_cancelAction, m_promoteAction, m_deleteAction};
}

void TrainingPage::setSession(workflows::CatalogueSession *session)
{
    if (m_session) {
        m_session->disconnect(this);
        m_session->training().disconnect(this);
    }
    m_session = session;
    m_live.clear();
    m_shown = {};
    m_runs->setCatalogue(session ? &session->catalogue() : nullptr);
    if (session)
        connectSession();
    if (const Result<void> read = m_runs->reload(); !read)
        Q_EMIT failure(tr("The training runs could not be read"), read.error());
    if (m_runs->rowCount() > 0)
        m_runList->setCurrentIndex(m_runs->index(0));
    else
        showRun({});
    refreshSummary();
}

void TrainingPage::settingsChanged()
{
    const QString device = m_context.settings->value(SettingKey::TrainingDevice).toString();
    m_form->setDevice(device == QLatin1String("cuda")  ? protocol::Device::Cuda
                          : device == QLatin1String("cpu") ? protocol::Device::Cpu
                                                           : protocol::Device::Auto);
}

void TrainingPage::activated()
{
    refreshSummary();
    refreshHeader();
}

} // namespace flukeprint::ui
