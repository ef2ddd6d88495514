#include "ui/dialogs/repair_dialog.h"

#include "core/workflows/maintenance.h"
#include "ui/dialogs/button_names.h"
#include "ui/text/messages.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

namespace flukeprint::ui {

RepairDialog::RepairDialog(QWidget *parent)
    : QDialog(parent)
    , m_stage(new QLabel(this))
    , m_bar(new QProgressBar(this))
{
    setObjectName(QStringLiteral("repairDialog"));
    setWindowTitle(tr("Repair"));
    setMinimumWidth(460);
    auto *text = new QLabel(
        tr("A copy of the database as it is goes to the catalogue\u2019s folder \u201cbackups\u201d first. Decisions are never removed."), this);
    text->setObjectName(QStringLiteral("repairText"));
    text->setWordWrap(true);
    m_stage->setObjectName(QStringLiteral("repairStage"));
    m_stage->setProperty("role", "small");
    m_bar->setObjectName(QStringLiteral("repairBar"));
    m_bar->setRange(0, 0);
    m_bar->setTextVisible(false);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_cancel = buttons->button(QDialogButtonBox::Cancel);
    m_cancel->setObjectName(QStringLiteral("repairCancel"));
    connect(buttons, &QDialogButtonBox::rejected, this, &RepairDialog::reject);
    nameButtons(buttons, QStringLiteral("repair"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(12);
    layout->addWidget(text);
    layout->addWidget(m_bar);
    layout->addWidget(m_stage);
    layout->addWidget(buttons);
}

RepairDialog::~RepairDialog() = default;

Result<workflows::RepairOutcome> RepairDialog::repair(const std::filesystem::path &folder, QWidget *parent)
{
    RepairDialog dialog(parent);
    std::optional<Result<workflows::RepairOutcome>> outcome;
    dialog.m_job = workflows::makeRepairJob(folder, [&](const Result<workflows::RepairOutcome> &ended) {
        outcome.emplace(ended);
        dialog.accept();
    });
    connect(dialog.m_job.get(), &jobs::Job::progressed, &dialog, &RepairDialog::showProgress);
    dialog.m_job->start();
    dialog.exec();
    return outcome ? std::move(*outcome) : Result<workflows::RepairOutcome>(Error(ErrorCode::Cancelled));
}

void RepairDialog::reject()
{
    // The job's end closes the dialog: until then the catalogue is not free.
    m_stage->setText(tr("stopping"));
    m_cancel->setEnabled(false);
    m_job->cancel();
}

void RepairDialog::showProgress(const Progress &progress)
{
    if (!m_cancel->isEnabled())
        return;
    m_stage->setText(stageText(progress.stage));
    constexpr std::int64_t steps = 1000;
    m_bar->setRange(0, progress.total > 0 ? static_cast<int>(steps) : 0);
    if (progress.total > 0)
        m_bar->setValue(static_cast<int>(steps * progress.done / progress.total));
}

} // namespace flukeprint::ui
