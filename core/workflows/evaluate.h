#pragma once

#include "core/base/result.h"
#include "core/evaluation/report.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"
#include "core/protocol/jobs.h"

#include <QString>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::workflows {

struct EvaluateOptions
{
    std::string model; ///< by name; empty: the active one
    std::uint64_t seed = 1; ///< of the bootstrap and of the choice of calibration photos
    int resamples = 1000; ///< of the bootstrap
    protocol::Device device = protocol::Device::Auto;
    int threads = 0; ///< 0: all cores
    std::string command; ///< for the report: how to repeat it
    jobs::WorkerOptions worker;
};

/// Where the judged probabilities come from.
enum class CalibrationSource {
    None, ///< too few held-out queries to fit one
    Model, ///< the model's own, which the window shows
    Fitted, ///< the model has none: fitted on the validation queries
};

struct SplitRequest
{
    std::filesystem::path split; ///< `Image,Id,role,near_duplicate_group`
    /// File names, one a line: unidentified `train` photos that choose thresholds. Empty: calibration_new.txt beside the split if it
    /// is there, else 100 unidentified train photos chosen by the seed.
    std::filesystem::path calibrationNew;
    EvaluateOptions options;
};

struct SplitReport
{
    evaluation::EvaluationReport report;
    CalibrationSource calibration = CalibrationSource::None;
    std::size_t photos = 0; ///< rows that were used
    std::vector<QString> missing; ///< images that the catalogue does not have or that could not be embedded
};

/// All protocols of the project's metrics page on the photos of the catalogue that the table names. Identities and groups are the
/// table's, not the catalogue's. Embeds first what the model has not seen. Blocks, as jobs::callWorker.
/// Stages: "embedding", "evaluating". Errors: CsvInvalid (also "unknown_role:NAME"), FileNotFound, ModelMissing, NotFound (model),
/// NothingToDo ("photos": none of the images is in the catalogue), Cancelled, those of the worker.
Result<SplitReport> evaluateSplit(catalogue::Catalogue &catalogue, const SplitRequest &request,
                                  const jobs::WorkContext &context = {});

enum class QueryProtocol {
    Closed, ///< queries of known whales against identified photos
    Open, ///< queries may be whales that are not in the gallery: "new" is an answer too
    Disjoint, ///< queries against each other, the gallery as distractors, each unidentified photo a whale of its own
};

struct QueryRequest
{
    std::filesystem::path queries; ///< `Image,Id[,near_duplicate_group]`: paths (relative to the table) or names of catalogue photos
    std::filesystem::path gallery; ///< likewise; empty: the catalogue's confirmed photos
    QueryProtocol protocol = QueryProtocol::Closed;
    EvaluateOptions options;
};

struct QueryReport
{
    evaluation::ReportContext context;
    QueryProtocol protocol = QueryProtocol::Closed;
    CalibrationSource calibration = CalibrationSource::None;
    std::size_t queries = 0; ///< photos asked about
    std::size_t newQueries = 0; ///< of them without an individual in the gallery
    std::size_t galleryPhotos = 0;
    std::size_t galleryIndividuals = 0;
    /// Over the queries whose individual is in the gallery.
    evaluation::RetrievalFigures known;
    /// Open: "new" is ranked among the individuals by the model's probabilities. Unavailable without calibration.
    evaluation::Estimate openTop1;
    evaluation::Estimate openTop5;
    evaluation::Estimate openMap5;
    evaluation::Estimate aurocNew; ///< unavailable without new queries
    evaluation::Estimate aurocNewShown; ///< by the probability that the query is new; open protocol
    evaluation::Estimate ece; ///< of the first candidate's probability
    evaluation::Estimate eceNew; ///< of the probability that the query is new
    std::vector<QString> missing; ///< images that were not found or could not be read
};

/// Figures for any photos. A photo whose bytes are in the catalogue counts as the catalogue's photo: it is never its own match, and
/// neither are photos of its near-duplicate group (the table's, else the catalogue's group or encounter). A query named `new_whale`
/// or nothing, or as an individual that is not in the gallery, is new: it counts in the open protocol only.
/// Errors: as evaluateSplit; NothingToDo ("queries", "gallery").
Result<QueryReport> evaluateQueries(catalogue::Catalogue &catalogue, const QueryRequest &request,
                                    const jobs::WorkContext &context = {});

} // namespace flukeprint::workflows
