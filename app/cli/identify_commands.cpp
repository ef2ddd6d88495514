#include "app/cli/catalogue_access.h"
#include "app/cli/command_line.h"
#include "app/cli/report_json.h"
#include "app/cli/text.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/identify.h"
#include "core/workflows/mine.h"
#include "core/workflows/training/embed_catalogue.h"

#include <QStringList>

#include <map>
#include <memory>
#include <string>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

struct IdentifyArguments
{
    std::string catalogue;
    std::vector<std::string> photos;
    int top = 5;
    std::string device = "auto";
};

struct MineArguments
{
    std::string catalogue;
    std::string output;
    std::int64_t count = 1000;
    std::uint64_t seed = 1;
    std::string miner = "hardest";
};

/// As a person says them, and as the worker does.
const std::map<std::string, std::string> minerNames{
    {"hardest", "hardest"}, {"hardest-of-1024", "sample"}, {"semi-hard", "semi_hard"}, {"centroid", "centroid"}};

Json answerJson(const workflows::PhotoAnswer &answer)
{
    Json candidates = Json::array();
    for (const workflows::CandidateInfo &candidate : answer.list.candidates) {
        candidates.push_back({{"individual", candidate.code.toStdString()},
                              {"distance", candidate.distance},
                              {"probability", optionalJson(candidate.probability)},
                              {"photo", candidate.bestPhotoFile.toStdString()},
                              {"annotation", candidate.bestMatch.value}});
    }
    const imaging::Box &box = answer.box;
    return {{"file", answer.file.toStdString()},
            {"annotation", answer.annotation.isValid() ? Json(answer.annotation.value) : Json(nullptr)},
            {"identity", answer.identity.isEmpty() ? Json(nullptr) : Json(answer.identity.toStdString())},
            {"box", {box.centreX, box.centreY, box.width, box.height, box.angleDeg}},
            {"new_probability", optionalJson(answer.list.newProbability)},
            {"calibrated", answer.list.calibrated},
            {"candidates", candidates}};
}

QString percent(const std::optional<double> &probability)
{
    return probability ? QString::number(100 * *probability, 'f', 1) + u'%' : u"-"_s;
}

QString answerText(const workflows::PhotoAnswer &answer)
{
    QList<QStringList> rows;
    for (const workflows::CandidateInfo &candidate : answer.list.candidates)
        rows.append({candidate.code, QString::number(candidate.distance, 'f', 3), percent(candidate.probability),
                     candidate.bestPhotoFile, candidate.lastSeen.left(10)});
    QString text =
        answer.file + (answer.identity.isEmpty() ? QString() : tr("  (identified as %1)").arg(answer.identity));
    if (rows.isEmpty())
        return text + u'\n' + tr("No identified photo to compare with.");
    text +=
        u'\n' + textTable({tr("individual"), tr("distance"), tr("probability"), tr("photo"), tr("last seen")}, rows);
    text += u'\n'
        + (answer.list.calibrated ? tr("a new individual: %1").arg(percent(answer.list.newProbability))
                                  : tr("The model is not calibrated: no probabilities."));
    return text;
}

/// A gallery without embeddings finds nobody: fills in what is missing first. Where the catalogue cannot be written,
/// what is there has to do.
Result<void> embedMissing(catalogue::Catalogue &catalogue, const std::string &device, Console &console)
{
    const auto model = catalogue::ModelStore(catalogue).active();
    if (!model)
        return model.error();
    if (catalogue.access() == catalogue::Access::ReadOnly)
        return {};
    workflows::EmbedOptions options;
    options.device = deviceFromName(device);
    const auto embedded = workflows::embedCatalogue(catalogue, model->id, workContext(console), options);
    return embedded ? Result<void>() : Result<void>(embedded.error());
}

Result<Answer> runIdentify(const IdentifyArguments &arguments, Console &console)
{
    auto catalogue = openForUse(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const Result<void> embedded = embedMissing(*catalogue, arguments.device, console);
    if (!embedded)
        return embedded.error();
    workflows::IdentifyRequest request;
    request.photos.assign(arguments.photos.begin(), arguments.photos.end());
    request.top = static_cast<std::size_t>(arguments.top);
    request.device = deviceFromName(arguments.device);
    const auto report = workflows::identifyPhotos(*catalogue, request, workContext(console));
    if (!report)
        return report.error();
    Json results = Json::array();
    QStringList texts;
    for (const workflows::PhotoAnswer &answer : report->answers) {
        results.push_back(answerJson(answer));
        texts.append(answerText(answer));
    }
    if (!report->skipped.empty())
        texts.append(skippedText(report->skipped));
    return Answer{
        {{"model", report->model.toStdString()}, {"results", results}, {"skipped", skippedJson(report->skipped)}},
        texts.join(u"\n\n"_s)};
}

Result<Answer> runMine(const MineArguments &arguments, Console &console)
{
    auto catalogue = openForUse(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const Result<void> embedded = embedMissing(*catalogue, "auto", console);
    if (!embedded)
        return embedded.error();
    workflows::MineRequest request;
    request.output = arguments.output;
    request.count = arguments.count;
    request.seed = arguments.seed;
    request.miner = minerNames.at(arguments.miner);
    const auto report = workflows::mineTriplets(*catalogue, request, workContext(console));
    if (!report)
        return report.error();
    return Answer{{{"file", arguments.output}, {"triplets", report->triplets}, {"photos", report->photos}, {"rejections", report->rejections}},
                  tr("%1 triplets of %2 photos were written to %3.")
                      .arg(report->triplets)
                      .arg(report->photos)
                      .arg(QString::fromStdString(arguments.output))};
}

} // namespace

void addIdentifyCommands(CommandLine &commands)
{
    CLI::App *identify = commands.add("identify", "Name the most likely individuals on photos");
    auto identifying = std::make_shared<IdentifyArguments>();
    addCatalogueArgument(identify, identifying->catalogue);
    identify->add_option("PHOTO", identifying->photos, "Photos, folders, or names of photos in the catalogue")
        ->required();
    identify->add_option("--top", identifying->top, "Candidates for each animal")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    addDeviceOption(identify, identifying->device);
    commands.onChosen(identify, [identifying](Console &console) { return runIdentify(*identifying, console); });

    CLI::App *mine = commands.add("mine", "Find hard triplets of the whole catalogue, those first that a curator told apart");
    auto mining = std::make_shared<MineArguments>();
    addCatalogueArgument(mine, mining->catalogue);
    mine->add_option("OUT", mining->output, "The CSV to write")->required();
    mine->add_option("--count", mining->count, "How many")->check(CLI::Range(1, 100'000'000))->capture_default_str();
    mine->add_option("--miner", mining->miner,
                     "Which negative an anchor gets: the nearest of all, the nearest of 1,024 drawn at random, the nearest that is farther "
                     "than the positive, or of 1,024 drawn the one whose individual is nearest on the whole")
        ->check(CLI::IsMember(minerNames))
        ->capture_default_str();
    mine->add_option("--seed", mining->seed, "Of what is drawn at random")->capture_default_str();
    commands.onChosen(mine, [mining](Console &console) { return runMine(*mining, console); });
}

} // namespace flukeprint::cli
