#include "app/cli/catalogue_access.h"
#include "app/cli/command_line.h"
#include "app/cli/preset_list.h"
#include "app/cli/text.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/run_store.h"
#include "core/workflows/training/augmentation_preview.h"
#include "core/workflows/training/training_controller.h"

#include <QEventLoop>
#include <QStringList>
#include <QTimer>

#include <memory>
#include <optional>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

constexpr int stopPollMs = 100;

struct TrainArguments
{
    std::string catalogue;
    bool list = false;
    std::string preset = "flukeprint";
    std::vector<std::string> settings;
    std::string name;
    std::string device = "auto";
    int threads = 0;
    std::string resume;
    std::string split;
    std::string calibrationNew;
    std::string startModel;
    std::string triplets;
    std::string preview;
    bool freshHead = false;
    bool fromScratch = false;
    bool onlyIdentified = false;
    bool unidentifiedAreNew = false;
    bool prepare = false;
};

Result<std::map<std::string, std::string>> settingsOf(const std::vector<std::string> &given)
{
    std::map<std::string, std::string> settings;
    for (const std::string &text : given) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            return Error(ErrorCode::InvalidArgument, {"--set", text, "KEY=VALUE"});
        settings[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return settings;
}

/// A model of the catalogue by name, else a file.
Result<std::filesystem::path> startModelFile(catalogue::Catalogue &catalogue, const std::string &given)
{
    if (given.empty())
        return std::filesystem::path();
    const auto model = catalogue::ModelStore(catalogue).find(QString::fromStdString(given));
    if (!model)
        return model.error();
    return model->has_value() ? catalogue.resolve((*model)->file) : std::filesystem::path(given);
}

Result<workflows::TrainingRequest> requestOf(catalogue::Catalogue &catalogue, const TrainArguments &arguments)
{
    workflows::TrainingRequest request;
    request.preset = arguments.preset;
    auto settings = settingsOf(arguments.settings);
    if (!settings)
        return settings.error();
    request.settings = std::move(*settings);
    request.name = arguments.name;
    request.device = deviceFromName(arguments.device);
    request.threads = arguments.threads;
    request.splitFile = arguments.split;
    request.calibrationFile = arguments.calibrationNew;
    if (arguments.onlyIdentified || arguments.unidentifiedAreNew)
        request.unidentifiedAreNew = arguments.unidentifiedAreNew;
    request.tripletsFile = arguments.triplets;
    request.freshHead = arguments.freshHead;
    request.fromScratch = arguments.fromScratch;
    request.prepareOnly = arguments.prepare;
    auto start = startModelFile(catalogue, arguments.startModel);
    if (!start)
        return start.error();
    request.startModelFile = std::move(*start);
    return request;
}

QString pointText(const jobs::MetricBatch &points)
{
    QStringList parts;
    for (const catalogue::MetricPoint &point : points) {
        if (parts.isEmpty())
            parts.append(tr("epoch %1").arg(point.epoch, 0, 'f', 1));
        parts.append(u"%1 %2"_s.arg(point.name).arg(point.value, 0, 'g', 4));
    }
    return parts.join(u"  "_s);
}

/// Waits for one run in an event loop; Ctrl-C cancels the run, which then writes a checkpoint.
class RunWatcher : public QObject
{
public:
    RunWatcher(workflows::TrainingController &controller, Console &console)
        : m_controller(controller)
        , m_console(console)
        , m_progress(console.progress())
    {
        using Controller = workflows::TrainingController;
        connect(&controller, &Controller::progressed, this,
                [this](RunId, const Progress &progress) { m_progress(progress); });
        connect(&controller, &Controller::pointsAdded, this,
                [this](RunId, const jobs::MetricBatch &points) { showPoints(points); });
        connect(&controller, &Controller::warned, this, [this](RunId, const Error &what) { m_console.warn(what); });
        connect(&controller, &Controller::finished, this,
                [this](RunId, const workflows::TrainingOutcome &outcome) { end(outcome); });
        connect(&controller, &Controller::failed, this, [this](RunId, const Error &what) { end(what); });
        connect(&controller, &Controller::cancelled, this, [this](RunId) { end(Error(ErrorCode::Cancelled)); });
    }

    Result<workflows::TrainingOutcome> wait(RunId run)
    {
        QTimer poll;
        connect(&poll, &QTimer::timeout, this, [this, run] {
            if (m_console.stopToken().stop_requested())
                m_controller.cancel(run);
        });
        poll.start(stopPollMs);
        if (!m_outcome)
            m_loop.exec();
        return *m_outcome;
    }

private:
    void end(Result<workflows::TrainingOutcome> outcome)
    {
        m_outcome.emplace(std::move(outcome));
        m_loop.quit();
    }

    void showPoints(const jobs::MetricBatch &points)
    {
        jobs::MetricBatch ofEpochs;
        for (const catalogue::MetricPoint &point : points) {
            if (point.name == u"map5"_s || point.name == u"top1"_s || point.name == u"loss_validation"_s
                || point.name == u"radius"_s || point.name == u"separation"_s || point.name == u"start_map5"_s)
                ofEpochs.push_back(point);
        }
        if (!ofEpochs.empty())
            m_console.note(pointText(ofEpochs));
    }

    workflows::TrainingController &m_controller;
    Console &m_console;
    ProgressFn m_progress;
    QEventLoop m_loop;
    std::optional<Result<workflows::TrainingOutcome>> m_outcome;
};

Json figuresJson(const workflows::ModelComparison::Figures &figures)
{
    return {{"map5", figures.map5}, {"top1", figures.top1}, {"top5", figures.top5}};
}

Result<Answer> answerOf(catalogue::Catalogue &catalogue, const workflows::TrainingOutcome &outcome)
{
    const auto run = catalogue::RunStore(catalogue).get(outcome.run);
    if (!run)
        return run.error();
    Answer answer;
    const Json metrics = Json::parse(outcome.metricsJson, nullptr, false);
    answer.json = {{"run", run->name.toStdString()},
                   {"model", outcome.modelName},
                   {"metrics", metrics.is_object() ? metrics : Json::object()},
                   {"model_file", outcome.modelPath},
                   {"snapshot", run->snapshotHash.toStdString()}};
    answer.text = tr("Run %1 is finished; its model is %2.").arg(run->name, QString::fromStdString(outcome.modelName));
    if (outcome.comparison) {
        const workflows::ModelComparison &comparison = *outcome.comparison;
        answer.json["comparison"] = {{"active", comparison.activeName},
                                     {"queries", comparison.queries},
                                     {"trained", figuresJson(comparison.trained)},
                                     {"serving", figuresJson(comparison.serving)},
                                     {"seen_by_active", comparison.seenByServing}};
        answer.text += u'\n'
            + tr("On %1 validation queries: MAP@5 %2%, the active model %3: %4%.")
                  .arg(comparison.queries)
                  .arg(100 * comparison.trained.map5, 0, 'f', 1)
                  .arg(QString::fromStdString(comparison.activeName))
                  .arg(100 * comparison.serving.map5, 0, 'f', 1);
    }
    answer.text += u'\n'
        + tr("'model CATALOGUE promote %1' makes it the active one.").arg(QString::fromStdString(outcome.modelName));
    return answer;
}

Result<RunId> runByName(catalogue::Catalogue &catalogue, const std::string &name)
{
    const auto found = catalogue::RunStore(catalogue).find(QString::fromStdString(name));
    if (!found)
        return found.error();
    if (!found->has_value())
        return Error(ErrorCode::NotFound, {"run", name});
    return (*found)->id;
}

Result<RunId> begin(catalogue::Catalogue &catalogue, workflows::TrainingController &controller,
                    const TrainArguments &arguments)
{
    if (arguments.resume.empty()) {
        const auto request = requestOf(catalogue, arguments);
        return request ? controller.start(*request) : Result<RunId>(request.error());
    }
    const auto run = runByName(catalogue, arguments.resume);
    if (!run)
        return run.error();
    const Result<void> resumed = controller.resume(*run);
    return resumed ? Result<RunId>(*run) : Result<RunId>(resumed.error());
}

/// What the augmentation does to the catalogue's own photos, instead of a training.
Result<Answer> runPreview(const TrainArguments &arguments, Console &console)
{
    auto catalogue = openForUse(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    auto settings = settingsOf(arguments.settings);
    if (!settings)
        return settings.error();
    workflows::PreviewRequest request;
    request.preset = arguments.preset;
    request.settings = std::move(*settings);
    const auto written = workflows::writeAugmentationPreview(*catalogue, request, arguments.preview, workContext(console));
    if (!written)
        return written.error();
    const auto config = protocol::resolve(request.preset, request.settings);
    const std::string augmentation = config ? config->textOr("augmentation", "off") : std::string();
    return Answer{{{"file", arguments.preview}, {"augmentation", augmentation}},
                  tr("What the augmentation '%1' does was drawn to %2: each row a photo, as it is and as training would see it.")
                      .arg(QString::fromStdString(augmentation), QString::fromStdString(arguments.preview))};
}

/// Of a run that others are to train.
Result<Answer> preparedAnswer(catalogue::Catalogue &catalogue, RunId id)
{
    const auto run = catalogue::RunStore(catalogue).get(id);
    if (!run)
        return run.error();
    const std::string job = (catalogue.resolve(run->folder) / "job.json").string();
    Answer answer;
    answer.json = {{"run", run->name.toStdString()}, {"job", job}, {"snapshot", run->snapshotHash.toStdString()}};
    answer.text = tr("Run %1 is prepared. Train it with 'flukeprint-worker --train %2', started once or several times by torchrun or srun;\n"
                     "then 'train CATALOGUE --resume %1' takes its model into the catalogue.")
                      .arg(run->name, QString::fromStdString(job));
    return answer;
}

Result<Answer> runTrain(const TrainArguments &arguments, Console &console)
{
    if (arguments.list)
        return listPresets();
    if (!arguments.preview.empty())
        return runPreview(arguments, console);
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    jobs::JobQueue queue;
    workflows::TrainingController controller(*catalogue, queue);
    RunWatcher watcher(controller, console);
    const auto run = begin(*catalogue, controller, arguments);
    if (!run)
        return run.error();
    const auto outcome = watcher.wait(*run);
    if (!outcome && outcome.error().code == ErrorCode::Cancelled && arguments.prepare && !console.stopToken().stop_requested())
        return preparedAnswer(*catalogue, *run);
    if (!outcome)
        return outcome.error();
    return answerOf(*catalogue, *outcome);
}

} // namespace

void addTrainCommands(CommandLine &commands)
{
    CLI::App *app = commands.add("train", "Fine-tune a model on the catalogue's identities");
    auto arguments = std::make_shared<TrainArguments>();
    CLI::Option *catalogue =
        app->add_option("CATALOGUE", arguments->catalogue, "Folder of the catalogue, NAME.flukeprint");
    CLI::Option *list =
        app->add_flag("--list", arguments->list, "Name the presets and their settings; needs no catalogue");
    app->add_option("--preset", arguments->preset, "A complete training configuration")->capture_default_str();
    app->add_option("--set", arguments->settings, "Change one setting of the preset: KEY=VALUE; may be repeated")
        ->allow_extra_args(false);
    app->add_option("--name", arguments->name, "Of the run and its model; default: PRESET-0001 and so on");
    addDeviceOption(app, arguments->device);
    app->add_option("--threads", arguments->threads, "Of the worker; default: all cores");
    CLI::Option *resume = app->add_option("--resume", arguments->resume, "Go on with a cancelled, failed or interrupted run, by name");
    app->add_flag("--prepare", arguments->prepare,
                  "Freeze the data and write RUN/job.json, to be trained by several processes: see flukeprint-worker --help")
        ->excludes(resume);
    app->add_option("--split", arguments->split,
                    "CSV Image,Id,role,near_duplicate_group: only its train and validation photos enter; default: split by encounter");
    app->add_option("--calibration-new", arguments->calibrationNew,
                    "Unidentified photos kept out of training to choose thresholds, one file name a line");
    app->add_option("--start-model", arguments->startModel,
                    "A model of the catalogue or a .safetensors file to start from");
    app->add_flag("--fresh-head", arguments->freshHead,
                  "Take only the trunk of the start model: for one of another dimension or other hidden layers");
    app->add_option("--triplets", arguments->triplets,
                    "CSV anchor,positive,negative of annotations, as 'mine' writes it, or q,p,n of rows of the --split table (from 0): learn "
                    "from these triplets; for presets that learn from triplets");
    app->add_option("--preview", arguments->preview, "Do not train: draw what the setting 'augmentation' does to some photos into this .png")
        ->excludes("--resume");
    app->add_flag("--from-scratch", arguments->fromScratch, "Start from random weights");
    app->add_flag("--only-identified", arguments->onlyIdentified,
                  "Leave unidentified photos out; so it is without --split");
    app->add_flag("--unidentified-are-new", arguments->unidentifiedAreNew,
                  "Unidentified photos show animals that are not in the catalogue: learn from them as strangers; so it is with --split")
        ->excludes("--only-identified");
    app->parse_complete_callback([catalogue, list] {
        if (catalogue->count() + list->count() == 0)
            throw CLI::RequiredError("CATALOGUE");
    });
    commands.onChosen(app, [arguments](Console &console) { return runTrain(*arguments, console); });
}

} // namespace flukeprint::cli
