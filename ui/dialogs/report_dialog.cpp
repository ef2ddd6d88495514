#include "ui/dialogs/report_dialog.h"

#include "core/catalogue/repair.h"
#include "core/workflows/care/verify_catalogue.h"
#include "core/workflows/import_photos.h"
#include "ui/dialogs/button_names.h"
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

namespace {

QString linesOf(const ReportDialog::Rows &rows)
{
    QStringList lines;
    for (const auto &[first, second] : rows)
        lines << (first.isEmpty() ? second : first + QLatin1Char('\t') + second);
    return lines.join(QLatin1Char('\n'));
}

} // namespace

ReportDialog::ReportDialog(const QString &title, const QString &summary, const Rows &rows, QWidget *parent, const QString &copied)
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
    table->verticalHeader()->setResizeContentsPrecision(0); // of the rows in view: there may be thousands
    table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
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
    copy->setObjectName(QStringLiteral("reportCopy"));
    copy->setAutoDefault(false);
    connect(copy, &QPushButton::clicked, this, [text = copied.isEmpty() ? linesOf(rows) : copied] { QApplication::clipboard()->setText(text); });
    QPushButton *close = buttons->button(QDialogButtonBox::Close);
    close->setObjectName(QStringLiteral("reportClose"));
    close->setDefault(true);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    nameButtons(buttons, QStringLiteral("report"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(12);
    layout->addWidget(text);
    layout->addWidget(table, 1);
    layout->addWidget(buttons);
    close->setFocus();
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
    QStringList parts {tr("%Ln photo(s) imported.", nullptr, static_cast<int>(report.photos))};
    if (report.known > 0)
        parts << tr("%Ln was/were known already.", nullptr, static_cast<int>(report.known));
    if (report.moved > 0)
        parts << tr("%Ln was/were found again at a new place.", nullptr, static_cast<int>(report.moved));
    if (!report.skipped.empty())
        parts << tr("%Ln file(s) left out.", nullptr, static_cast<int>(report.skipped.size()));
    if (report.unmatchedLabelCount > 0)
        parts << tr("%Ln label(s) had no photo.", nullptr, static_cast<int>(report.unmatchedLabelCount));
    if (report.withoutFluke > 0)
        parts << tr("In %Ln photo(s) no fluke was seen: the whole frame is the box.", nullptr, static_cast<int>(report.withoutFluke));
    if (report.guessedBoxes > 0)
        parts << tr("The boxes of %Ln photo(s) were placed without the localiser, which had stopped: look them over.", nullptr,
                    static_cast<int>(report.guessedBoxes));
    if (report.mergedEncounters > 0)
        parts << tr("%Ln encounter(s) became part of another, because a photo lies between them. The Edit menu parts them again.", nullptr,
                    static_cast<int>(report.mergedEncounters));
    return new ReportDialog(tr("Import"), parts.join(QLatin1Char(' ')), rows, parent);
}

ReportDialog *ReportDialog::forIntegrity(const catalogue::IntegrityReport &report, QWidget *parent)
{
    Rows rows;
    for (const QString &text : findingTexts(report.findings))
        rows.append({QString(), text});
    Rows single;
    for (const catalogue::Finding &finding : report.findings)
        single.append({QString(), findingText(finding)});
    for (const catalogue::Finding &notice : report.notices) {
        rows.append({tr("worth knowing"), findingText(notice)});
        single.append(rows.back());
    }
    QString summary = checkedText(report) + QLatin1Char(' ')
        + (report.findings.empty() ? tr("All is well.") : tr("%Ln thing(s) need attention.", nullptr, static_cast<int>(report.findings.size())));
    if (isRepairable(report))
        summary += QLatin1Char(' ') + tr("Repair puts right what follows from the decisions and the photos; it keeps a copy of the database first.");
    return new ReportDialog(tr("Verify"), summary, rows, parent, linesOf(single));
}

ReportDialog *ReportDialog::forRepair(const workflows::RepairOutcome &outcome, QWidget *parent)
{
    Rows rows;
    Rows single; // for Copy: every photo by itself
    const auto add = [&](const QString &what, const std::vector<catalogue::Finding> &findings) {
        for (const QString &text : findingTexts(findings))
            rows.append({what, text});
        for (const catalogue::Finding &finding : findings)
            single.append({what, findingText(finding)});
    };
    add(tr("put right"), outcome.repaired);
    add(tr("needs attention"), outcome.left.findings);
    add(tr("worth knowing"), outcome.left.notices);
    QStringList parts {checkedText(outcome.left), tr("%Ln thing(s) put right.", nullptr, static_cast<int>(outcome.repaired.size()))};
    parts << (outcome.left.findings.empty() ? tr("All is well.")
                                            : tr("%Ln thing(s) need attention.", nullptr, static_cast<int>(outcome.left.findings.size())));
    if (!outcome.backup.empty())
        parts << tr("The database as it was: %1").arg(pathText(QString::fromStdString(outcome.backup.string())));
    return new ReportDialog(tr("Repair"), parts.join(QLatin1Char(' ')), rows, parent, linesOf(single));
}

bool ReportDialog::isRepairable(const catalogue::IntegrityReport &report)
{
    return !std::all_of(report.findings.begin(), report.findings.end(), catalogue::isLeftToAPerson);
}

QString ReportDialog::checkedText(const catalogue::IntegrityReport &report)
{
    return tr("%1, %2 and %3 checked.")
        .arg(tr("%Ln photo(s)", nullptr, static_cast<int>(report.photosChecked)),
             tr("%Ln decision(s)", nullptr, static_cast<int>(report.decisionsChecked)),
             tr("%Ln fingerprint(s)", nullptr, static_cast<int>(report.embeddingsChecked)));
}

} // namespace flukeprint::ui
