#include "app/cli/catalogue_access.h"
#include "app/cli/command_line.h"
#include "app/cli/report_json.h"
#include "app/cli/text.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/demo.h"
#include "core/workflows/identify.h"
#include "core/workflows/import_photos.h"
#include "core/workflows/training/embed_catalogue.h"

#include <algorithm>
#include <memory>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

struct ImportArguments
{
    std::string catalogue;
    std::vector<std::string> paths;
    std::string labels;
    std::string boxes;
    bool copy = false;
    bool overwrite = false;
    bool embed = false;
    unsigned threads = 0;
};

struct EmbedArguments
{
    std::string catalogue;
    std::string device = "auto";
    int threads = 0;
};

struct DemoArguments
{
    std::string folder;
    workflows::DemoRequest request;
};

Json conflictsJson(const std::vector<catalogue::LabelConflict> &conflicts)
{
    Json list = Json::array();
    for (const catalogue::LabelConflict &conflict : conflicts) {
        list.push_back({{"annotation", conflict.annotation.value},
                        {"existing", conflict.existingCode.toStdString()},
                        {"label", conflict.labelCode.toStdString()}});
    }
    return list;
}

Json importJson(const workflows::ImportReport &report)
{
    return {{"photos", report.photos},
            {"annotations", report.annotations},
            {"individuals", report.individuals},
            {"skipped", skippedJson(report.skipped)},
            {"known", report.known},
            {"moved", report.moved},
            {"moved_files", namesJson(report.movedFiles)},
            {"labelled", report.labelled},
            {"batch", report.batch},
            {"without_fluke", report.withoutFluke},
            {"without_fluke_files", namesJson(report.filesWithoutFluke)},
            {"guessed_boxes", report.guessedBoxes},
            {"merged_encounters", report.mergedEncounters},
            {"conflicts", conflictsJson(report.conflicts)},
            {"labels_without_photo", namesJson(report.unmatchedLabels)},
            {"labels_without_photo_count", report.unmatchedLabelCount},
            {"continued", report.continued},
            {"seconds", report.seconds}};
}

QString importText(const workflows::ImportReport &report)
{
    QStringList lines;
    lines.append(tr("%n photo(s) imported", static_cast<int>(report.photos))
                 + (report.continued ? tr(" (an interrupted import was continued)") : QString()));
    lines.append(tr("%n annotation(s)", static_cast<int>(report.annotations)) + u", "_s
                 + tr("%n individual(s) in the catalogue", static_cast<int>(report.individuals)));
    if (report.known + report.moved > 0)
        lines.append(
            tr("%n file(s) were known already", static_cast<int>(report.known + report.moved))
            + (report.moved > 0 ? tr(", %n of them at a new place:", static_cast<int>(report.moved)) + u'\n' + listText(report.movedFiles)
                                : QString()));
    if (report.withoutFluke > 0)
        lines.append(tr("no fluke was found in %n photo(s); the whole frame is their box", static_cast<int>(report.withoutFluke)) + u":\n"_s
                     + listText(report.filesWithoutFluke));
    if (report.guessedBoxes > 0)
        lines.append(
            tr("the localiser failed; the boxes of %n photo(s) were placed without it and are less exact", static_cast<int>(report.guessedBoxes)));
    if (report.mergedEncounters > 0)
        lines.append(tr("%n encounter(s) became part of another, because photos lie between them "
                        "('encounters CATALOGUE' lists them and can part them again)",
                        static_cast<int>(report.mergedEncounters)));
    if (report.batch > 0)
        lines.append(
            tr("%n identity(ies) written; 'label CATALOGUE --undo %1' takes them back", static_cast<int>(report.labelled)).arg(report.batch));
    if (!report.conflicts.empty())
        lines.append(
            tr("%n label(s) contradict an identity that was known before", static_cast<int>(report.conflicts.size())));
    if (report.unmatchedLabelCount > 0)
        lines.append(tr("%n label(s) name no imported photo", static_cast<int>(report.unmatchedLabelCount)));
    if (!report.skipped.empty())
        lines.append(tr("%n file(s) were skipped:", static_cast<int>(report.skipped.size())) + u'\n'
                     + skippedText(report.skipped));
    return lines.join(u'\n');
}

/// The first reason where nothing at all could be used; null otherwise. Files that the catalogue has already are of use.
const Error *whyNothing(const workflows::ImportReport &report)
{
    const auto isBad = [](const workflows::SkippedFile &file) { return file.reason.code != ErrorCode::AlreadyExists; };
    const bool nothing = report.photos + report.known + report.moved == 0 && !report.skipped.empty()
        && std::ranges::all_of(report.skipped, isBad);
    return nothing ? &report.skipped.front().reason : nullptr;
}

Result<workflows::EmbedSummary> embedActive(catalogue::Catalogue &catalogue, Console &console,
                                            const std::string &device = "auto", int threads = 0)
{
    const auto model = catalogue::ModelStore(catalogue).active();
    if (!model)
        return model.error();
    workflows::EmbedOptions options;
    options.device = deviceFromName(device);
    options.threads = threads;
    const auto embedded = workflows::embedCatalogue(catalogue, model->id, workContext(console), options);
    if (!embedded)
        return embedded.error();
    // The review queue of the window can then be ordered by how sure the model is.
    const auto proposed = workflows::proposeCandidates(catalogue, false, workContext(console));
    return proposed ? embedded : Result<workflows::EmbedSummary>(proposed.error());
}

Result<Answer> runImport(const ImportArguments &arguments, Console &console)
{
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    workflows::ImportRequest request;
    request.paths.assign(arguments.paths.begin(), arguments.paths.end());
    request.labels = arguments.labels;
    request.boxes = arguments.boxes;
    request.copy = arguments.copy;
    request.threads = arguments.threads;
    if (arguments.overwrite)
        request.conflicts = catalogue::ConflictPolicy::Overwrite;
    const auto report = workflows::importPhotos(*catalogue, request, workContext(console));
    if (!report)
        return report.error();
    Answer answer{importJson(*report), importText(*report)};
    if (const Error *failure = whyNothing(*report)) {
        answer.json.update(errorJson(*failure));
        answer.status = exitStatus(*failure);
        return answer;
    }
    if (arguments.embed) {
        const auto embedded = embedActive(*catalogue, console);
        if (!embedded)
            return embedded.error();
        answer.json["embedded"] = embedded->embedded;
        answer.text += u'\n' + tr("%n annotation(s) embedded", static_cast<int>(embedded->embedded));
    }
    return answer;
}

Result<Answer> runEmbed(const EmbedArguments &arguments, Console &console)
{
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto embedded = embedActive(*catalogue, console, arguments.device, arguments.threads);
    if (!embedded)
        return embedded.error();
    return Answer{{{"embedded", embedded->embedded}, {"left_out", embedded->leftOut}},
                  tr("%n annotation(s) embedded", static_cast<int>(embedded->embedded))};
}

Result<Answer> runDemo(const DemoArguments &arguments, Console &console)
{
    const auto report = workflows::createDemo(arguments.folder, arguments.request, workContext(console));
    if (!report)
        return report.error();
    Answer answer;
    answer.json = {{"catalogue", report->catalogue.string()},
                   {"photos", report->imported.photos},
                   {"annotations", report->imported.annotations},
                   {"individuals", report->imported.individuals},
                   {"unidentified", report->unidentified},
                   {"encounters", report->encounters},
                   {"embedded", report->embedded}};
    answer.text = tr("The demo catalogue is %1: %2 photos of %3 individuals, %4 photos still to be identified.")
                      .arg(QString::fromStdString(report->catalogue.string()))
                      .arg(report->imported.photos)
                      .arg(report->imported.individuals)
                      .arg(report->unidentified);
    return answer;
}

void addImport(CommandLine &commands)
{
    CLI::App *app = commands.add(
        "import", "Bring photos in from files and folders; an interrupted import is continued by the same command");
    auto arguments = std::make_shared<ImportArguments>();
    addCatalogueArgument(app, arguments->catalogue);
    app->add_option("PATH", arguments->paths, "Photos and folders of photos (JPEG, PNG, TIFF, raw)")->required();
    app->add_option("--labels", arguments->labels, "CSV with columns Image,Id; new_whale or nothing: unidentified");
    app->add_option("--boxes", arguments->boxes,
                    "CSV with columns Image,x0_px,y0_px,x1_px,y1_px: where the flukes are");
    app->add_flag("--copy", arguments->copy,
                  "Copy the photos into the catalogue instead of leaving them where they are");
    app->add_flag("--overwrite", arguments->overwrite, "Labels win over identities that are known already");
    app->add_flag("--embed", arguments->embed, "Embed the photos with the active model afterwards");
    app->add_option("--threads", arguments->threads, "Threads that decode; default: all cores");
    commands.onChosen(app, [arguments](Console &console) { return runImport(*arguments, console); });
}

void addEmbed(CommandLine &commands)
{
    CLI::App *app = commands.add(
        "embed", "Embed what the active model has not seen yet (identify and evaluate do it by themselves)");
    auto arguments = std::make_shared<EmbedArguments>();
    addCatalogueArgument(app, arguments->catalogue);
    addDeviceOption(app, arguments->device);
    app->add_option("--threads", arguments->threads, "Threads of the worker; default: all cores");
    commands.onChosen(app, [arguments](Console &console) { return runEmbed(*arguments, console); });
}

void addDemo(CommandLine &commands)
{
    CLI::App *app = commands.add("demo", "Draw synthetic flukes and make a catalogue of them");
    auto arguments = std::make_shared<DemoArguments>();
    app->add_option("DIR", arguments->folder, "Folder for photos, tables and demo.flukeprint, or NAME.flukeprint")
        ->required();
    app->add_option("--individuals", arguments->request.photos.individuals, "Number of whales")
        ->check(CLI::Range(1, 5000))
        ->capture_default_str();
    app->add_option("--photos", arguments->request.photos.photosPerIndividual, "Photos of each whale, on average")
        ->check(CLI::Range(1, 200))
        ->capture_default_str();
    app->add_option("--seed", arguments->request.photos.seed, "The same seed draws the same photos")
        ->capture_default_str();
    app->add_flag("!--no-embed", arguments->request.embed, "Leave embedding with the active model for later");
    commands.onChosen(app, [arguments](Console &console) { return runDemo(*arguments, console); });
}

} // namespace

void addImportCommands(CommandLine &commands)
{
    addImport(commands);
    addEmbed(commands);
    addDemo(commands);
}

} // namespace flukeprint::cli
