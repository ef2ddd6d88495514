#include "core/workflows/localiser/localiser_training.h"

#include "core/base/atomic_file.h"
#include "core/jobs/worker_call.h"
#include "core/workflows/localiser/fluke_locator.h"
#include "core/workflows/localiser/localiser_items.h"
#include "core/workflows/scratch_folder.h"
#include "core/workflows/training/background_worker.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace flukeprint::workflows {

namespace fs = std::filesystem;
using namespace localiser;

namespace {

/// A table made for another size of the photos has boxes that lie far outside.
bool isNearThePhoto(const std::array<double, 4> &corners)
{
    return std::all_of(corners.begin(), corners.end(), [](double corner) { return corner > -1 && corner < 2; })
        && corners[0] < corners[2] && corners[1] < corners[3];
}

Result<void> writeTrainingData(const LocaliserTrainingRequest &request, const jobs::WorkContext &context,
                               const protocol::TrainLocaliserJob &job, const fs::path &scratch)
{
    auto items = allItems(request.photos, context);
    if (!items)
        return items.error();
    std::erase_if(*items, [](const Item &item) { return item.part == Part::Test; });
    if (request.synthetic > 0) {
        const auto drawn = syntheticItems(scratch, request.synthetic, request.seed, context);
        if (!drawn)
            return drawn.error();
        items->insert(items->end(), drawn->begin(), drawn->end());
    }
    auto writer = chips::ChipPackWriter::create(job.packPath, locatorShape);
    if (!writer)
        return writer.error();
    auto targets = nlohmann::json::array();
    const auto take = [&](const Item &item, const ReadItem &read) -> Result<void> {
        if (read.corners && !isNearThePhoto(*read.corners)) {
            if (context.warn)
                context.warn(Error(ErrorCode::InvalidArgument, {"box", item.path.filename().string(), "inside the photo"}));
            return {};
        }
        const auto id = static_cast<std::int64_t>(targets.size()) + 1;
        nlohmann::json target{{"id", id}, {"fluke", item.fluke}, {"held_out", item.part == Part::Validation}};
        if (read.corners)
            target["box"] = *read.corners;
        targets.push_back(std::move(target));
        return writer->append(AnnotationId(id), read.pixels);
    };
    if (const auto read = readAll(*items, context, false, take); !read)
        return read;
    if (targets.empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    if (const auto finished = writer->finish(); !finished)
        return finished;
    return writeFileAtomically(job.targetsPath, targets.dump());
}

} // namespace

Result<std::string> trainLocaliser(const LocaliserTrainingRequest &request, const jobs::WorkContext &context)
{
    std::error_code ignored;
    if (!fs::is_directory(fs::absolute(request.output).parent_path(), ignored))
        return Error(ErrorCode::FileUnwritable, {request.output.string(), "no such folder"}); // not after minutes of training
    const ScratchFolder folder;
    if (!folder.isValid())
        return Error(ErrorCode::FileUnwritable, {folder.path().toStdString(), folder.errorString().toStdString()});
    protocol::TrainLocaliserJob job;
    job.packPath = folder.filePath(QStringLiteral("photos.fpc")).toStdString();
    job.targetsPath = folder.filePath(QStringLiteral("targets.json")).toStdString();
    job.startModelPath = request.startModel.string();
    job.outputPath = fs::absolute(request.output).string();
    job.epochs = request.epochs;
    job.seed = request.seed;
    job.device = request.device;
    job.threads = request.threads;
    if (const auto written = writeTrainingData(request, context, job, folder.path().toStdString()); !written)
        return written.error();
    jobs::WorkerProcess worker(inBackground(request.worker));
    jobs::WorkerListener listener;
    listener.onProgress = [&](const protocol::ProgressMessage &message) {
        if (context.progress)
            context.progress({"training", message.done, message.total, {}});
    };
    listener.onWarning = context.warn;
    const auto answer = jobs::callWorker(worker, job, context.stop, listener, context.pause);
    if (!answer)
        return answer.error();
    return answer->toStdString();
}

} // namespace flukeprint::workflows
