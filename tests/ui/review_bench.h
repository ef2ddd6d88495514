#pragma once

#include "core/catalogue/decision_log.h"
#include "core/catalogue/individual_store.h"
#include "core/workflows/session.h"
#include "tests/workflows/workbench.h"
#include "ui/review/candidate_card.h"
#include "ui/shell/main_window.h"
#include "ui/shell/pages.h"
#include "ui/widgets/pill.h"

#include <QApplication>
#include <QLabel>
#include <QTest>

#include <memory>
#include <tuple>

namespace flukeprint::ui {

/// The review page in the real window on a small catalogue. Embeddings are brought along, so that no worker runs: a1, a2 of A at 0 and 10
/// degrees, b1, b2 of B at 90 and 100, c1 of C at 180; q1 (5), q2 (95) and q3 (270) are to be reviewed, in the order of their names.
class ReviewBench : public QObject
{
protected:
    void start();
    void stop();

    template<typename T>
    T *find(const char *name) const
    {
        T *found = m_window->findChild<T *>(QString::fromLatin1(name));
        if (!found)
            qFatal("no widget named %s", name);
        return found;
    }
    void makeCatalogue(const QString &name, const QString &calibration, bool withModel = true) const;
    void openWindow(const QString &catalogue = QStringLiteral("c.flukeprint"));
    /// A finger takes its time: without a pause a press would have the time stamp of the release before, as only a held key has.
    void press(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) const
    {
        QTest::qSleep(3);
        QTest::keyClick(m_window->windowHandle(), static_cast<Qt::Key>(key), modifiers);
    }
    [[nodiscard]] QString file() const { return find<QLabel>("reviewFileName")->text(); }
    [[nodiscard]] QString left() const { return find<Pill>("reviewProgress")->text(); }
    [[nodiscard]] CandidateCard *card(int rank) const { return find<CandidateCard>(qPrintable(QStringLiteral("candidate_%1").arg(rank))); }
    [[nodiscard]] catalogue::Catalogue &catalogue() const { return m_window->session()->catalogue(); }
    [[nodiscard]] catalogue::Annotation annotation(const char *name) const { return workflows::annotationOf(catalogue(), QString::fromLatin1(name)); }
    /// Empty: none.
    [[nodiscard]] QString codeOf(const char *name) const
    {
        const IndividualId id = annotation(name).individual;
        return id.isValid() ? catalogue::IndividualStore(catalogue()).get(id).value().code : QString();
    }
    [[nodiscard]] std::int64_t decisions() const
    {
        return catalogue::DecisionLog(catalogue(), {}, catalogue::DecisionSource::Review).count().value();
    }

    std::unique_ptr<workflows::Workbench> m_bench;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<MainWindow> m_window;
};

inline const std::vector<std::tuple<const char *, const char *, double>> &reviewSamples()
{
    static const std::vector<std::tuple<const char *, const char *, double>> samples {
        {"a1.jpg", "A", 0},   {"a2.jpg", "A", 10}, {"b1.jpg", "B", 90}, {"b2.jpg", "B", 100},
        {"c1.jpg", "C", 180}, {"q1.jpg", "", 5},   {"q2.jpg", "", 95},  {"q3.jpg", "", 270}};
    return samples; // name, code (empty: unidentified), angle in degrees
}

inline void ReviewBench::makeCatalogue(const QString &name, const QString &calibration, bool withModel) const
{
    auto made = m_bench->createCatalogue(name);
    QByteArray labels = "Image,Id\n";
    std::uint64_t seed = 100;
    for (const auto &[photo, code, angleDeg] : reviewSamples()) {
        m_bench->addPhoto(QStringLiteral("photos/") + QString::fromLatin1(photo), ++seed);
        labels += QByteArray(photo) + ',' + code + '\n';
    }
    workflows::ImportRequest request;
    request.paths = {m_bench->path(QStringLiteral("photos"))};
    request.labels = m_bench->addFile(QStringLiteral("labels.csv"), labels);
    QVERIFY(workflows::importPhotos(made, request).ok());
    if (!withModel)
        return;
    const ModelId model = workflows::addModel(made, 2, calibration);
    for (const auto &[photo, code, angleDeg] : reviewSamples())
        workflows::setEmbedding(made, model, workflows::annotationOf(made, QString::fromLatin1(photo)).id, angleDeg);
}

inline void ReviewBench::start()
{
    if (!m_theme)
        m_theme = std::make_unique<Theme>(qApp, ThemeChoice::Dark);
    m_bench = std::make_unique<workflows::Workbench>();
    qputenv("FLUKEPRINT_MODELS", m_bench->path(QStringLiteral("no models")).c_str());
    m_settings = std::make_unique<Settings>(QString::fromStdString(m_bench->path(QStringLiteral("settings.ini")).string()));
    m_settings->setWidgetState(QStringLiteral("reviewOrder"), "2");
    makeCatalogue(QStringLiteral("c.flukeprint"), QStringLiteral("{}"));
}

inline void ReviewBench::stop()
{
    m_window.reset();
    m_settings.reset();
    m_bench.reset();
}

inline void ReviewBench::openWindow(const QString &catalogue)
{
    m_window.reset();
    m_window = std::make_unique<MainWindow>(*m_settings, *m_theme, standardPages());
    m_window->resize(1280, 800);
    m_window->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QVERIFY(m_window->openCatalogue(QString::fromStdString(m_bench->path(catalogue).string())));
    m_window->showPage(QStringLiteral("review"));
    QTRY_VERIFY(m_window->session()->galleryState() != workflows::GalleryState::Loading);
}

} // namespace flukeprint::ui
