#include "ui/dialogs/report_dialog.h"

#include "core/catalogue/integrity.h"
#include "core/workflows/import_photos.h"
#include "ui/text/decision_text.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"

#include <QApplication>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

ReportDialog::ReportDialog(const QString &title, const QString &summary, const Rows &rows, QWidget *parent)
    : QDialog(parent)
{
    setObjectName(QStringLiteral("reportDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(title);
    resize(720, 460);
    auto *text = new QLabel(summary, this);
    text->setObjectName(QStringLiteral("reportSummary"));
    text->setWordWrap(true);
    auto *table = new QTableWidget(static_cast<int>(rows.size()), 2, this);
    table->setObjectName(QStringLiteral("reportTable"));
    table->horizontalHeader()->hide();
    table->verticalHeader()->hide();
    table->setShowGrid(false);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
        table->setItem(row, 0, new QTableWidgetItem(rows[row].first));
        table->setItem(row, 1, new QTableWidgetItem(rows[row].second));
    }
    constexpr int gapPx = 24;
    constexpr int widestPx = 280;
    table->resizeColumnToContents(0);
    table->setColumnWidth(0, std::min(table->columnWidth(0) + gapPx, widestPx));
    table->setTextElideMode(Qt::ElideMiddle);
    table->setFocusPolicy(Qt::ClickFocus);
    table->horizontalHeader()->setStretchLastSection(true);
    const bool named = std::any_of(rows.begin(), rows.end(), [](const auto &row) { return !row.first.isEmpty(); });
    table->setColumnHidden(0, !named);

    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    QPushButton *copy = buttons->addButton(tr("Copy"), QDialogButtonBox::ActionRole);
    connect(copy, &QPushButton::clicked, this, [rows] {
        QStringList lines;
        for (const auto &[first, second] : rows)
            lines << (first.isEmpty() ? second : first + QLatin1Char('\t') + second);
        QApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(12);
    layout->addWidget(text);
    layout->addWidget(table, 1);
    layout->addWidget(buttons);
}

void ReportDialog::addChoice(const QString &name, const QString &text, const std::function<void()> &chosen)
{
    QPushButton *button = findChild<QDialogButtonBox *>()->addButton(text, QDialogButtonBox::ActionRole);
    button->setObjectName(name);
    button->setAutoDefault(false);
    connect(button, &QPushButton::clicked, this, [this, chosen] {
        accept();
        chosen();
    });
}

ReportDialog *ReportDialog::forImport(const workflows::ImportReport &report, QWidget *parent)
{
    Rows rows;
    for (const workflows::SkippedFile &file : report.skipped)
        rows.append({QFileInfo(file.path).fileName(), shortReason(file.reason)});
    for (const QString &path : report.filesWithoutFluke)
        rows.append({QFileInfo(path).fileName(), tr("no fluke was seen; the whole frame is its box")});
    for (const QString &path : report.movedFiles)
        rows.append({QFileInfo(path).fileName(), tr("found again at a new place")});
    for (const catalogue::LabelConflict &conflict : report.conflicts)
        rows.append({tr("label %1").arg(conflict.labelCode), tr("the catalogue says %1, which was kept").arg(conflict.existingCode)});
    for (const QString &image : report.unmatchedLabels)
        rows.append({image, tr("in the table of labels, but not among the photos")});
    QStringList parts {tr("%1 photos imported.").arg(countText(report.photos))};
    if (report.known > 0)
        parts << tr("%1 were known already.").arg(countText(report.known));
    if (report.moved > 0)
        parts << tr("%1 were found again at a new place.").arg(countText(report.moved));
    if (!report.skipped.empty())
        parts << tr("%1 files were left out.").arg(countText(static_cast<std::int64_t>(report.skipped.size())));
    if (report.unmatchedLabelCount > 0)
        parts << tr("%1 labels had no photo.").arg(countText(report.unmatchedLabelCount));
    if (report.withoutFluke > 0)
        parts << tr("In %1 photos no fluke was seen: their whole frame is the box.").arg(countText(report.withoutFluke));
    if (report.guessedBoxes > 0)
        parts << tr("The boxes of %1 photos were placed without the localiser, which had stopped: look them over.").arg(countText(report.guessedBoxes));
    if (report.mergedEncounters > 0)
        parts << tr("%1 encounters became part of another, because a photo lies between them. The Edit menu parts them again.")
                     .arg(countText(report.mergedEncounters));
    return new ReportDialog(tr("Import"), parts.join(QLatin1Char(' ')), rows, parent);
}

ReportDialog *ReportDialog::forIntegrity(const catalogue::IntegrityReport &report, QWidget *parent)
{
    Rows rows;
    for (const catalogue::Finding &finding : report.findings)
        rows.append({QString(), findingText(finding)});
    for (const catalogue::Finding &notice : report.notices)
        rows.append({tr("worth knowing"), findingText(notice)});
    QString summary = tr("%1 photos, %2 decisions and %3 fingerprints checked.")
                          .arg(countText(report.photosChecked), countText(report.decisionsChecked), countText(report.embeddingsChecked));
    summary += QLatin1Char(' ')
        + (report.findings.empty()
               ? tr("All is well.")
               : tr("%1 things need attention. With the catalogue closed, \u201cflukeprint-cli verify CATALOGUE --repair\u201d puts right what "
                    "follows from the rest:")
                     .arg(countText(static_cast<std::int64_t>(report.findings.size()))));
    return new ReportDialog(tr("Verify"), summary, rows, parent);
}

} // namespace flukeprint::ui
