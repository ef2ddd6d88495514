#include "app/cli/catalogue_access.h"
#include "app/cli/command_line.h"
#include "app/cli/text.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/backup.h"
#include "core/catalogue/exchange/export.h"
#include "core/workflows/label.h"

#include <QLocale>

#include <memory>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

struct BackupArguments
{
    std::string catalogue;
    std::string target;
    bool withoutRuns = false;
    bool withoutPhotos = false;
};

struct ExportArguments
{
    std::string catalogue;
    std::string format;
    std::string target;
};

struct LabelArguments
{
    std::string catalogue;
    std::string csv;
    bool keep = false;
    std::int64_t undo = 0; ///< a batch; 0: none
};

Result<Answer> runInit(const std::string &folder)
{
    {
        const auto created = catalogue::Catalogue::create(folder);
        if (!created)
            return created.error();
    }
    const auto opened = openForWriting(folder);
    if (!opened)
        return opened.error();
    return Answer{{{"catalogue", std::filesystem::absolute(folder).string()}, {"schema", opened->schemaVersion()}},
                  tr("%1 is ready.").arg(QString::fromStdString(folder))};
}

Result<Answer> runBackup(const BackupArguments &arguments, Console &console)
{
    auto catalogue = openForUse(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    catalogue::BackupOptions options;
    options.runs = !arguments.withoutRuns;
    options.copiedPhotos = !arguments.withoutPhotos;
    const auto report =
        catalogue::backUp(*catalogue, arguments.target, options, console.progress(), console.stopToken());
    if (!report)
        return report.error();
    return Answer{
        {{"catalogue", report->folder.string()}, {"files", report->files}, {"bytes", report->bytes}},
        tr("%1 files (%2) were copied to %3.")
            .arg(report->files)
            .arg(QLocale().formattedDataSize(report->bytes), QString::fromStdString(report->folder.string()))};
}

Result<Answer> runExport(const ExportArguments &arguments, Console &console)
{
    auto catalogue = openForReading(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto rows = catalogue::exchange::exportCatalogue(*catalogue, QString::fromStdString(arguments.format),
                                                           arguments.target, console.progress(), console.stopToken());
    if (!rows)
        return rows.error();
    return Answer{{{"file", arguments.target}, {"format", arguments.format}, {"rows", *rows}},
                  tr("%1 rows were written to %2.").arg(*rows).arg(QString::fromStdString(arguments.target))};
}

Result<Answer> runUndo(const LabelArguments &arguments)
{
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto step = workflows::undoLabels(*catalogue, arguments.undo);
    if (!step)
        return step.error();
    return Answer{{{"undone", step->batch}, {"kind", nameOf(step->kind).toStdString()}, {"annotations", step->count}},
                  tr("Batch %1 was taken back: %n annotation(s) are what they were before it.", step->count).arg(step->batch)};
}

Result<Answer> runLabel(const LabelArguments &arguments, Console &console)
{
    if (arguments.undo > 0)
        return runUndo(arguments);
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    workflows::LabelRequest request;
    request.csv = arguments.csv;
    if (arguments.keep)
        request.conflicts = catalogue::ConflictPolicy::KeepExisting;
    const auto report = workflows::labelFromCsv(*catalogue, request, workContext(console));
    if (!report)
        return report.error();
    Json missing = Json::array();
    for (const QString &image : report->missing)
        missing.push_back(image.toStdString());
    Json conflicts = Json::array();
    for (const catalogue::LabelConflict &conflict : report->labels.conflicts)
        conflicts.push_back({{"annotation", conflict.annotation.value},
                             {"existing", conflict.existingCode.toStdString()},
                             {"label", conflict.labelCode.toStdString()}});
    Answer answer;
    answer.json = {{"labelled", report->labels.applied},
                   {"unchanged", report->labels.unchanged},
                   {"unidentified", report->labels.unidentified},
                   {"new_individuals", report->labels.newIndividuals},
                   {"conflicts", conflicts},
                   {"missing", missing},
                   {"batch", report->labels.batch}};
    answer.text =
        tr("%1 identities written, %2 were known, %3 new individuals, %4 contradictions, %5 images not found.")
            .arg(report->labels.applied)
            .arg(report->labels.unchanged)
            .arg(report->labels.newIndividuals)
            .arg(report->labels.conflicts.size())
            .arg(report->missing.size());
    if (report->labels.batch > 0)
        answer.text += u'\n' + tr("'label CATALOGUE --undo %1' takes this back.").arg(report->labels.batch);
    return answer;
}

std::vector<std::string> formatNames()
{
    std::vector<std::string> names;
    for (const catalogue::exchange::ExportFormat &format : catalogue::exchange::exportFormats())
        names.emplace_back(format.name);
    return names;
}

void addInit(CommandLine &commands)
{
    CLI::App *app = commands.add("init", "Make a new, empty catalogue");
    auto folder = std::make_shared<std::string>();
    addCatalogueArgument(app, *folder);
    commands.onChosen(app, [folder](Console &) { return runInit(*folder); });
}

void addBackup(CommandLine &commands)
{
    CLI::App *app = commands.add("backup", "Copy the catalogue while it may be in use");
    auto arguments = std::make_shared<BackupArguments>();
    addCatalogueArgument(app, arguments->catalogue);
    app->add_option("OUT", arguments->target, "The copy, OUT.flukeprint; must not exist")->required();
    app->add_flag("--without-runs", arguments->withoutRuns, "Leave training runs out");
    app->add_flag("--without-photos", arguments->withoutPhotos, "Leave out photos that were copied into the catalogue");
    commands.onChosen(app, [arguments](Console &console) { return runBackup(*arguments, console); });
}

void addExport(CommandLine &commands)
{
    CLI::App *app = commands.add("export", "Write identities and everything known about them into a file");
    auto arguments = std::make_shared<ExportArguments>();
    addCatalogueArgument(app, arguments->catalogue);
    app->add_option("OUT", arguments->target, "The file to write")->required();
    app->add_option("--format", arguments->format, "What to write")->required()->check(CLI::IsMember(formatNames()));
    commands.onChosen(app, [arguments](Console &console) { return runExport(*arguments, console); });
}

void addLabel(CommandLine &commands)
{
    CLI::App *app = commands.add("label", "Write identities in bulk from a table, or take such a batch back");
    auto arguments = std::make_shared<LabelArguments>();
    addCatalogueArgument(app, arguments->catalogue);
    CLI::Option *csv =
        app->add_option("--csv", arguments->csv, "CSV with columns Image,Id; new_whale or nothing: unidentified");
    app->add_flag("--keep", arguments->keep, "Keep identities that are known already where the table says otherwise");
    CLI::Option *undo = app->add_option("--undo", arguments->undo,
                                        "Take back a batch of decisions, by the number that 'label' and 'import' answered")
                            ->check(CLI::PositiveNumber)
                            ->excludes(csv);
    app->parse_complete_callback([csv, undo] {
        if (csv->count() + undo->count() == 0)
            throw CLI::RequiredError("--csv or --undo");
    });
    commands.onChosen(app, [arguments](Console &console) { return runLabel(*arguments, console); });
}

} // namespace

void addCatalogueCommands(CommandLine &commands)
{
    addInit(commands);
    addBackup(commands);
    addExport(commands);
    addLabel(commands);
}

} // namespace flukeprint::cli
