#pragma once

#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/database.h"
#include "core/catalogue/decision_log.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/model_store.h"
#include "core/catalogue/photo_store.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <string>

// In a test function: fails it with the error's text.
#define FP_VERIFY(expression)                                                                                          \
    do {                                                                                                               \
        const auto &wanted = (expression);                                                                             \
        QVERIFY2(wanted.ok(), wanted.ok() ? "" : wanted.error().debugText().c_str());                                  \
    } while (false)

// The expression fails, and with this code.
#define FP_FAILS(expression, expectedCode)                                                                             \
    do {                                                                                                               \
        const auto failing = (expression);                                                                             \
        QVERIFY2(!failing.ok(), "succeeded");                                                                          \
        QVERIFY2(failing.error().code == (expectedCode), failing.error().debugText().c_str());                         \
    } while (false)

namespace flukeprint::catalogue {

/// The value, or the end of the test program: for set-up, where nothing may fail.
template <typename T> T must(Result<T> result)
{
    if (!result)
        qFatal("%s", result.error().debugText().c_str());
    return std::move(*result);
}
inline void must(const Result<void> &result)
{
    if (!result)
        qFatal("%s", result.error().debugText().c_str());
}

inline std::filesystem::path pathIn(const QTemporaryDir &directory, const char *name)
{
    return std::filesystem::path(directory.path().toStdString()) / name;
}

/// A catalogue in a folder of its own.
struct Fixture
{
    QTemporaryDir directory;
    std::filesystem::path folder = pathIn(directory, "test.flukeprint");
    std::optional<Catalogue> catalogue = must(Catalogue::create(folder));

    void reopen()
    {
        catalogue.reset();
        catalogue = must(Catalogue::open(folder));
    }
    Catalogue &operator*() { return *catalogue; }
};

inline Photo photoNumber(int number)
{
    Photo photo;
    photo.sha256 = QStringLiteral("%1").arg(number, 64, 16, QLatin1Char('0'));
    photo.fileName = QStringLiteral("IMG_%1.jpg").arg(number, 6, 10, QLatin1Char('0'));
    photo.path = QStringLiteral("/photos/") + photo.fileName;
    photo.byteSize = 1000 + number;
    photo.widthPx = 1050;
    photo.heightPx = 700;
    return photo;
}

inline Annotation wholeFrame(PhotoId photo)
{
    Annotation annotation;
    annotation.photo = photo;
    annotation.box = {525, 350, 1050, 700, 0};
    return annotation;
}

/// A photo with one annotation.
inline AnnotationId addAnnotation(Catalogue &catalogue, int number)
{
    const PhotoId photo = must(PhotoStore(catalogue).add(photoNumber(number)));
    return must(AnnotationStore(catalogue).add(wholeFrame(photo)));
}

inline IndividualId addIndividual(Catalogue &catalogue, const QString &code)
{
    return must(IndividualStore(catalogue).findOrAdd(code));
}

inline Model modelNamed(const QString &name, int dimension = 4)
{
    Model model;
    model.name = name;
    model.preset = QStringLiteral("flukeprint");
    model.architecture = QStringLiteral("mobilenet_v2");
    model.file = QStringLiteral("models/%1.safetensors").arg(name);
    model.dimension = dimension;
    model.inputWidthPx = 256;
    model.inputHeightPx = 128;
    return model;
}

/// "identified w_1", "unidentified": what the projection says.
inline QString identityOf(Catalogue &catalogue, AnnotationId annotation)
{
    const Annotation stored = must(AnnotationStore(catalogue).get(annotation));
    const QString code =
        stored.individual.isValid() ? must(IndividualStore(catalogue).get(stored.individual)).code : QString();
    return (nameOf(stored.state) + u' ' + code).trimmed();
}

} // namespace flukeprint::catalogue
