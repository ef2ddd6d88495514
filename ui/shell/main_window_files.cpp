#include "core/catalogue/model_store.h"
#include "core/workflows/care/verify_catalogue.h"
#include "core/workflows/mine.h"
#include "core/workflows/session.h"
#include "ui/dialogs/file_dialog.h"
#include "ui/dialogs/import_dialog.h"
#include "ui/dialogs/message_box.h"
#include "ui/dialogs/repair_dialog.h"
#include "ui/dialogs/report_dialog.h"
#include "ui/shell/catalogue_tasks.h"
#include "ui/shell/main_window.h"
#include "ui/text/format.h"

#include <QDate>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMimeData>

namespace flukeprint::ui {

namespace {

QString withSuffix(const QString &file, const QString &suffix)
{
    return file.isEmpty() || file.endsWith(suffix, Qt::CaseInsensitive) ? file : file + suffix;
}

} // namespace

void MainWindow::rememberFolder(SettingKey purpose, const QString &file)
{
    m_settings.setValue(purpose, QFileInfo(file).absolutePath());
}

void MainWindow::chooseNewCatalogue()
{
    const QString proposal = QDir(m_settings.folder(SettingKey::CatalogueFolder)).filePath(tr("My Flukes") + QStringLiteral(".flukeprint"));
    const QString folder = withSuffix(FileDialog::saveFile(this, tr("New Catalogue"), proposal, tr("Catalogues (*.flukeprint)")),
                                      QStringLiteral(".flukeprint"));
    if (folder.isEmpty())
        return;
    rememberFolder(SettingKey::CatalogueFolder, folder);
    createCatalogue(folder);
}

void MainWindow::chooseOpenCatalogue()
{
    const QString folder =
        FileDialog::openFolder(this, tr("Open Catalogue (a folder NAME.flukeprint)"), m_settings.folder(SettingKey::CatalogueFolder));
    if (folder.isEmpty())
        return;
    rememberFolder(SettingKey::CatalogueFolder, folder);
    openCatalogue(folder);
}

void MainWindow::choosePhotos()
{
    const QStringList files = FileDialog::openFiles(this, tr("Import Photos"), m_settings.folder(SettingKey::LastFolder),
                                                    tr("Photos (*.jpg *.jpeg *.png *.tif *.tiff *.JPG *.JPEG *.PNG *.TIF *.TIFF);;All files (*)"));
    if (files.isEmpty())
        return;
    rememberFolder(SettingKey::LastFolder, files.front());
    showImportDialog(files);
}

void MainWindow::chooseFolder()
{
    const QString folder = FileDialog::openFolder(this, tr("Import a Folder of Photos"), m_settings.folder(SettingKey::LastFolder));
    if (folder.isEmpty())
        return;
    m_settings.setValue(SettingKey::LastFolder, folder);
    showImportDialog({folder});
}

void MainWindow::showImportDialog(const QStringList &paths)
{
    ImportDialog dialog(paths, this);
    dialog.setCopy(m_settings.value(SettingKey::CopyPhotos).toBool());
    if (dialog.exec() != QDialog::Accepted || !m_tasks)
        return;
    m_settings.setValue(SettingKey::CopyPhotos, dialog.request().copy);
    m_tasks->import(dialog.request());
}

void MainWindow::importPaths(const QStringList &paths)
{
    if (paths.isEmpty() || !m_tasks || m_session->isReadOnly())
        return;
    workflows::ImportRequest request = requestFor(paths);
    request.copy = m_settings.value(SettingKey::CopyPhotos).toBool();
    if (!request.paths.empty())
        m_tasks->import(std::move(request));
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    QStringList paths;
    for (const QUrl &url : event->mimeData()->urls()) {
        if (url.isLocalFile())
            paths << url.toLocalFile();
    }
    event->acceptProposedAction();
    if (paths.size() == 1 && QFileInfo::exists(paths.front() + QStringLiteral("/catalogue.sqlite"))) {
        openCatalogue(paths.front());
    } else if (!m_session) {
        say(tr("Open or create a catalogue first, then drop the photos again."));
    } else if (m_session->isReadOnly()) {
        say(tr("This catalogue is open for reading only."));
    } else {
        importPaths(paths);
    }
}

void MainWindow::chooseBackup()
{
    const QFileInfo folder(QString::fromStdString(m_session->catalogue().folder().string()));
    const QString name = QStringLiteral("%1 %2.flukeprint").arg(folder.completeBaseName(), QDate::currentDate().toString(Qt::ISODate));
    const QString proposal = QDir(m_settings.folder(SettingKey::BackupFolder)).filePath(name);
    const QString target =
        withSuffix(FileDialog::saveFile(this, tr("Back Up"), proposal, tr("Catalogues (*.flukeprint)")), QStringLiteral(".flukeprint"));
    if (target.isEmpty())
        return;
    rememberFolder(SettingKey::BackupFolder, target);
    m_tasks->backUpTo(target);
}

void MainWindow::chooseExport(const QString &format, const QString &suffix)
{
    const QFileInfo folder(QString::fromStdString(m_session->catalogue().folder().string()));
    const QString proposal =
        QDir(m_settings.folder(SettingKey::ExportFolder)).filePath(QStringLiteral("%1 %2%3").arg(folder.completeBaseName(), format, suffix));
    const QString file = withSuffix(FileDialog::saveFile(this, tr("Export"), proposal, QStringLiteral("*%1").arg(suffix)), suffix);
    if (file.isEmpty())
        return;
    rememberFolder(SettingKey::ExportFolder, file);
    m_tasks->exportTo(format, file);
}

void MainWindow::chooseMined()
{
    const QFileInfo folder(QString::fromStdString(m_session->catalogue().folder().string()));
    const QString proposal =
        QDir(m_settings.folder(SettingKey::ExportFolder)).filePath(folder.completeBaseName() + tr(" hard triplets") + QStringLiteral(".csv"));
    const QString file = withSuffix(FileDialog::saveFile(this, tr("Find Hard Triplets"), proposal, QStringLiteral("*.csv")), QStringLiteral(".csv"));
    if (file.isEmpty())
        return;
    rememberFolder(SettingKey::ExportFolder, file);
    m_tasks->mineTo(file);
}

void MainWindow::showMined(const QString &file, const workflows::MineReport &report)
{
    const QString text =
        tr("%1 hard triplets of %2 photos written to %3").arg(countText(report.triplets), countText(report.photos), QFileInfo(file).fileName());
    Page *review = page(QStringLiteral("review"));
    if (report.hardest.empty() || !review) {
        say(text);
        return;
    }
    // A photo that lies farther from its own individual than from another is hard, or wrongly labelled.
    say(text, tr("Review the Hardest"), [this, review, hardest = report.hardest] {
        showPage(review->objectName());
        review->showAnnotations(hardest);
    });
}

void MainWindow::chooseModel()
{
    const QStringList files =
        FileDialog::openFiles(this, tr("Import Model"), m_settings.folder(SettingKey::ModelFolder), tr("Models (*.safetensors)"));
    if (files.isEmpty())
        return;
    rememberFolder(SettingKey::ModelFolder, files.front());
    m_tasks->importModel(files.front());
}

void MainWindow::chooseModelTarget()
{
    const auto model = catalogue::ModelStore(m_session->catalogue()).active();
    if (!model) {
        MessageBox::showError(this, tr("Export Model"), model.error());
        return;
    }
    const QString proposal = QDir(m_settings.folder(SettingKey::ModelFolder)).filePath(model.value().name + QStringLiteral(".safetensors"));
    const QString file =
        withSuffix(FileDialog::saveFile(this, tr("Export Model"), proposal, tr("Models (*.safetensors)")), QStringLiteral(".safetensors"));
    if (file.isEmpty())
        return;
    rememberFolder(SettingKey::ModelFolder, file);
    m_tasks->exportModel(model.value().id, file);
}

void MainWindow::showImportReport(const workflows::ImportReport &report)
{
    ReportDialog *dialog = ReportDialog::forImport(report, this);
    const std::vector<AnnotationId> waiting =
        m_session->isReadOnly() ? std::vector<AnnotationId>() : workflows::waitingWithoutFluke(m_session->catalogue(), report);
    if (!waiting.empty()) {
        const QString text = waiting.size() == 1 ? tr("Mark the One without Fluke Unusable")
                                                 : tr("Mark %1 without Fluke Unusable").arg(countText(static_cast<std::int64_t>(waiting.size())));
        dialog->addChoice(QStringLiteral("reportMarkUnusable"), text, [this, waiting] { markUnusable(waiting); });
    }
    dialog->open();
}

void MainWindow::markUnusable(const std::vector<AnnotationId> &annotations)
{
    const auto done = m_session->decideMany(annotations, catalogue::DecisionKind::Unusable);
    if (!done)
        MessageBox::showError(this, tr("Mark Unusable"), done.error());
    else
        say(tr("%1 marked unusable; they are not asked for in Review any more").arg(countText(static_cast<std::int64_t>(annotations.size()))),
            tr("Undo"), [this] { undo(); });
}

void MainWindow::showNewestImportReport()
{
    if (m_importReport) {
        showImportReport(*m_importReport);
        return;
    }
    const auto report = workflows::newestImportReport(m_session->catalogue());
    if (!report)
        MessageBox::showError(this, tr("Import Report"), report.error());
    else if (report.value())
        showImportReport(*report.value());
    else
        say(tr("Nothing has been imported into this catalogue yet."));
}

void MainWindow::showIntegrityReport(const catalogue::IntegrityReport &report)
{
    if (report.findings.empty() && report.notices.empty()) {
        say(tr("All is well: %1").arg(ReportDialog::checkedText(report)));
        return;
    }
    auto *dialog = ReportDialog::forIntegrity(report, this);
    if (ReportDialog::isRepairable(report) && !m_session->isReadOnly())
        dialog->addChoice(QStringLiteral("reportRepair"), tr("Repair"), [this] { repairCatalogue(); });
    dialog->open();
}

void MainWindow::repairCatalogue()
{
    if (!m_session || !mayStopJobs(tr("Repair"), tr("Stop and Repair")))
        return;
    const std::filesystem::path folder = m_session->catalogue().folder();
    setSession(nullptr); // what is shown may be wrong, and nobody may decide meanwhile
    const Result<workflows::RepairOutcome> outcome = RepairDialog::repair(folder, this);
    const bool opened = openCatalogue(QString::fromStdString(folder.string()));
    if (!outcome && outcome.error().code == ErrorCode::Cancelled)
        MessageBox::showText(this, tr("Repair"), tr("The repair was stopped. Verify shows what is left to do."));
    else if (!outcome)
        MessageBox::showError(this, tr("Repair"), outcome.error());
    else if (opened)
        ReportDialog::forRepair(outcome.value(), this)->open();
}

} // namespace flukeprint::ui
