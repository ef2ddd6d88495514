#include "core/workflows/import_photos.h"

#include "core/base/partial_file.h"
#include "core/catalogue/model_store.h"
#include "core/workflows/import/fluke_placer.h"
#include "core/workflows/import/image_tables.h"
#include "core/workflows/import/import_request_codec.h"
#include "core/workflows/import/near_duplicates.h"
#include "core/workflows/import/photo_scan.h"
#include "core/workflows/import/photo_writer.h"
#include "core/workflows/import/prepare_pool.h"
#include "core/workflows/import/session_report.h"

#include <chrono>
#include <deque>

namespace flukeprint::workflows {

namespace {

constexpr std::size_t photosPerTransaction = 64;
constexpr std::size_t filesInFlight = 256; // bounds memory: a prepared photo holds up to half a megabyte
constexpr std::size_t itemsPerTransaction = 5000;
constexpr int itemsPerPage = 512;
constexpr auto pollInterval = std::chrono::milliseconds(100);

chips::ChipShape chipShapeOf(catalogue::Catalogue &catalogue)
{
    const auto model = catalogue::ModelStore(catalogue).active();
    if (!model || model->inputWidthPx <= 0 || model->inputHeightPx <= 0)
        return {256, 128, 3};
    return {static_cast<std::uint32_t>(model->inputWidthPx), static_cast<std::uint32_t>(model->inputHeightPx), 3};
}

/// One call of importPhotos.
class ImportRun
{
public:
    ImportRun(catalogue::Catalogue &catalogue, const ImportRequest &request, const jobs::WorkContext &context)
        : m_catalogue(catalogue)
        , m_request(request)
        , m_context(context)
        , m_log(catalogue)
    {
    }

    Result<ImportReport> run()
    {
        const auto start = std::chrono::steady_clock::now();
        auto tables = ImageTables::read(m_request.labels, m_request.boxes);
        if (!tables)
            return tables.error();
        for (const auto step : {&ImportRun::listFiles, &ImportRun::importAll, &ImportRun::finish}) {
            const Result<void> done = (this->*step)(*tables);
            if (!done)
                return done.error();
        }
        m_report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return std::move(m_report);
    }

private:
    Result<void> listFiles(ImageTables &tables);
    Result<void> beginSession();
    Result<void> whatIsContinuedIsThere();
    Result<void> importAll(ImageTables &tables);
    Result<void> pump(PreparePool &pool, FlukePlacer &placer, PhotoWriter &writer, ImageTables &tables);
    Result<void> feed(PreparePool &pool, const ImageTables &tables);
    Result<void> finish(ImageTables &tables);
    void showProgress(const QString &path) const;

    catalogue::Catalogue &m_catalogue;
    const ImportRequest &m_request;
    const jobs::WorkContext &m_context;
    catalogue::ImportLog m_log;
    ImportReport m_report;
    std::int64_t m_total = 0;
    std::int64_t m_done = 0;
    std::deque<catalogue::ImportItem> m_page;
    std::int64_t m_lastItem = 0;
    bool m_allFed = false;
    std::size_t m_nextSequence = 0;
};

Result<void> ImportRun::beginSession()
{
    const QString options = encodeImportRequest(m_request);
    const auto sessions = m_log.list();
    if (!sessions)
        return sessions.error();
    for (const catalogue::ImportSession &session : *sessions) {
        if (session.finishedAt.isEmpty() && session.optionsJson == options) {
            m_report.session = session.id;
            m_report.continued = true;
            return {};
        }
    }
    const auto begun = m_log.begin(options);
    if (!begun)
        return begun.error();
    m_report.session = *begun;
    return {};
}

/// What an interrupted import still had to do must not be ended as left out because its disk is unplugged now.
Result<void> ImportRun::whatIsContinuedIsThere()
{
    if (!m_report.continued)
        return {};
    const auto leftOut = m_log.skipped(m_report.session);
    if (!leftOut)
        return leftOut.error();
    for (const std::filesystem::path &given : m_request.paths) {
        std::error_code ignored;
        const QString path = QString::fromStdString(std::filesystem::absolute(given, ignored).lexically_normal().string());
        const bool wasLeftOut = std::ranges::any_of(*leftOut, [&path](const catalogue::ImportItem &item) { return item.path == path; });
        if (!std::filesystem::exists(given, ignored) && !wasLeftOut)
            return Error(ErrorCode::FileNotFound, {given.string()});
    }
    return {};
}

Result<void> ImportRun::listFiles(ImageTables &)
{
    const auto items = scanPhotos(m_request.paths, m_context.progress, m_context.stop);
    if (!items)
        return items.error();
    if (items->empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    const Result<void> begun = beginSession();
    if (!begun)
        return begun;
    if (const Result<void> there = whatIsContinuedIsThere(); !there)
        return there;
    const std::span<const catalogue::ImportItem> all(*items);
    for (std::size_t from = 0; from < all.size(); from += itemsPerTransaction) {
        const auto block = all.subspan(from, std::min(itemsPerTransaction, all.size() - from));
        const Result<void> added = m_log.addItems(m_report.session, block);
        if (!added)
            return added;
    }
    const auto session = m_log.get(m_report.session);
    if (!session)
        return session.error();
    m_total = session->total;
    m_done = session->total - session->pending;
    return {};
}

Result<void> ImportRun::importAll(ImageTables &tables)
{
    const chips::ChipShape shape = chipShapeOf(m_catalogue);
    PhotoWriter writer(m_catalogue, m_report.session, m_request, tables, shape, m_report);
    const Result<void> loaded = writer.load();
    if (!loaded)
        return loaded;
    removeAbandonedPartials(m_catalogue.thumbnailsFolder(), Depth::Tree);
    removeAbandonedPartials(m_catalogue.photosFolder(), Depth::Tree);
    FlukePlacer placer(m_request.worker, shape, m_context);
    PreparePool pool(m_catalogue, {.chipShape = shape, .copy = m_request.copy, .locate = placer.isReady()}, m_request.threads,
                     m_context.pause);
    const Result<void> pumped = pump(pool, placer, writer, tables);
    const Result<void> finished = writer.finish();
    return pumped ? finished : pumped;
}

Result<void> ImportRun::pump(PreparePool &pool, FlukePlacer &placer, PhotoWriter &writer, ImageTables &tables)
{
    for (;;) {
        if (m_context.stop.stop_requested())
            return Error(ErrorCode::Cancelled);
        const Result<void> fed = feed(pool, tables);
        if (!fed)
            return fed;
        if (m_allFed && pool.inFlight() == 0)
            return {};
        std::vector<PreparedFile> files = pool.take(photosPerTransaction, pollInterval);
        if (files.empty())
            continue;
        const Result<void> placed = placer.place(files);
        if (!placed)
            return placed;
        const Result<void> written = writer.write(files, m_context.warn);
        if (!written)
            return written;
        m_done += static_cast<std::int64_t>(files.size());
        showProgress(files.back().task.item.path);
    }
}

Result<void> ImportRun::feed(PreparePool &pool, const ImageTables &tables)
{
    while (!m_allFed && pool.inFlight() < filesInFlight) {
        if (m_page.empty()) {
            auto page = m_log.pending(m_report.session, m_lastItem, itemsPerPage);
            if (!page)
                return page.error();
            m_allFed = page->empty();
            m_page.assign(page->begin(), page->end());
            continue;
        }
        catalogue::ImportItem item = std::move(m_page.front());
        m_page.pop_front();
        m_lastItem = item.id;
        std::vector<imaging::Box> boxes = tables.boxes(item.path);
        pool.push({m_nextSequence++, std::move(item), std::move(boxes)});
    }
    return {};
}

void ImportRun::showProgress(const QString &path) const
{
    if (m_context.progress)
        m_context.progress({"importing", m_done, m_total, path.toStdString()});
}

Result<void> ImportRun::finish(ImageTables &tables)
{
    const auto grouped = groupNearDuplicates(m_catalogue, m_context.progress, m_context.stop);
    if (!grouped)
        return grouped.error();
    const Result<void> finished = m_log.finish(m_report.session);
    if (!finished)
        return finished;
    const Result<void> described = describeSession(m_catalogue, m_report);
    if (!described)
        return described;
    ImageTables::Unmatched unmatched = tables.unmatched();
    // A continued import asked the table only about the files that were left.
    if (!m_report.continued) {
        m_report.unmatchedLabels = std::move(unmatched.images);
        m_report.unmatchedLabelCount = unmatched.count;
    }
    return {};
}

} // namespace

Result<ImportReport> importPhotos(catalogue::Catalogue &catalogue, const ImportRequest &request,
                                  const jobs::WorkContext &context)
{
    return ImportRun(catalogue, request, context).run();
}

Result<std::optional<ImportRequest>> interruptedImport(catalogue::Catalogue &catalogue)
{
    const auto session = catalogue::ImportLog(catalogue).interrupted();
    if (!session)
        return session.error();
    if (!session->has_value())
        return std::optional<ImportRequest>();
    return decodeImportRequest((*session)->optionsJson);
}

Result<std::unique_ptr<jobs::ThreadJob>> makeImportJob(const catalogue::Catalogue &catalogue, ImportRequest request,
                                                       std::function<void(const Result<ImportReport> &)> ready)
{
    if (request.paths.empty())
        return Error(ErrorCode::NothingToDo, {"photos"});
    const std::string what = request.paths.size() == 1 ? request.paths.front().string() : std::to_string(request.paths.size());
    jobs::JobTraits traits;
    traits.title = {"import", {what}};
    traits.lane = jobs::JobLane::Catalogue;
    traits.canPause = true;
    traits.canRestart = true;
    const auto work = [&catalogue, request](const jobs::WorkContext &context) -> Result<ImportReport> {
        auto connection = catalogue.openConnection();
        if (!connection)
            return connection.error();
        auto report = importPhotos(*connection, request, context);
        // In the list of jobs too, where it can still be read when the message about it has gone.
        if (report && context.warn) {
            for (const SkippedFile &file : report->skipped)
                context.warn(file.reason);
        }
        return report;
    };
    return jobs::makeThreadJob<ImportReport>(std::move(traits), work, std::move(ready));
}

} // namespace flukeprint::workflows
