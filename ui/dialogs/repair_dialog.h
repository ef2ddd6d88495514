#pragma once

#include "core/base/result.h"
#include "core/jobs/thread_job.h"

#include <QDialog>

#include <filesystem>
#include <memory>
#include <optional>

class QLabel;
class QProgressBar;
class QPushButton;

namespace flukeprint::workflows {
struct RepairOutcome;
}

namespace flukeprint::ui {

/// Repairs a catalogue that nobody else has open, while it shows how far it is; Cancel stops at the next safe place. GUI thread only.
class RepairDialog : public QDialog
{
    Q_OBJECT
public:
    ~RepairDialog() override;

    /// Blocks, but for this dialog. Errors: those of workflows::repairFolder; Cancelled where the user did.
    static Result<workflows::RepairOutcome> repair(const std::filesystem::path &folder, QWidget *parent);

    void reject() override;

private:
    explicit RepairDialog(QWidget *parent);
    void showProgress(const Progress &progress);

    QLabel *m_stage;
    QProgressBar *m_bar;
    QPushButton *m_cancel = nullptr;
    std::unique_ptr<jobs::ThreadJob> m_job;
};

} // namespace flukeprint::ui
