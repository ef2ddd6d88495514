#pragma once

#include <QDialog>
#include <QList>
#include <QPair>

#include <functional>

namespace flukeprint::workflows {
struct ImportReport;
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
    ReportDialog(const QString &title, const QString &summary, const Rows &rows, QWidget *parent);

    /// A further button, left of Close; it closes the dialog and then does this.
    void addChoice(const QString &name, const QString &text, const std::function<void()> &chosen);

    static ReportDialog *forImport(const workflows::ImportReport &report, QWidget *parent);
    static ReportDialog *forIntegrity(const catalogue::IntegrityReport &report, QWidget *parent);
};

} // namespace flukeprint::ui
