#pragma once

#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/encounter_store.h"
#include "core/catalogue/photo_store.h"
#include "core/imaging/decode.h"
#include "core/imaging/image.h"
#include "core/jobs/thread_job.h"
#include "core/jobs/worker_process.h"

#include <QCryptographicHash>
#include <QFile>
#include <QTemporaryDir>

#include <memory>
#include <string>
#include <vector>

namespace flukeprint::workflows {

/// How long tests wait for what happens in milliseconds on an idle machine; busy ones start programs slowly.
constexpr int patienceMs = 60'000;

/// A catalogue in a temporary folder with real picture files: individuals are patterns of light patches on dark tails, their photos
/// differ in light, place and noise.
class TrainingCatalogue
{
public:
    TrainingCatalogue()
    {
        auto created = catalogue::Catalogue::create(m_folder.filePath(QStringLiteral("t.flukeprint")).toStdString());
        if (!created)
            qFatal("no catalogue: %s", created.error().debugText().c_str());
        m_catalogue = std::make_unique<catalogue::Catalogue>(std::move(created).value());
    }

    catalogue::Catalogue &operator*() { return *m_catalogue; }
    catalogue::Catalogue *operator->() { return m_catalogue.get(); }
    [[nodiscard]] QString path(const QString &name) const { return m_folder.filePath(name); }

    /// `code` empty: unidentified. `encounter` 0: none. `pattern` decides how the animal looks.
    AnnotationId addPhoto(const QString &fileName, const QString &code, int encounter, int pattern)
    {
        const auto bytes = imaging::encodePng(draw(pattern, fileName.toStdString())).value();
        const QString path = m_folder.filePath(fileName);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly))
            qFatal("no file");
        const QByteArray content(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        file.write(content);
        catalogue::Photo photo;
        photo.sha256 = QString::fromLatin1(QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex());
        photo.path = path;
        photo.fileName = fileName;
        photo.byteSize = content.size();
        photo.widthPx = widthPx;
        photo.heightPx = heightPx;
        photo.encounter = encounterOf(encounter);
        catalogue::Annotation annotation;
        annotation.photo = catalogue::PhotoStore(*m_catalogue).add(photo).value();
        annotation.box = {widthPx / 2.0, heightPx / 2.0, widthPx, heightPx, 0};
        const AnnotationId id = catalogue::AnnotationStore(*m_catalogue).add(annotation).value();
        const catalogue::Label label{id, code};
        if (!code.isEmpty() && !log().importLabels(std::span(&label, 1), catalogue::ConflictPolicy::Overwrite))
            qFatal("no label");
        return id;
    }

    /// `individuals` animals named A, B, ... with `photos` photos each, every photo an encounter of its own.
    void fill(int individuals, int photos)
    {
        for (int i = 0; i < individuals; ++i) {
            const QString code = QStringLiteral("W-%1").arg(i + 1, 3, 10, QLatin1Char('0'));
            for (int k = 0; k < photos; ++k)
                addPhoto(QStringLiteral("%1-%2.png").arg(code).arg(k), code, ++m_lastEncounter, i + 1);
        }
    }

    catalogue::DecisionLog log() { return {*m_catalogue, QStringLiteral("tester"), catalogue::DecisionSource::Cli}; }

    static constexpr int widthPx = 96;
    static constexpr int heightPx = 48;

private:
    EncounterId encounterOf(int number)
    {
        if (number == 0)
            return {};
        catalogue::EncounterStore store(*m_catalogue);
        const QString code = QStringLiteral("E%1").arg(number);
        if (const auto known = store.find(code).value())
            return known->id;
        catalogue::Encounter encounter;
        encounter.code = code;
        return store.add(encounter).value();
    }

    static imaging::Image draw(int pattern, const std::string &name)
    {
        imaging::Image image(widthPx, heightPx);
        Random animal(static_cast<std::uint64_t>(pattern), "patches");
        Random moment(stableHash(name), "moment");
        const int light = static_cast<int>(moment.uniform(-20, 20));
        const int shiftX = static_cast<int>(moment.uniform(-4, 4));
        for (std::uint8_t &value : image.pixels)
            value = static_cast<std::uint8_t>(60 + light + static_cast<int>(moment.uniform(0, 12)));
        for (int patch = 0; patch < 6; ++patch) {
            const int left = static_cast<int>(animal.below(widthPx - 20));
            const int top = static_cast<int>(animal.below(heightPx - 16));
            for (int y = top; y < top + 14; ++y) {
                for (int x = std::max(0, left + shiftX); x < std::min(widthPx, left + shiftX + 18); ++x) {
                    for (int channel = 0; channel < 3; ++channel)
                        image.row(y)[3 * x + channel] = static_cast<std::uint8_t>(200 + light);
                }
            }
        }
        return image;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<catalogue::Catalogue> m_catalogue;
    int m_lastEncounter = 0;
};

/// A context for calls from the test's own thread that gathers what was said.
struct TestContext
{
    std::stop_source stop;
    std::vector<Error> warnings;
    std::vector<Progress> progress;

    jobs::WorkContext context()
    {
        jobs::WorkContext context;
        context.stop = stop.get_token();
        context.progress = [this](const Progress &news) { progress.push_back(news); };
        context.warn = [this](const Error &what) { warnings.push_back(what); };
        return context;
    }
};

inline jobs::WorkerOptions scriptedWorker(const QStringList &arguments = {QStringLiteral("well")})
{
    jobs::WorkerOptions options;
    options.program = QStringLiteral(SCRIPTED_WORKER);
    options.arguments = arguments;
    return options;
}

} // namespace flukeprint::workflows
