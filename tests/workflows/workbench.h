#pragma once

#include "core/base/random.h"
#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/embedding_store.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/photo_store.h"
#include "core/imaging/decode.h"
#include "core/workflows/import_photos.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <cmath>
#include <filesystem>
#include <memory>
#include <vector>

namespace flukeprint::workflows {

/// A temporary folder with small real JPEG files, tables and a catalogue. A step that fails ends the test program.
class Workbench
{
public:
    static constexpr int widthPx = 96;
    static constexpr int heightPx = 64;

    [[nodiscard]] std::filesystem::path path(const QString &name) const
    {
        return m_folder.filePath(name).toStdString();
    }

    static imaging::Image draw(std::uint64_t seed)
    {
        Random random(seed);
        imaging::Image image(widthPx, heightPx);
        for (int patch = 0; patch < 12; ++patch) {
            const auto x0 = static_cast<int>(random.below(widthPx - 16));
            const auto y0 = static_cast<int>(random.below(heightPx - 16));
            const auto value = static_cast<std::uint8_t>(random.below(256));
            for (int y = y0; y < y0 + 16; ++y) {
                for (int x = x0; x < x0 + 16; ++x)
                    std::fill_n(image.row(y) + 3 * x, 3, value);
            }
        }
        return image;
    }

    /// Every seed is another picture.
    std::filesystem::path addPhoto(const QString &name, std::uint64_t seed) const
    {
        const auto bytes = imaging::encodeJpeg(draw(seed)).value();
        return addFile(name, {reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size())});
    }

    std::filesystem::path addFile(const QString &name, const QByteArray &content) const
    {
        const QString target = m_folder.filePath(name);
        QDir().mkpath(QFileInfo(target).path());
        QFile file(target);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write %s", qPrintable(target));
        return target.toStdString();
    }

    catalogue::Catalogue createCatalogue(const QString &name = QStringLiteral("c.flukeprint")) const
    {
        auto created = catalogue::Catalogue::create(path(name));
        if (!created)
            qFatal("no catalogue: %s", created.error().debugText().c_str());
        return std::move(*created);
    }

private:
    QTemporaryDir m_folder;
};

/// A registered model whose file holds nothing: for tests that bring their own embeddings and start no worker.
inline ModelId addModel(catalogue::Catalogue &catalogue, int dimension,
                        const QString &calibration = QStringLiteral("{}"))
{
    QFile file(QString::fromStdString((catalogue.modelsFolder() / "test.safetensors").string()));
    QDir().mkpath(QFileInfo(file).path());
    if (!file.open(QIODevice::WriteOnly))
        qFatal("no model file");
    catalogue::Model model;
    model.name = QStringLiteral("test");
    model.preset = QStringLiteral("flukeprint");
    model.architecture = QStringLiteral("mobilenet_v2");
    model.file = QStringLiteral("models/test.safetensors");
    model.dimension = dimension;
    model.inputWidthPx = 64;
    model.inputHeightPx = 32;
    model.metadataJson = QStringLiteral("{\"snapshot_hash\":\"abc\"}");
    model.metricsJson = QStringLiteral("{}");
    model.calibrationJson = calibration;
    return catalogue::ModelStore(catalogue).add(model).value();
}

/// Stores one embedding of dimension 2: the unit vector at this angle.
inline void setEmbedding(catalogue::Catalogue &catalogue, ModelId model, AnnotationId annotation, double angleDeg)
{
    const double angle = angleDeg * 3.14159265358979 / 180;
    const std::vector<float> vector{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    const catalogue::EmbeddingKey key{annotation, 1};
    const auto stored = catalogue::EmbeddingStore(catalogue).put(model, std::span(&key, 1), vector);
    if (!stored || *stored != 1)
        qFatal("no embedding");
}

inline catalogue::Photo photoNamed(catalogue::Catalogue &catalogue, const QString &fileName)
{
    const auto found = catalogue::PhotoStore(catalogue).findByFileName(fileName).value();
    if (found.empty())
        qFatal("no photo %s", qPrintable(fileName));
    return found.front();
}

inline catalogue::Annotation annotationOf(catalogue::Catalogue &catalogue, const QString &fileName)
{
    return catalogue::AnnotationStore(catalogue).ofPhoto(photoNamed(catalogue, fileName).id).value().front();
}

} // namespace flukeprint::workflows
