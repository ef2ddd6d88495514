#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace flukeprint::protocol {

enum class Device { Auto, Cpu, Cuda };

/// Chip pack -> embedding file, by one model. Result of Done: `count`, `dimension`, `images_per_second`.
struct EmbedJob
{
    std::string modelPath; ///< .safetensors
    std::string packPath; ///< .fpc; another size than the model's input is resized (area) inside the worker
    std::string outputPath; ///< .fpe
    Device device = Device::Auto;
    std::int32_t batchSize = 32;
    std::int32_t threads = 0; ///< 0: all cores
};

/// One training run; everything it reads lies in the run folder (DESIGN: config.json, snapshot.json, chips.fpc, metrics.jsonl,
/// checkpoint-*.safetensors, optimizer-*, log.txt). Result of Done: `model` (path), `metrics` {map5, top1, top5, ...}, `epochs`.
struct TrainJob
{
    std::string runFolder;
    std::string packPath; ///< .fpc of all snapshot items
    std::string preset;
    std::map<std::string, std::string> settings; ///< only what differs from the preset; see core/protocol/presets.h
    std::string startModelPath; ///< weights to start from (.safetensors); empty: random initialisation
    bool freshHead = false; ///< take the start model's trunk alone; else its head, if it has one, must fit the run's
    /// .csv q,p,n of row numbers (the snapshot's identified training items, from 0) to learn from; empty: what the preset draws
    std::string tripletsPath;
    Device device = Device::Auto;
    std::int32_t threads = 0;
    bool resume = false; ///< go on from the newest complete checkpoint of the run folder
};

/// Reads a model file and says what it is, or why it cannot be used. Result of Done: the model's metadata as an object,
/// plus `architecture`, `dimension`, `input_width`, `input_height`, `calibration`, `missing` [], `unexpected` [].
/// With `exportPath`, the model is also rewritten there as our own .safetensors (used to adopt torchvision weights).
struct InspectJob
{
    std::string modelPath;
    std::string architecture; ///< for foreign weights without our metadata: "mobilenet_v2", "resnet18"; else empty
    std::string exportPath;
    bool listMissing = false; ///< what the file lacks is listed instead of being an error; nothing is exported then
};

/// Hard triplets of a catalogue. Result of Done: `count`. Labels CSV rows: annotation id, individual index (-1 none), group.
struct MineJob
{
    std::string embeddingsPath; ///< .fpe
    std::string labelsPath; ///< .csv with header annotation,individual,group
    std::string outputPath; ///< .csv with header anchor,positive,negative,distance_positive,distance_negative
    std::int64_t count = 1000;
    std::uint64_t seed = 1; ///< of the samples
    std::string miner = "hardest"; ///< "hardest" of all, "sample", "semi_hard", "centroid"
    std::int64_t sample = 1024; ///< negatives that "sample" and "centroid" draw for an anchor
    /// .csv with header annotation,individual (as labelsPath numbers them): a curator said that this is not that one. These come
    /// first. Empty: none.
    std::string rejectedPath;
};

/// Overviews (photos squashed to the localiser's square, RGB) -> where each one's fluke is. The output has five columns: left, top,
/// right, bottom as shares of the photo's sides, and the probability that there is a fluke. Result of Done: `count`, `threshold`.
struct LocateJob
{
    std::string modelPath; ///< a localiser's .safetensors
    std::string packPath; ///< .fpc
    std::string outputPath; ///< .fpe of dimension 5
    Device device = Device::Auto;
    std::int32_t threads = 0;
};

/// Trains a fluke localiser. Result of Done: `metrics` {iou, iou_start, kept, mistaken, ...} on the items that are held out.
struct TrainLocaliserJob
{
    std::string packPath; ///< .fpc of all items: photos squashed to the localiser's square, RGB
    std::string targetsPath; ///< .json, see core/learning/localiser/localiser_targets.h
    std::string startModelPath; ///< MobileNetV2 weights; empty: random initialisation
    std::string outputPath; ///< .safetensors
    std::int32_t epochs = 30;
    std::uint64_t seed = 1;
    Device device = Device::Auto;
    std::int32_t threads = 0;
};

/// What an augmentation does to some chips: a contact sheet with a row for each, first as it is, then changed. The sheet is the one
/// chip of a pack. Result of Done: `width`, `height`.
struct PreviewJob
{
    std::string packPath; ///< .fpc, RGB
    std::string outputPath; ///< .fpc
    std::string augmentation = "standard"; ///< as the setting: "off", "light", "standard", "strong"
    std::int32_t variants = 5; ///< changed copies a row
    std::uint64_t seed = 1;
};

using JobSpec = std::variant<EmbedJob, TrainJob, InspectJob, MineJob, LocateJob, TrainLocaliserJob, PreviewJob>;

/// "embed", "train", "inspect", "mine", "locate", "train_localiser", "preview".
[[nodiscard]] std::string jobKind(const JobSpec &job);

} // namespace flukeprint::protocol
