#include "ui/training/run_readout.h"

#include "ui/text/format.h"
#include "ui/training/run_curves.h"

#include <QStringList>
#include <QStyle>

namespace flukeprint::ui {

namespace {

constexpr double mebibyte = 1 << 20;

} // namespace

RunReadout::RunReadout(QWidget *parent)
    : QLabel(parent)
{
    setObjectName(QStringLiteral("runReadout"));
    setProperty("role", "small");
    setWordWrap(true);
    setToolTip(tr("Measured on a fixed sample of photos. Same animal and nearest other: distances, the first should fall below the second. "
                  "Alignment: how far photos of one animal lie apart, 0 is best. Uniformity: how evenly all photos fill the space, lower is "
                  "better. Directions: in how many ways the photos differ; a collapse to very few is an alarm."));
    refresh();
}

void RunReadout::showFigures(const RunCurves &curves)
{
    QStringList parts;
    const auto add = [&](const char *name, const QString &pattern, auto text) {
        if (const auto value = curves.last(QLatin1String(name)))
            parts << pattern.arg(text(*value));
    };
    const auto whole = [](double value) { return countText(qRound64(value)); };
    add("probe_hardest_positive", tr("same animal at most %1"), distanceText);
    add("probe_hardest_negative", tr("nearest other %1"), distanceText);
    add("alignment", tr("alignment %1"), metricText);
    add("uniformity", tr("uniformity %1"), metricText);
    add("effective_rank", tr("directions %1"), whole);
    add("memory_mib", tr("memory %1"), [](double value) { return sizeText(qRound64(value * mebibyte)); });
    add("gpu_memory_mib", tr("GPU %1"), [](double value) { return sizeText(qRound64(value * mebibyte)); });
    m_figures = parts.join(QStringLiteral("   "));
    refresh();
}

void RunReadout::setAlarm(const QString &sentence)
{
    m_alarm = sentence;
    refresh();
}

void RunReadout::refresh()
{
    setText(m_alarm.isEmpty() ? m_figures : m_alarm);
    setVisible(!text().isEmpty());
    const QString wanted = m_alarm.isEmpty() ? QStringLiteral("small") : QStringLiteral("attention");
    if (property("role").toString() == wanted)
        return;
    setProperty("role", wanted);
    style()->unpolish(this);
    style()->polish(this);
}

} // namespace flukeprint::ui
