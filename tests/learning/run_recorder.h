#pragma once

#include "core/learning/model/safetensors.h"
#include "core/learning/training/trainer.h"

#include <QFile>
#include <QString>

#include <algorithm>
#include <cstdint>
#include <vector>

/// What a run in this process says, and a hand on the files that it leaves.
namespace flukeprint::learning {

/// Cancels before step number `steps` (0-based count of calls between steps is not exact: validation asks as well).
struct Recorder
{
    TrainCallbacks callbacks;
    std::vector<protocol::MetricMessage> metrics;
    std::vector<Error> warnings;
    std::int64_t cancelAtStep = -1;

    Recorder()
    {
        callbacks.metric = [this](const protocol::MetricMessage &message) { metrics.push_back(message); };
        callbacks.warning = [this](const Error &error) { warnings.push_back(error); };
        callbacks.proceed = [this] {
            return cancelAtStep < 0 || metrics.empty() || metrics.back().step < cancelAtStep;
        };
    }
    [[nodiscard]] bool warned(ErrorCode code) const
    {
        return std::any_of(warnings.begin(), warnings.end(), [code](const Error &error) { return error.code == code; });
    }
};

/// Fills a float32 tensor of a checkpoint with one value.
inline bool overwriteTensor(const QString &path, const char *name, float value)
{
    const auto reader = SafetensorsReader::open(path.toStdString());
    const TensorEntry *entry = reader ? reader->find(name) : nullptr;
    QFile file(path);
    std::uint64_t headerBytes = 0;
    if (entry == nullptr || !file.open(QIODevice::ReadWrite)
        || file.read(reinterpret_cast<char *>(&headerBytes), sizeof headerBytes) != qint64{sizeof headerBytes}
        || !file.seek(static_cast<qint64>(sizeof headerBytes + headerBytes + entry->offset)))
        return false;
    const std::vector<float> values(entry->byteCount / sizeof value, value);
    const auto bytes = static_cast<qint64>(entry->byteCount);
    return file.write(reinterpret_cast<const char *>(values.data()), bytes) == bytes;
}

} // namespace flukeprint::learning
