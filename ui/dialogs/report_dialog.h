#pragma once

#include <QDialog>
#include <QList>
#include <QPair>

#include <functional>

namespace flukeprint::workflows {
struct ImportReport;
struct RepairOutcome;
}
namespace flukeprint::catalogue {
struct IntegrityReport;
}

namespace flukeprint::ui {

/// A heading, some sentences and a table of two columns that can be copied. Deletes itself when closed.
class ReportDialog : public QDialog
{
    Q_OBJECT
public:
    using Rows = QList<QPair<QString, QString>>;
    /// `copied`: what Copy puts on the clipboard, where that is more than the rows.
    ReportDialog(const QString &title, const QString &summary, const Rows &rows, QWidget *parent, const QString &copied = {});

    /// A further button, left of Close; it closes the dialog and then does this.
    void addChoice(const QString &name, const QString &text, const std::function<void()> &chosen);

    static ReportDialog *forImport(const workflows::ImportReport &report, QWidget *parent);
    static ReportDialog *forIntegrity(const catalogue::IntegrityReport &report, QWidget *parent);
    static ReportDialog *forRepair(const workflows::RepairOutcome &outcome, QWidget *parent);
    /// Whether a repair would put any of it right; the rest only a person or a backup can.
    [[nodiscard]] static bool isRepairable(const catalogue::IntegrityReport &report);
    /// "642 photos, 1 decision and 12 fingerprints checked."
    [[nodiscard]] static QString checkedText(const catalogue::IntegrityReport &report);
};

} // namespace flukeprint::ui
