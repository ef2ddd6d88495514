#include "app/cli/command_line.h"
#include "app/cli/text.h"
#include "core/workflows/localiser/fluke_locator.h"
#include "core/workflows/localiser/localiser_sheet.h"
#include "core/workflows/localiser/localiser_training.h"

#include <memory>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

struct LocaliserArguments
{
    workflows::LocaliserTrainingRequest training;
    std::string folder, boxes, split, startModel, file;
    std::vector<std::string> others, heldOutOthers;
    std::string device = "auto";

    [[nodiscard]] workflows::LocaliserPhotos photos() const
    {
        workflows::LocaliserPhotos photos{folder, boxes, split, {}, {}};
        photos.others.assign(others.begin(), others.end());
        photos.heldOutOthers.assign(heldOutOthers.begin(), heldOutOthers.end());
        return photos;
    }
};

QString percent(double share) { return QString::number(share * 100, 'f', 1) + u'%'; }

Result<Answer> runTrain(const LocaliserArguments &arguments, Console &console)
{
    workflows::LocaliserTrainingRequest request = arguments.training;
    request.photos = arguments.photos();
    request.startModel = arguments.startModel;
    request.output = arguments.file;
    request.device = deviceFromName(arguments.device);
    const auto metrics = workflows::trainLocaliser(request, workContext(console));
    if (!metrics)
        return metrics.error();
    Json json = Json::parse(*metrics, nullptr, false);
    const double overlap = json.value("iou", 0.0);
    return Answer{{{"localiser", arguments.file}, {"metrics", std::move(json)}},
                  tr("%1 was written; mean overlap with the boxes that were held out: %2")
                      .arg(QString::fromStdString(arguments.file), QString::number(overlap, 'f', 3))};
}

/// The file that was named, else the one that ships.
Result<std::filesystem::path> localiserFile(const std::string &named)
{
    if (!named.empty())
        return std::filesystem::path(named);
    const auto shipped = workflows::shippedLocaliser();
    if (!shipped)
        return Error(ErrorCode::NotFound, {"model", "fluke-localiser-2"});
    return *shipped;
}

Result<Answer> runEvaluate(const LocaliserArguments &arguments, Console &console)
{
    const auto model = localiserFile(arguments.file);
    if (!model)
        return model.error();
    const auto report = workflows::evaluateLocaliser(*model, arguments.photos(), workContext(console));
    if (!report)
        return report.error();
    Answer answer;
    answer.json = {{"boxes", report->boxes},
                   {"iou", {{"value", report->overlap}, {"low", report->overlapLow}, {"high", report->overlapHigh}}},
                   {"iou_whole_frame", report->wholeFrameOverlap},
                   {"iou_without_learning", report->finderOverlap},
                   {"flukes", report->flukes},
                   {"kept", report->kept},
                   {"others", report->others},
                   {"mistaken", report->mistaken}};
    answer.text = tr("mean overlap with %n box(es): ", static_cast<int>(report->boxes)) + QString::number(report->overlap, 'f', 3)
        + tr(" (95% interval %1 to %2; whole frame %3, finder without learning %4)")
              .arg(report->overlapLow, 0, 'f', 3).arg(report->overlapHigh, 0, 'f', 3)
              .arg(report->wholeFrameOverlap, 0, 'f', 3).arg(report->finderOverlap, 0, 'f', 3)
        + u'\n' + tr("%1 of %2 flukes kept").arg(percent(report->kept)).arg(report->flukes);
    if (report->others > 0)
        answer.text += tr(", %1 of %2 other photos taken for one").arg(percent(report->mistaken)).arg(report->others);
    return answer;
}

struct SheetArguments
{
    std::string file, boxes, output;
    std::vector<std::string> photos;
    int columns = 5;
};

Result<Answer> runSheet(const SheetArguments &arguments, Console &console)
{
    const auto model = localiserFile(arguments.file);
    if (!model)
        return model.error();
    workflows::LocaliserSheetRequest request{*model, {}, arguments.boxes, arguments.output, arguments.columns};
    request.photos.assign(arguments.photos.begin(), arguments.photos.end());
    const auto rows = workflows::writeLocaliserSheet(request, workContext(console));
    if (!rows)
        return rows.error();
    Answer answer;
    Json photos = Json::array();
    int flukes = 0;
    for (const workflows::LocaliserSheetRow &row : *rows) {
        const workflows::LocatedFluke &found = row.found;
        Json photo{{"file", row.photo.string()}, {"fluke", found.isFluke}, {"presence", found.presence},
                   {"box", {found.left, found.top, found.right, found.bottom}}};
        if (row.overlap)
            photo["iou"] = *row.overlap;
        photos.push_back(std::move(photo));
        flukes += found.isFluke ? 1 : 0;
    }
    answer.json = {{"sheet", arguments.output}, {"photos", std::move(photos)}};
    answer.text = tr("%1 was written: %2 of %3 photos show a fluke")
                      .arg(QString::fromStdString(arguments.output)).arg(flukes).arg(rows->size());
    return answer;
}

void addSheetCommand(CommandLine &commands, CLI::App *group)
{
    auto arguments = std::make_shared<SheetArguments>();
    CLI::App *sheet = commands.add("sheet", "Draw what it finds in photos into one picture", group);
    sheet->add_option("OUT", arguments->output, "Picture to write, .jpg")->required();
    sheet->add_option("PHOTO", arguments->photos, "Photos and folders of photos")->required();
    sheet->add_option("--localiser", arguments->file, "Localiser; default: the one that came with the program");
    sheet->add_option("--boxes", arguments->boxes, "CSV with columns Image,x0_px,y0_px,x1_px,y1_px, drawn in white");
    sheet->add_option("--columns", arguments->columns, "Photos side by side")->check(CLI::Range(1, 40))->capture_default_str();
    commands.onChosen(sheet, [arguments](Console &console) { return runSheet(*arguments, console); });
}

void addPhotoOptions(CLI::App *app, const std::shared_ptr<LocaliserArguments> &arguments)
{
    app->add_option("--photos", arguments->folder, "Folder of the photos that the tables name")->required();
    app->add_option("--boxes", arguments->boxes, "CSV with columns Image,x0_px,y0_px,x1_px,y1_px")->required();
    app->add_option("--split", arguments->split,
                    "CSV with columns Image,Id,role,near_duplicate_group: train is learnt from, validation chooses the threshold, the "
                    "others are the test");
    app->add_option("--others", arguments->others, "Folders of photos without a fluke");
}

} // namespace

void addLocaliserCommands(CommandLine &commands)
{
    CLI::App *group = commands.add("localiser", "The network that finds the fluke in a photo");
    group->require_subcommand(1);
    auto arguments = std::make_shared<LocaliserArguments>();
    CLI::App *train = commands.add("train", "Train it on photos with boxes", group);
    train->add_option("OUT", arguments->file, "File to write, .safetensors")->required();
    addPhotoOptions(train, arguments);
    train->add_option("--start-model", arguments->startModel, "MobileNetV2 weights (.safetensors); default: random");
    train->add_option("--held-out-others", arguments->heldOutOthers,
                      "Folders of photos without a fluke that are not learnt from: the share taken for flukes is reported");
    train->add_option("--synthetic", arguments->training.synthetic,
                      "How many drawn flukes, and drawn photos of the sea without one, are learnt from besides")
        ->check(CLI::Range(0, 5000))->capture_default_str();
    train->add_option("--epochs", arguments->training.epochs, "How often every boxed photo is seen")
        ->check(CLI::Range(1, 1000))->capture_default_str();
    train->add_option("--seed", arguments->training.seed, "The same seed trains the same network")->capture_default_str();
    train->add_option("--threads", arguments->training.threads, "Threads of the worker; default: all cores");
    addDeviceOption(train, arguments->device);
    commands.onChosen(train, [arguments](Console &console) { return runTrain(*arguments, console); });

    CLI::App *evaluate = commands.add("evaluate", "Measure it on photos with boxes", group);
    evaluate->add_option("FILE", arguments->file, "Localiser; default: the one that came with the program");
    addPhotoOptions(evaluate, arguments);
    commands.onChosen(evaluate, [arguments](Console &console) { return runEvaluate(*arguments, console); });
    addSheetCommand(commands, group);
}

} // namespace flukeprint::cli
