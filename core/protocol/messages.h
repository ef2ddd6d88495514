#pragma once

#include "core/base/error.h"
#include "core/base/result.h"
#include "core/protocol/jobs.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The worker's line protocol: one JSON object a line, UTF-8, on its stdin (requests) and stdout (messages). Nothing else is ever
/// written to the worker's stdout; its stderr is log text. End of stdin, SIGTERM and the parent's death cancel the running job.
/// Jobs run one after the other in the order they came; every job ends with exactly one Done, Failed or CancelledMessage.
namespace flukeprint::protocol {

inline constexpr int protocolVersion = 1;

using JobNumber = std::int64_t; ///< chosen by the host, unique within one worker process

// Host to worker
struct StartRequest { JobNumber job = 0; JobSpec spec; };
struct CancelRequest { JobNumber job = 0; };
struct PauseRequest { JobNumber job = 0; };
struct ResumeRequest { JobNumber job = 0; };
struct ShutdownRequest { };
using Request = std::variant<StartRequest, CancelRequest, PauseRequest, ResumeRequest, ShutdownRequest>;

// Worker to host
/// First line of every worker.
struct HelloMessage
{
    int protocol = protocolVersion;
    std::string torchVersion;
    std::string blas; ///< "OpenBLAS 0.3.21 SkylakeX" or what is in use
    std::string cpuCapability; ///< "AVX512"
    std::int32_t threads = 0;
    std::vector<std::string> devices; ///< "cpu", "cuda:0 NVIDIA H200"
};
struct ProgressMessage
{
    JobNumber job = 0;
    std::string stage;
    std::int64_t done = 0;
    std::int64_t total = 0;
    double itemsPerSecond = 0;
    std::optional<double> secondsLeft = std::nullopt; ///< until the job's end, where it knows
};
/// One point of the curves; also one line of metrics.jsonl. Names:
/// - of every few steps: "loss_train", "active_triplets" (of the batches since the point before), "learning_rate", "images_per_second",
///   "data_wait_share" (of the steps' time since the point before), "memory_mib" (resident, of the worker), "gpu_memory_mib" (in use on
///   the device, by everyone);
/// - of the probe, a small fixed sample of photos, some times an epoch (see evaluation/embedding_health.h): "probe_radius",
///   "probe_separation", "probe_hardest_positive", "probe_hardest_negative", "probe_active_triplets", "alignment", "uniformity", "spread",
///   "effective_rank", "top_variance_share";
/// - of the start and of validated epochs: "map5", "top1", "top5", "queries", "radius", "separation", "loss_validation", "start_map5"; with
///   new whales among the validation photos "auroc_new"; where a comparison is learnt beside the network "map5_pairs", "top1_pairs", "top5_pairs".
///   The other protocols are of test photos, and probabilities are only fitted at the end: `evaluate` has those figures.
struct MetricMessage
{
    JobNumber job = 0;
    std::int64_t step = 0;
    double epoch = 0; ///< with fraction
    double seconds = 0; ///< since the run's first start, pauses and interruptions left out
    std::map<std::string, double> values;
};
struct LogMessage { JobNumber job = 0; std::string text; };
struct WarningMessage { JobNumber job = 0; Error what; };
/// `result` is a JSON object (see the job's struct), kept as text so that this header needs no JSON library.
struct DoneMessage { JobNumber job = 0; std::string resultJson; };
struct FailedMessage { JobNumber job = 0; Error what; };
struct CancelledMessage { JobNumber job = 0; };
struct PausedMessage { JobNumber job = 0; bool paused = false; };
using Message = std::variant<HelloMessage, ProgressMessage, MetricMessage, LogMessage, WarningMessage, DoneMessage,
                             FailedMessage, CancelledMessage, PausedMessage>;

/// One line without its end-of-line.
[[nodiscard]] std::string encode(const Request &request);
[[nodiscard]] std::string encode(const Message &message);
/// Errors: WorkerProtocol with the offending line (cut to 200 bytes). Unknown fields are ignored.
Result<Request> decodeRequest(std::string_view line);
Result<Message> decodeMessage(std::string_view line);

} // namespace flukeprint::protocol
