#include "ui/shell/screenshots.h"

#include "core/catalogue/catalogue.h"
#include "core/jobs/job_queue.h"
#include "core/workflows/session.h"
#include "ui/dialogs/message_box.h"
#include "ui/settings/settings.h"
#include "ui/shell/main_window.h"
#include "ui/shell/pages.h"
#include "ui/text/messages.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QPixmap>
#include <QTemporaryDir>
#include <QThread>

#include <cstdio>

namespace flukeprint::ui {

namespace {

constexpr int widthPx = 1280;
constexpr int heightPx = 800;

void letItSettle(int milliseconds)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < milliseconds) {
        QApplication::processEvents(QEventLoop::AllEvents, 20);
        QThread::msleep(5);
    }
}

/// Pages are only worth a picture once thumbnails and candidates are there.
void waitForWork(workflows::CatalogueSession &session)
{
    QElapsedTimer timer;
    timer.start();
    constexpr int patienceMs = 120'000;
    const auto busy = [&session] {
        return session.galleryState() == workflows::GalleryState::Loading
            || session.jobs().activeCount() > 0;
    };
    while (busy() && timer.elapsed() < patienceMs)
        letItSettle(100);
}

} // namespace

int takeScreenshots(Theme &theme, const QString &catalogue, const QString &folder)
{
    // Asked beforehand: the window would say it in a box, and there is nobody to close it.
    const auto openable = catalogue::Catalogue::open(catalogue.toStdString(), catalogue::Access::ReadOnly);
    if (!openable) {
        std::fprintf(stderr, "flukeprint: %s\n", qPrintable(messageFor(openable.error())));
        return 3;
    }
    QTemporaryDir memory;
    Settings settings(memory.filePath(QStringLiteral("settings.ini")));
    MainWindow window(settings, theme, standardPages());
    window.resize(widthPx, heightPx);
    window.show();
    MessageBox::setNextAnswer(QMessageBox::Yes); // one that is in use is looked at all the same
    if (!QDir().mkpath(folder) || !window.openCatalogue(catalogue)) {
        std::fprintf(stderr, "flukeprint: cannot open %s or write to %s\n", qPrintable(catalogue), qPrintable(folder));
        return 3;
    }
    waitForWork(*window.session());
    const QList<Page *> pages = window.findChildren<Page *>();
    for (const ThemeChoice choice : {ThemeChoice::Dark, ThemeChoice::Light}) {
        theme.setChoice(choice);
        for (Page *page : pages) {
            window.showPage(page->objectName());
            letItSettle(1500);
            const QString name =
                QStringLiteral("%1-%2.png").arg(page->objectName(), choice == ThemeChoice::Dark ? QStringLiteral("dark") : QStringLiteral("light"));
            if (!window.grab().save(QDir(folder).filePath(name))) {
                std::fprintf(stderr, "flukeprint: cannot write %s\n", qPrintable(name));
                return 3;
            }
        }
    }
    return 0;
}

} // namespace flukeprint::ui
