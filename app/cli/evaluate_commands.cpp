#include "app/cli/catalogue_access.h"
#include "app/cli/command_line.h"
#include "app/cli/report_json.h"
#include "app/cli/text.h"
#include "core/workflows/evaluate.h"

#include <QCoreApplication>
#include <QStringList>

#include <memory>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

using evaluation::Estimate;

struct EvaluateArguments
{
    std::string catalogue;
    std::string split;
    std::string calibrationNew;
    std::string queries;
    std::string gallery;
    std::string protocol = "closed";
    std::string model;
    std::string device = "auto";
    std::uint64_t seed = 1;
    int resamples = 1000;
    int threads = 0;
};

Json numberJson(double value)
{
    return value == value ? Json(value) : Json(nullptr);
}

/// `{value, low, high}`; null for a figure that has nothing behind it.
Json estimateJson(const Estimate &estimate)
{
    if (!estimate.isAvailable())
        return nullptr;
    return {{"value", estimate.value}, {"low", numberJson(estimate.low)}, {"high", numberJson(estimate.high)}};
}

Json retrievalJson(const evaluation::RetrievalFigures &figures)
{
    return {{"top1", estimateJson(figures.top1)},
            {"top5", estimateJson(figures.top5)},
            {"map5", estimateJson(figures.map5)},
            {"queries", figures.scored},
            {"left_out", figures.queries - figures.scored}};
}

const char *sourceName(workflows::CalibrationSource source)
{
    switch (source) {
    case workflows::CalibrationSource::Model:
        return "model";
    case workflows::CalibrationSource::Fitted:
        return "fitted";
    case workflows::CalibrationSource::None:
        break;
    }
    return "none";
}

void addContext(Json &json, const evaluation::ReportContext &context)
{
    json["model"] = context.model;
    json["preset"] = context.preset;
    json["snapshot"] = context.snapshotHash;
    json["split"] = context.split;
    json["seed"] = context.seed;
    json["device"] = context.device;
    json["command"] = context.command;
}

Json splitJson(const workflows::SplitReport &report)
{
    const evaluation::ProtocolFigures &figures = report.report.figures;
    Json json;
    json["closed"] = retrievalJson(figures.closed);
    json["kaggle"] = {{"map5", estimateJson(figures.kaggle.map5)},
                      {"threshold", figures.kaggle.threshold},
                      {"new_first", estimateJson(figures.kaggle.newAlwaysFirst)},
                      {"new_alone", estimateJson(figures.kaggle.newAlone)},
                      {"queries", figures.kaggle.queries}};
    json["disjoint"] = retrievalJson(figures.disjoint);
    json["validation"] = retrievalJson(figures.validation);
    json["auroc_new"] = estimateJson(figures.aurocNew);
    json["auroc_new_shown"] = estimateJson(figures.aurocNewShown);
    json["ece"] = estimateJson(figures.ece);
    json["ece_by_chance"] = estimateJson(figures.eceByChance);
    json["ece_known"] = estimateJson(figures.eceKnown);
    json["ece_new"] = estimateJson(figures.eceNew);
    json["radius"] = estimateJson(figures.radius);
    json["separation"] = estimateJson(figures.separation);
    json["calibration"] = sourceName(report.calibration);
    json["gallery"] = {{"photos", figures.galleryPhotos}, {"individuals", figures.galleryIndividuals}};
    json["photos"] = report.photos;
    json["missing"] = namesJson(report.missing);
    addContext(json, report.report.context);
    return json;
}

QStringList figureRow(const QString &name, const Estimate &estimate, bool share, std::size_t count = 0)
{
    const auto number = [share](double value) {
        if (value != value)
            return QString();
        return share ? QString::number(100 * value, 'f', 1) + u'%' : QString::number(value, 'f', 3);
    };
    return {name, number(estimate.value), number(estimate.low), number(estimate.high),
            count > 0 ? QString::number(count) : QString()};
}

void addRetrievalRows(QList<QStringList> &rows, const QString &name, const evaluation::RetrievalFigures &figures)
{
    if (figures.scored == 0)
        return;
    rows.append(figureRow(name + u" MAP@5"_s, figures.map5, true, figures.scored));
    rows.append(figureRow(name + u" top-1"_s, figures.top1, true, figures.scored));
    rows.append(figureRow(name + u" top-5"_s, figures.top5, true, figures.scored));
}

void addRow(QList<QStringList> &rows, const QString &name, const Estimate &estimate, bool share, std::size_t count = 0)
{
    if (estimate.isAvailable())
        rows.append(figureRow(name, estimate, share, count));
}

QString figuresTable(const QList<QStringList> &rows)
{
    return textTable({tr("figure"), tr("value"), tr("95% from"), tr("to"), tr("number")}, rows);
}

QString missingText(const std::vector<QString> &missing)
{
    return missing.empty() ? QString()
                           : u'\n'
            + tr("%n image(s) of the table were not found or not readable (--json lists them).",
                 static_cast<int>(missing.size()));
}

/// What it takes to find the same figures again.
QString contextText(const evaluation::ReportContext &context)
{
    return u'\n'
        + tr("learned from the data %1; seed %2; device %3\n%4")
              .arg(context.snapshotHash.empty() ? tr("unknown") : QString::fromStdString(context.snapshotHash.substr(0, 12)))
              .arg(context.seed)
              .arg(QString::fromStdString(context.device), QString::fromStdString(context.command));
}

QString splitText(const workflows::SplitReport &report)
{
    const evaluation::ProtocolFigures &figures = report.report.figures;
    QList<QStringList> rows;
    addRetrievalRows(rows, tr("closed"), figures.closed);
    addRow(rows, tr("Kaggle MAP@5"), figures.kaggle.map5, true, figures.kaggle.queries);
    addRow(rows, tr("  new always first"), figures.kaggle.newAlwaysFirst, true);
    addRow(rows, tr("  new alone"), figures.kaggle.newAlone, true);
    addRetrievalRows(rows, tr("disjoint"), figures.disjoint);
    addRow(rows, tr("AUROC new"), figures.aurocNew, true);
    addRow(rows, tr("  by its probability"), figures.aurocNewShown, true);
    addRow(rows, tr("ECE"), figures.ece, true);
    addRow(rows, tr("ECE of exactly right probabilities"), figures.eceByChance, true);
    addRetrievalRows(rows, tr("validation"), figures.validation);
    addRow(rows, tr("cluster radius"), figures.radius, false, figures.radius.count);
    addRow(rows, tr("cluster separation"), figures.separation, false, figures.separation.count);
    const evaluation::ReportContext &context = report.report.context;
    return tr("model %1 (%2), split %3, %4 photos")
               .arg(QString::fromStdString(context.model), QString::fromStdString(context.preset),
                    QString::fromStdString(context.split))
               .arg(report.photos)
        + u'\n' + figuresTable(rows) + contextText(context) + missingText(report.missing);
}

workflows::EvaluateOptions optionsOf(const EvaluateArguments &arguments)
{
    workflows::EvaluateOptions options;
    options.model = arguments.model;
    options.seed = arguments.seed;
    options.resamples = arguments.resamples;
    options.device = deviceFromName(arguments.device);
    options.threads = arguments.threads;
    const QStringList words = QCoreApplication::arguments();
    options.command = (u"flukeprint-cli "_s + words.mid(1).join(u' ')).toStdString();
    return options;
}

Result<Answer> runSplit(catalogue::Catalogue &catalogue, const EvaluateArguments &arguments, Console &console)
{
    workflows::SplitRequest request;
    request.split = arguments.split;
    request.calibrationNew = arguments.calibrationNew;
    request.options = optionsOf(arguments);
    const auto report = workflows::evaluateSplit(catalogue, request, workContext(console));
    if (!report)
        return report.error();
    return Answer{splitJson(*report), splitText(*report)};
}

workflows::QueryProtocol protocolFromName(const std::string &name)
{
    if (name == "open")
        return workflows::QueryProtocol::Open;
    return name == "disjoint" ? workflows::QueryProtocol::Disjoint : workflows::QueryProtocol::Closed;
}

/// In the open protocol the first figures are those where "new" is an answer; `known` always leaves it out.
Json queriesJson(const workflows::QueryReport &report, const std::string &protocol)
{
    const bool open = report.protocol == workflows::QueryProtocol::Open;
    Json json;
    json["protocol"] = protocol;
    json["queries"] = report.queries;
    json["scored"] = report.known.scored;
    json["new"] = report.newQueries;
    json["top1"] = estimateJson(open ? report.openTop1 : report.known.top1);
    json["top5"] = estimateJson(open ? report.openTop5 : report.known.top5);
    json["map5"] = estimateJson(open ? report.openMap5 : report.known.map5);
    json["auroc_new"] = estimateJson(report.aurocNew);
    json["auroc_new_shown"] = estimateJson(report.aurocNewShown);
    json["ece"] = estimateJson(report.ece);
    json["ece_new"] = estimateJson(report.eceNew);
    json["known"] = retrievalJson(report.known);
    json["calibration"] = sourceName(report.calibration);
    json["gallery"] = {{"photos", report.galleryPhotos}, {"individuals", report.galleryIndividuals}};
    json["missing"] = namesJson(report.missing);
    addContext(json, report.context);
    return json;
}

QString queriesText(const workflows::QueryReport &report)
{
    QList<QStringList> rows;
    addRow(rows, tr("open MAP@5"), report.openMap5, true, report.known.scored + report.newQueries);
    addRow(rows, tr("open top-1"), report.openTop1, true, report.known.scored + report.newQueries);
    addRow(rows, tr("open top-5"), report.openTop5, true, report.known.scored + report.newQueries);
    addRetrievalRows(rows, tr("known"), report.known);
    addRow(rows, tr("AUROC new"), report.aurocNew, true);
    addRow(rows, tr("  by its probability"), report.aurocNewShown, true);
    addRow(rows, tr("ECE"), report.ece, true);
    QString text = tr("model %1, %2 queries (%3 of new individuals), gallery of %4 photos and %5 individuals")
                       .arg(QString::fromStdString(report.context.model))
                       .arg(report.queries)
                       .arg(report.newQueries)
                       .arg(report.galleryPhotos)
                       .arg(report.galleryIndividuals);
    text += u'\n' + figuresTable(rows) + contextText(report.context);
    if (report.protocol == workflows::QueryProtocol::Open && !report.openMap5.isAvailable())
        text += u'\n' + tr("The model is not calibrated: 'new' cannot be ranked among the individuals.");
    return text + missingText(report.missing);
}

Result<Answer> runQueries(catalogue::Catalogue &catalogue, const EvaluateArguments &arguments, Console &console)
{
    workflows::QueryRequest request;
    request.queries = arguments.queries;
    request.gallery = arguments.gallery;
    request.protocol = protocolFromName(arguments.protocol);
    request.options = optionsOf(arguments);
    const auto report = workflows::evaluateQueries(catalogue, request, workContext(console));
    if (!report)
        return report.error();
    return Answer{queriesJson(*report, arguments.protocol), queriesText(*report)};
}

Result<Answer> runEvaluate(const EvaluateArguments &arguments, Console &console)
{
    auto catalogue = openForUse(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    return arguments.split.empty() ? runQueries(*catalogue, arguments, console)
                                   : runSplit(*catalogue, arguments, console);
}

} // namespace

void addEvaluateCommands(CommandLine &commands)
{
    CLI::App *app = commands.add("evaluate", "Measure how well a model finds individuals, with 95% intervals");
    auto arguments = std::make_shared<EvaluateArguments>();
    addCatalogueArgument(app, arguments->catalogue);
    CLI::Option *split = app->add_option("--split", arguments->split,
                                         "Every protocol, from a CSV with columns Image,Id,role,near_duplicate_group");
    app->add_option("--calibration-new", arguments->calibrationNew,
                    "Unidentified train photos that choose thresholds, one file name a line; default: "
                    "calibration_new.txt beside the split, else 100 by the seed")
        ->needs(split);
    CLI::Option *queries = app->add_option("--queries", arguments->queries,
                                           "One protocol, from a CSV with columns Image,Id[,near_duplicate_group]");
    app->add_option("--gallery", arguments->gallery,
                    "Gallery of the queries, likewise; default: the catalogue's confirmed photos")
        ->needs(queries);
    app->add_option("--protocol", arguments->protocol, "Of the queries")
        ->check(CLI::IsMember({"closed", "open", "disjoint"}))
        ->needs(queries)
        ->capture_default_str();
    split->excludes(queries);
    app->add_option("--model", arguments->model, "A model by name; default: the active one");
    app->add_option("--seed", arguments->seed, "Of the bootstrap")->capture_default_str();
    app->add_option("--resamples", arguments->resamples, "Of the bootstrap; 0: no intervals")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
    app->add_option("--threads", arguments->threads, "Default: all cores");
    addDeviceOption(app, arguments->device);
    app->parse_complete_callback([split, queries] {
        if (split->count() + queries->count() == 0)
            throw CLI::RequiredError("--split or --queries");
    });
    commands.onChosen(app, [arguments](Console &console) { return runEvaluate(*arguments, console); });
}

} // namespace flukeprint::cli
