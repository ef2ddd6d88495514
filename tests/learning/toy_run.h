#pragma once

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/chips/chip_pack.h"
#include "core/learning/model/safetensors.h"
#include "core/protocol/jobs.h"
#include "core/protocol/messages.h"
#include "core/protocol/snapshot.h"

#include <QDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <map>
#include <string>
#include <vector>

/// A training run small enough for a test: its data, its job, and what it left behind.
namespace flukeprint::learning {

inline constexpr std::uint32_t side = 32;
inline constexpr int individuals = 6;
inline constexpr int photosEach = 4; ///< three to train with, one to validate

/// Stripes whose direction, width and colour tell the individual; shifted and noisy from photo to photo.
inline std::vector<std::uint8_t> drawChip(int individual, int photo)
{
    Random random(static_cast<std::uint64_t>(individual * 100 + photo));
    const double shift = random.uniform(0, 6);
    std::vector<std::uint8_t> pixels;
    for (std::uint32_t y = 0; y < side; ++y) {
        for (std::uint32_t x = 0; x < side; ++x) {
            const double along = x * std::cos(individual) + y * std::sin(individual) + shift;
            for (int channel = 0; channel < 3; ++channel) {
                const double tone = 128 + 70 * std::sin(along * (0.3 + 0.1 * individual) + channel * individual);
                pixels.push_back(static_cast<std::uint8_t>(std::clamp(tone + 15 * random.normal(), 0.0, 255.0)));
            }
        }
    }
    return pixels;
}

/// Nine tiles in the middle have the individual's colours; those around them change from photo to photo, say nothing, and are most of what an
/// untrained network sees.
inline std::vector<std::uint8_t> drawTiles(int individual, int photo)
{
    constexpr std::uint32_t tileSide = 4;
    constexpr std::uint32_t tiles = side / tileSide;
    Random animal(static_cast<std::uint64_t>(individual), "middle");
    Random moment(static_cast<std::uint64_t>(individual * 100 + photo), "around");
    std::vector<double> tones;
    for (std::uint32_t tile = 0; tile < tiles * tiles; ++tile) {
        const bool inside = tile / tiles >= 3 && tile / tiles <= 5 && tile % tiles >= 3 && tile % tiles <= 5;
        for (int channel = 0; channel < 3; ++channel)
            tones.push_back((inside ? animal : moment).uniform(20, 235));
    }
    std::vector<std::uint8_t> pixels;
    for (std::uint32_t y = 0; y < side; ++y) {
        for (std::uint32_t x = 0; x < side; ++x) {
            for (std::uint32_t channel = 0; channel < 3; ++channel)
                pixels.push_back(static_cast<std::uint8_t>(tones[3 * (y / tileSide * tiles + x / tileSide) + channel]));
        }
    }
    return pixels;
}

struct RunOptions
{
    int individualCount = individuals;
    int photos = photosEach;
    int heldPhotos = 1; ///< of them, to validate
    std::vector<std::uint8_t> (*draw)(int individual, int photo) = drawChip;
    bool validation = true;
    bool chips = true;
    std::uint32_t chipSide = side;
    int chipsLeftOut = 0;
};

inline void writeRun(const QString &folder, const RunOptions &options = {})
{
    QVERIFY(QDir().mkpath(folder));
    protocol::Snapshot snapshot;
    snapshot.hash = "0123abcd";
    auto writer = chips::ChipPackWriter::create((folder + "/chips.fpc").toStdString(), {options.chipSide, options.chipSide, 3});
    QVERIFY(writer.ok());
    std::int64_t id = 0;
    const auto add = [&](int individual, int photo, protocol::SampleRole role, bool unidentified) {
        snapshot.items.push_back({AnnotationId(++id), unidentified ? -1 : individual, role, id});
        std::vector<std::uint8_t> pixels = options.draw(individual, photo);
        pixels.resize(options.chipSide * options.chipSide * 3);
        if (options.chips && id > options.chipsLeftOut)
            QVERIFY(writer->append(AnnotationId(id), pixels).ok());
    };
    for (int individual = 0; individual < options.individualCount; ++individual) {
        snapshot.individuals.push_back(QString("w%1").arg(individual).toStdString());
        for (int photo = 0; photo < options.photos; ++photo) {
            const bool held = options.validation && photo + options.heldPhotos >= options.photos;
            add(individual, photo, held ? protocol::SampleRole::Validation : protocol::SampleRole::Train, false);
        }
    }
    for (int other = 0; other < 3; ++other) {
        add(20 + other, 0, protocol::SampleRole::Negative, true);
        add(30 + other, 0, protocol::SampleRole::NewCalibration, true);
    }
    QVERIFY(writer->finish().ok());
    QVERIFY(protocol::writeSnapshot((folder + "/snapshot.json").toStdString(), snapshot).ok());
}

/// With all parts of the default's objective, those that weigh nothing unless asked for among them.
inline protocol::TrainJob jobFor(const QString &folder, std::map<std::string, std::string> settings = {})
{
    protocol::TrainJob job;
    job.runFolder = folder.toStdString();
    job.packPath = (folder + "/chips.fpc").toStdString();
    job.preset = "flukeprint";
    job.settings = {{"input_width", "32"}, {"input_height", "32"}, {"epochs", "3"}, {"dimension", "16"},
                    {"individuals_per_batch", "3"}, {"negatives_per_batch", "1"},
                    {"arcface_weight", "1"}, {"negative_weight", "0.2"},
                    {"precision", "fp32"}}; // what is measured at the start might come out otherwise in a second run
    for (const auto &[key, value] : settings)
        job.settings[key] = value;
    job.device = protocol::Device::Cpu;
    job.threads = 1;
    return job;
}

/// The bytes of every tensor of a file, by name; time and date in the metadata are left out.
inline std::map<std::string, std::vector<std::byte>> tensorsOf(const QString &path)
{
    std::map<std::string, std::vector<std::byte>> tensors;
    const auto reader = SafetensorsReader::open(path.toStdString());
    if (!reader)
        return tensors;
    for (const TensorEntry &entry : reader->tensors()) {
        std::vector<std::byte> bytes(entry.byteCount);
        if (reader->read(entry, bytes).ok())
            tensors[entry.name] = bytes;
    }
    return tensors;
}

/// Lines of metrics.jsonl without what depends on the clock.
inline std::vector<std::string> curvesOf(const QString &folder)
{
    std::vector<std::string> lines;
    std::ifstream file((folder + "/metrics.jsonl").toStdString());
    for (std::string line; std::getline(file, line);) {
        const auto message = protocol::decodeMessage(line);
        if (!message) {
            lines.push_back("damaged: " + line);
            continue;
        }
        auto metric = std::get<protocol::MetricMessage>(*message);
        metric.seconds = 0;
        for (const char *name : {"images_per_second", "data_wait_share", "memory_mib"})
            metric.values.erase(name);
        lines.push_back(protocol::encode(protocol::Message(metric)));
    }
    return lines;
}

inline QStringList filesOf(const QString &folder, const QString &pattern)
{
    return QDir(folder).entryList({pattern}, QDir::Files, QDir::Name);
}

/// The checkpoint of the highest step.
inline QString newestOf(const QString &folder, const QString &prefix)
{
    QString newest;
    for (const QString &name : filesOf(folder, prefix + "*.safetensors")) {
        const auto step = [&prefix](const QString &file) { return file.mid(prefix.size()).section('.', 0, 0).toInt(); };
        if (newest.isEmpty() || step(name) > step(newest))
            newest = name;
    }
    return newest;
}

} // namespace flukeprint::learning

/// Fails with the error's text. Evaluates once: what stands inside may be a whole training run.
#define VERIFY_OK(result)                                                                                              \
    do {                                                                                                               \
        const auto &evaluatedResult = (result);                                                                        \
        QVERIFY2(evaluatedResult.ok(), evaluatedResult.ok() ? "" : evaluatedResult.error().debugText().c_str());       \
    } while (false)
