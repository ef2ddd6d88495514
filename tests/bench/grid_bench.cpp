// How long the GUI thread is kept busy by the catalogue page: opening, searching, and scrolling through every row of the grid.
// Usage: grid_bench CATALOGUE [STEPS], default 2,000 steps. Prints milliseconds; the catalogue is opened read-only.
#include "core/base/random.h"
#include "core/catalogue/annotation_query.h"
#include "core/catalogue/annotation_store.h"
#include "core/catalogue/catalogue.h"
#include "ui/delegates/photo_delegate.h"
#include "ui/models/annotation_model.h"
#include "ui/theme/theme.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/grid_view.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QScrollBar>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <tuple>
#include <vector>

using namespace flukeprint;

namespace {

double threadCpuMs()
{
    timespec now {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// Wall time, and beside it the thread's own processor time, which other programs do not disturb.
class Times
{
public:
    template<typename F>
    void measure(F work)
    {
        QElapsedTimer clock;
        clock.start();
        const double before = threadCpuMs();
        work();
        m_cpuMs.push_back(threadCpuMs() - before);
        m_wallMs.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }
    void print(const char *what)
    {
        printOne(what, "wall", m_wallMs);
        printOne("", "cpu", m_cpuMs);
    }

private:
    static void printOne(const char *what, const char *clock, std::vector<double> &ms)
    {
        std::sort(ms.begin(), ms.end());
        const auto share = [&ms](double p) { return ms[static_cast<std::size_t>(p * static_cast<double>(ms.size() - 1))]; };
        const auto over = std::count_if(ms.begin(), ms.end(), [](double each) { return each > 16; });
        std::printf("%-36s %-4s %6zu times   median %7.2f   p99 %7.2f   max %7.2f   over 16 ms: %td\n", what, clock, ms.size(), share(0.5),
                    share(0.99), ms.back(), over);
    }

    std::vector<double> m_wallMs;
    std::vector<double> m_cpuMs;
};

/// The GUI thread's share of a background search: the call, then each round of the event loop until the rows are there.
void measureSearch(ui::AnnotationModel &model, catalogue::AnnotationOrder order, const char *what)
{
    bool done = false;
    const auto ended = QObject::connect(&model, &ui::AnnotationModel::searched, [&done] { done = true; });
    Times busy;
    busy.measure([&] { model.searchLater({}, order); });
    QElapsedTimer whole;
    whole.start();
    while (!done)
        busy.measure([] { QCoreApplication::processEvents(); });
    busy.print(what);
    std::printf("%-36s rows there after %.0f ms: %d\n", "", static_cast<double>(whole.nsecsElapsed()) / 1e6, model.rowCount());
    QObject::disconnect(ended);
}

int run(const char *folder, int steps)
{
    auto catalogue = catalogue::Catalogue::open(folder, catalogue::Access::ReadOnly);
    if (!catalogue) {
        std::fprintf(stderr, "%s\n", catalogue.error().debugText().c_str());
        return 3;
    }
    ui::AsyncImageLoader images;
    ui::AnnotationModel model;
    ui::GridView grid;
    ui::PhotoDelegate delegate(&images);
    grid.setItemDelegate(&delegate);
    grid.setCellShape(190, ui::PhotoDelegate::heightPerWidth, ui::PhotoDelegate::textHeight);
    grid.setModel(&model);
    QObject::connect(&images, &ui::AsyncImageLoader::loaded, grid.viewport(), qOverload<>(&QWidget::update));
    grid.resize(1400, 900);
    grid.show();
    model.setCatalogue(&*catalogue);
    measureSearch(model, {catalogue::AnnotationSort::FileName, false}, "search by file name");
    measureSearch(model, {catalogue::AnnotationSort::TakenAt, true}, "search by date");

    QScrollBar *bar = grid.verticalScrollBar();
    Random random(1);
    for (const bool jumps : {false, true}) {
        Times frames;
        for (int step = 0; step < steps; ++step) {
            const double share = jumps ? random.uniform() : static_cast<double>(step) / steps;
            frames.measure([&] {
                bar->setValue(static_cast<int>(share * bar->maximum()));
                QCoreApplication::processEvents();
            });
        }
        frames.print(jumps ? "frame after a jump" : "frame while scrolling down");
    }
    Times counts;
    for (int i = 0; i < 20; ++i)
        counts.measure([&] { std::ignore = catalogue::AnnotationStore(*catalogue).counts(); });
    counts.print("counts of the status line");
    Times queue;
    for (int i = 0; i < 5; ++i)
        queue.measure([&] { std::ignore = catalogue::AnnotationQuery(*catalogue).reviewQueue(catalogue::ReviewOrder::MostUncertain); });
    queue.print("review queue, most uncertain first");
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: grid_bench CATALOGUE [STEPS]\n");
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    QApplication app(argc, argv);
    ui::Theme theme(&app, ui::ThemeChoice::Dark);
    return run(argv[1], argc > 2 ? std::max(1, std::atoi(argv[2])) : 2000);
}
