#include "app/cli/catalogue_access.h"
#include "app/cli/command_line.h"
#include "app/cli/text.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/identify.h"
#include "core/workflows/models/model_registry.h"
#include "core/workflows/training/promote.h"

#include <memory>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

struct ModelArguments
{
    std::string catalogue;
    std::string file;
    std::string name;
    std::string architecture;
    std::string device = "auto";
    bool overwrite = false;
};
using Shared = std::shared_ptr<ModelArguments>;

Json objectFromText(const QString &text)
{
    const Json object = Json::parse(text.toStdString(), nullptr, false);
    return object.is_object() ? object : Json::object();
}

Json modelJson(const catalogue::Model &model)
{
    return {{"name", model.name.toStdString()},
            {"active", model.active},
            {"preset", model.preset.toStdString()},
            {"architecture", model.architecture.toStdString()},
            {"dimension", model.dimension},
            {"input_width", model.inputWidthPx},
            {"input_height", model.inputHeightPx},
            {"created", model.createdAt.toStdString()},
            {"file", model.file.toStdString()},
            {"metrics", objectFromText(model.metricsJson)},
            {"calibration", objectFromText(model.calibrationJson)}};
}

Json textsJson(const QStringList &texts)
{
    Json list = Json::array();
    for (const QString &text : texts)
        list.push_back(text.toStdString());
    return list;
}

/// A line of its own, or nothing.
QString namesText(const QString &what, const QStringList &names)
{
    return names.isEmpty() ? QString() : u"\n%1 (%2): %3"_s.arg(what).arg(names.size()).arg(names.join(u", "_s));
}

Result<catalogue::Model> modelByName(catalogue::Catalogue &catalogue, const std::string &name)
{
    const auto found = catalogue::ModelStore(catalogue).find(QString::fromStdString(name));
    if (!found)
        return found.error();
    if (!found->has_value())
        return Error(ErrorCode::NotFound, {"model", name});
    return **found;
}

Result<Answer> runImport(const ModelArguments &arguments, Console &console)
{
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    workflows::ModelImportOptions options;
    options.name = arguments.name;
    options.architecture = arguments.architecture;
    const auto imported = workflows::importModel(*catalogue, arguments.file, options, console.stopToken());
    if (!imported)
        return imported.error();
    const auto model = catalogue::ModelStore(*catalogue).get(imported->id);
    if (!model)
        return model.error();
    return Answer{{{"model", modelJson(*model)}, {"unexpected", textsJson(imported->leftOver)}},
                  tr("%1 is in the catalogue: %2, %3 numbers, input %4 x %5.")
                          .arg(model->name, model->architecture)
                          .arg(model->dimension)
                          .arg(model->inputWidthPx)
                          .arg(model->inputHeightPx)
                      + namesText(tr("left over in the file"), imported->leftOver)};
}

Result<Answer> runInspect(const ModelArguments &arguments, Console &console)
{
    workflows::ModelImportOptions options;
    options.architecture = arguments.architecture;
    const auto inspected = workflows::inspectModel(arguments.file, options, console.stopToken());
    if (!inspected)
        return inspected.error();
    const workflows::ModelInspection &model = *inspected;
    const QString verdict = model.missing.isEmpty() ? tr("It can be imported.") : tr("It lacks tensors, and cannot be used.");
    return Answer{{{"file", arguments.file},
                   {"preset", model.preset.toStdString()},
                   {"architecture", model.architecture.toStdString()},
                   {"dimension", model.dimension},
                   {"input_width", model.inputWidthPx},
                   {"input_height", model.inputHeightPx},
                   {"usable", model.missing.isEmpty()},
                   {"missing", textsJson(model.missing)},
                   {"unexpected", textsJson(model.leftOver)}},
                  tr("%1, %2 numbers, input %3 x %4.").arg(model.architecture).arg(model.dimension).arg(model.inputWidthPx).arg(model.inputHeightPx)
                      + u' ' + verdict + namesText(tr("missing"), model.missing) + namesText(tr("left over"), model.leftOver)};
}

Result<Answer> runList(const ModelArguments &arguments, Console &)
{
    auto catalogue = openForUse(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto models = catalogue::ModelStore(*catalogue).list();
    if (!models)
        return models.error();
    const auto pending = workflows::pendingActivation(*catalogue);
    if (!pending)
        return pending.error();
    catalogue::EmbeddingStore embeddings(*catalogue);
    Json list = Json::array();
    QList<QStringList> rows;
    for (const catalogue::Model &model : *models) {
        const auto coverage = embeddings.coverage(model.id);
        if (!coverage)
            return coverage.error();
        Json entry = modelJson(model);
        entry["embedded"] = coverage->embedded;
        entry["usable"] = coverage->usable;
        entry["pending"] = *pending == model.id;
        list.push_back(std::move(entry));
        const QString state = model.active ? tr("active") : *pending == model.id ? tr("being made ready") : QString();
        rows.append({model.name, state, model.architecture, model.preset, QString::number(model.dimension),
                     u"%1/%2"_s.arg(coverage->embedded).arg(coverage->usable)});
    }
    return Answer{
        {{"models", list}},
        rows.isEmpty()
            ? tr("There are no models yet.")
            : textTable({tr("name"), tr("state"), tr("network"), tr("preset"), tr("dimension"), tr("embedded")}, rows)};
}

Result<Answer> runPromote(const ModelArguments &arguments, Console &console)
{
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto model = modelByName(*catalogue, arguments.name);
    if (!model)
        return model.error();
    const Result<void> requested = workflows::requestActivation(*catalogue, model->id);
    if (!requested)
        return requested.error();
    const auto pending = workflows::pendingActivation(*catalogue);
    if (!pending)
        return pending.error();
    workflows::EmbedSummary summary;
    if (pending->has_value()) {
        workflows::EmbedOptions options;
        options.device = deviceFromName(arguments.device);
        const auto completed = workflows::completeActivation(*catalogue, workContext(console), options);
        if (!completed)
            return completed.error();
        summary = *completed;
    }
    const auto proposed = workflows::proposeCandidates(*catalogue, false, workContext(console));
    if (!proposed)
        return proposed.error();
    return Answer{{{"model", arguments.name}, {"embedded", summary.embedded}, {"left_out", summary.leftOut}},
                  tr("%1 is the active model now; %2 annotations were embedded.")
                      .arg(QString::fromStdString(arguments.name))
                      .arg(summary.embedded)};
}

Result<Answer> runExport(const ModelArguments &arguments, Console &)
{
    auto catalogue = openForUse(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto model = modelByName(*catalogue, arguments.name);
    if (!model)
        return model.error();
    const Result<void> exported = workflows::exportModel(*catalogue, model->id, arguments.file, arguments.overwrite);
    if (!exported)
        return exported.error();
    return Answer{{{"model", arguments.name}, {"file", arguments.file}},
                  tr("%1 was written to %2.")
                      .arg(QString::fromStdString(arguments.name), QString::fromStdString(arguments.file))};
}

} // namespace

void addModelCommands(CommandLine &commands)
{
    CLI::App *model = commands.add("model", "The models of a catalogue");
    const Shared arguments = std::make_shared<ModelArguments>();
    addCatalogueArgument(model, arguments->catalogue);
    model->require_subcommand(1);

    CLI::App *import = commands.add("import", "Bring in a .safetensors file", model);
    import->add_option("FILE", arguments->file, "Our own format, or weights under torchvision's or timm's names")->required();
    import->add_option("--name", arguments->name, "Its name in the catalogue; default: the file's");
    import->add_option("--architecture", arguments->architecture,
                       "For foreign weights, 'resnet18' say; default: by their names");
    commands.onChosen(import, [arguments](Console &console) { return runImport(*arguments, console); });

    CLI::App *inspect = commands.add("inspect", "Say what a .safetensors file is, what it lacks and what would be left over", model);
    inspect->add_option("FILE", arguments->file, "Our own format, or weights under torchvision's or timm's names")->required();
    inspect->add_option("--architecture", arguments->architecture, "For foreign weights; default: by their names");
    commands.onChosen(inspect, [arguments](Console &console) { return runInspect(*arguments, console); });

    CLI::App *list = commands.add("list", "Name the models", model);
    commands.onChosen(list, [arguments](Console &console) { return runList(*arguments, console); });

    CLI::App *promote =
        commands.add("promote", "Make a model the one that serves; embeds the catalogue with it first", model);
    promote->add_option("NAME", arguments->name, "The model")->required();
    addDeviceOption(promote, arguments->device);
    commands.onChosen(promote, [arguments](Console &console) { return runPromote(*arguments, console); });

    CLI::App *exported = commands.add("export", "Copy a model's file", model);
    exported->add_option("NAME", arguments->name, "The model")->required();
    exported->add_option("FILE", arguments->file, "The file to write")->required();
    exported->add_flag("--overwrite", arguments->overwrite, "Replace the file if there is one");
    commands.onChosen(exported, [arguments](Console &console) { return runExport(*arguments, console); });
}

} // namespace flukeprint::cli
