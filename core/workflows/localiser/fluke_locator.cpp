#include "core/workflows/localiser/fluke_locator.h"

#include "core/chips/embedding_file.h"
#include "core/imaging/chip.h"
#include "core/imaging/quality.h"
#include "core/jobs/worker_call.h"

#include <QCoreApplication>

#include <nlohmann/json.hpp>

namespace flukeprint::workflows {

namespace fs = std::filesystem;

Error localiserFailure(const Error &reason)
{
    std::vector<std::string> args{"localiser", std::string(errorCodeName(reason.code))};
    args.insert(args.end(), reason.args.begin(), reason.args.end());
    return Error(ErrorCode::JobFailed, std::move(args), reason.detail);
}

std::optional<fs::path> shippedLocaliser()
{
    const QString chosen = qEnvironmentVariable("FLUKEPRINT_LOCALISER");
    if (chosen == QStringLiteral("none"))
        return std::nullopt;
    if (!chosen.isEmpty())
        return fs::path(chosen.toStdString());
    const QString beside = QCoreApplication::applicationDirPath() + QStringLiteral("/../share/flukeprint/localiser");
    for (const QString &folder : {beside, QStringLiteral(FLUKEPRINT_SOURCE_LOCALISER)}) {
        const fs::path path = fs::path(folder.toStdString()) / "fluke-localiser-2.safetensors";
        std::error_code ignored;
        if (fs::is_regular_file(path, ignored))
            return path;
    }
    return std::nullopt;
}

Result<std::vector<std::uint8_t>> squashedForLocator(const imaging::Image &photo)
{
    return imaging::extractChip(photo, imaging::Box::wholeFrame(photo.width, photo.height), locatorShape);
}

Result<PlacedFluke> placeFluke(const UnplacedPhoto &photo, const LocatedFluke &found, chips::ChipShape shape)
{
    const imaging::Image &overview = photo.overview;
    imaging::Box box = imaging::Box::wholeFrame(overview.width, overview.height);
    PlacedFluke placed;
    if (found.isFluke) {
        placed.origin = imaging::BoxOrigin::Automatic;
        box = imaging::Box::fromCorners(found.left * overview.width, found.top * overview.height,
                                        found.right * overview.width, found.bottom * overview.height);
    }
    placed.box = box.scaled(1 / photo.overviewScale);
    placed.qualityGrade = imaging::assessQuality(overview, box, photo.overviewScale).grade;
    const bool fine = photo.overviewScale >= 1 || (box.width >= shape.widthPx && box.height >= shape.heightPx);
    if (!fine)
        return placed;
    auto chip = imaging::extractChip(overview, box, shape);
    if (!chip)
        return chip.error();
    placed.chip = std::move(*chip);
    return placed;
}

FlukeLocator::FlukeLocator(fs::path model, jobs::WorkerProcess &worker)
    : m_model(std::move(model))
    , m_worker(worker)
{
}

Result<std::vector<LocatedFluke>> FlukeLocator::locate(const std::vector<std::vector<std::uint8_t>> &photos,
                                                       const std::stop_token &stop, protocol::Device device,
                                                       int threads)
{
    if (photos.empty())
        return std::vector<LocatedFluke>();
    if (!m_folder.isValid())
        return Error(ErrorCode::FileUnwritable, {m_folder.path().toStdString(), m_folder.errorString().toStdString()});
    protocol::LocateJob job;
    job.modelPath = m_model.string();
    job.packPath = m_folder.filePath(QStringLiteral("photos.fpc")).toStdString();
    job.outputPath = m_folder.filePath(QStringLiteral("places.fpe")).toStdString();
    job.device = device;
    job.threads = threads;
    auto writer = chips::ChipPackWriter::create(job.packPath, locatorShape);
    if (!writer)
        return writer.error();
    for (std::size_t i = 0; i < photos.size(); ++i) {
        if (const auto added = writer->append(AnnotationId(static_cast<std::int64_t>(i) + 1), photos[i]); !added)
            return added.error();
    }
    if (const auto finished = writer->finish(); !finished)
        return finished.error();
    const auto answer = jobs::callWorker(m_worker, job, stop);
    if (!answer)
        return answer.error();
    const auto table = chips::readEmbeddings(job.outputPath);
    if (!table)
        return table.error();
    constexpr std::uint32_t columns = 5;
    const auto result = nlohmann::json::parse(answer->begin(), answer->end(), nullptr, false);
    if (table->count() != photos.size() || table->dimension != columns || !result.is_object() || !result.contains("threshold")
        || !result["threshold"].is_number())
        return Error(ErrorCode::WorkerProtocol, {"locate"});
    const double threshold = result["threshold"].get<double>();
    std::vector<LocatedFluke> flukes;
    for (std::size_t i = 0; i < table->count(); ++i) {
        const auto row = table->row(i);
        flukes.push_back({row[0], row[1], row[2], row[3], row[4], row[4] >= threshold && row[2] > row[0] && row[3] > row[1]});
    }
    return flukes;
}

} // namespace flukeprint::workflows
