#pragma once

#include "core/catalogue/annotation_store.h"
#include "core/workflows/session.h"
#include "tests/ui/small_catalogue.h"
#include "ui/models/annotation_model.h"
#include "ui/shell/main_window.h"
#include "ui/shell/pages.h"
#include "ui/text/translations.h"
#include "ui/widgets/grid_view.h"

#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <memory>

namespace flukeprint::ui {

/// The real window, driven by object names, with a catalogue and settings of its own for each test.
class WindowBench : public QObject
{
protected:
    void makeTemplate();
    void start();
    void stop();

    template<typename T>
    T *find(const char *name) const
    {
        T *found = m_window->findChild<T *>(QString::fromLatin1(name));
        if (!found)
            qWarning("no widget named %s", name);
        return found;
    }
    void trigger(const char *action) const { find<QAction>(action)->trigger(); }
    void openWindow();
    void openSmall();
    [[nodiscard]] bool jobsDone() const { return m_window->session()->jobs().activeCount() == 0; }
    [[nodiscard]] GridView *grid() const { return find<GridView>("catalogueGrid"); }
    [[nodiscard]] int shown() const { return grid()->model()->rowCount(); }
    [[nodiscard]] AnnotationId current() const { return AnnotationId(grid()->currentIndex().data(AnnotationModel::IdRole).toLongLong()); }
    [[nodiscard]] catalogue::Annotation annotation(AnnotationId id) const
    {
        return catalogue::AnnotationStore(m_window->session()->catalogue()).get(id).value();
    }
    [[nodiscard]] QString path(const char *name) const { return m_dir->filePath(QString::fromLatin1(name)); }
    /// Fills the picker that the next action opens.
    void answerPicker(const QString &text) const;

    QTemporaryDir m_template;
    testing::SmallCatalogue m_made;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<MainWindow> m_window;
};

inline void WindowBench::makeTemplate()
{
    installTranslations(qApp); // "1 photo", "2 photos": as in the program
    // The worker is other tests' matter; here nothing may wait for it.
    qputenv("FLUKEPRINT_MODELS", m_template.filePath(QStringLiteral("no models")).toUtf8());
    auto made = testing::makeSmallCatalogue(m_template.path().toStdString());
    QVERIFY2(made.ok(), made.ok() ? "" : made.error().debugText().c_str());
    m_made = made.value();
    m_theme = std::make_unique<Theme>(qApp, ThemeChoice::Dark);
}

inline void WindowBench::start()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_settings = std::make_unique<Settings>(path("settings.ini"));
    std::filesystem::copy(m_made.folder, path("small.flukeprint").toStdString(), std::filesystem::copy_options::recursive);
    openWindow();
}

inline void WindowBench::stop()
{
    m_window.reset();
    m_settings.reset();
    m_dir.reset();
    m_theme->setChoice(ThemeChoice::Dark);
}

inline void WindowBench::openWindow()
{
    m_window.reset();
    m_window = std::make_unique<MainWindow>(*m_settings, *m_theme, standardPages());
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

inline void WindowBench::openSmall()
{
    QVERIFY(m_window->openCatalogue(path("small.flukeprint")));
    m_window->showPage(QStringLiteral("catalogue"));
    QTRY_COMPARE(shown(), m_made.photoCount);
}

inline void WindowBench::answerPicker(const QString &text) const
{
    QTimer::singleShot(0, m_window.get(), [text] {
        QWidget *picker = QApplication::activeModalWidget();
        QVERIFY(picker);
        picker->findChild<QLineEdit *>(QStringLiteral("individualPickerEdit"))->setText(text);
        auto *create = picker->findChild<QPushButton *>(QStringLiteral("individualPickerCreate"));
        auto *accept = picker->findChild<QPushButton *>(QStringLiteral("individualPickerAccept"));
        QTest::mouseClick(create->isEnabled() ? create : accept, Qt::LeftButton);
    });
}

} // namespace flukeprint::ui
