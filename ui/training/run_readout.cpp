#include "ui/training/run_readout.h"

#include "ui/text/format.h"
#include "ui/training/run_curves.h"
#include "ui/widgets/elided_label.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QLabel>

namespace flukeprint::ui {

namespace {

class Readout
{
    Q_DECLARE_TR_FUNCTIONS(Readout)

public:
    static QString figure(const QString &name, double value);
};

QString Readout::figure(const QString &name, double value)
{
    constexpr double mebibyte = 1 << 20;
    if (name == QLatin1String("probe_hardest_positive"))
        return tr("same animal at most %1").arg(distanceText(value));
    if (name == QLatin1String("probe_hardest_negative"))
        return tr("nearest other %1").arg(distanceText(value));
    if (name == QLatin1String("alignment"))
        return tr("alignment %1").arg(metricText(value));
    if (name == QLatin1String("uniformity"))
        return tr("uniformity %1").arg(metricText(value));
    if (name == QLatin1String("effective_rank"))
        return tr("directions %1").arg(countText(qRound64(value)));
    if (name == QLatin1String("gpu_memory_mib"))
        return tr("GPU %1").arg(sizeText(qRound64(value * mebibyte)));
    return tr("memory %1").arg(sizeText(qRound64(value * mebibyte)));
}

} // namespace

RunReadout::RunReadout(QWidget *parent)
    : QWidget(parent)
    , m_row(new QHBoxLayout(this))
    , m_alarm(new QLabel(this))
{
    setObjectName(QStringLiteral("runReadout"));
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(16);
    m_alarm->setObjectName(QStringLiteral("readoutAlarm"));
    m_alarm->setProperty("role", "attention");
    m_alarm->setWordWrap(true);
    m_row->addWidget(m_alarm, 1);
    addFigure("probe_hardest_positive",
              tr("The largest distance between two photos of one animal, on a fixed sample; it should fall below that to the nearest other animal."));
    addFigure("probe_hardest_negative",
              tr("The smallest distance between photos of two animals, on a fixed sample; it should rise above that within one animal."));
    addFigure("alignment", tr("How far photos of one animal lie apart on average; 0 is best."));
    addFigure("uniformity", tr("How evenly all photos fill the space of fingerprints; lower is better."));
    addFigure("effective_rank",
              tr("In how many independent ways the fingerprints differ; a fall to very few means that all flukes begin to look the same."));
    addFigure("memory_mib", tr("Memory that the training uses now."));
    addFigure("gpu_memory_mib", tr("Memory of the GPU that the training uses now."));
    m_row->addStretch(1);
    setMinimumHeight(m_figures.front().label->fontMetrics().lineSpacing() + 2);
    refresh();
}

void RunReadout::addFigure(const char *name, const QString &explanation)
{
    auto *label = new ElidedLabel({}, this);
    label->setObjectName(QStringLiteral("readout_") + QLatin1String(name));
    label->setProperty("role", "small");
    label->setToolTip(explanation);
    m_row->addWidget(label);
    m_figures.append({name, label});
}

void RunReadout::showFigures(const RunCurves &curves)
{
    for (const Figure &figure : m_figures) {
        const auto value = curves.last(QLatin1String(figure.name));
        figure.label->setText(value ? Readout::figure(QLatin1String(figure.name), *value) : QString());
    }
    refresh();
}

void RunReadout::setAlarm(const QString &sentence)
{
    m_alarm->setText(sentence);
    refresh();
}

QString RunReadout::text() const
{
    if (!m_alarm->text().isEmpty())
        return m_alarm->text();
    QStringList parts;
    for (const Figure &figure : m_figures) {
        if (!figure.label->text().isEmpty())
            parts << figure.label->text();
    }
    return parts.join(QStringLiteral("   "));
}

void RunReadout::refresh()
{
    const bool isAlarmed = !m_alarm->text().isEmpty();
    m_alarm->setVisible(isAlarmed);
    for (const Figure &figure : m_figures)
        figure.label->setVisible(!isAlarmed && !figure.label->text().isEmpty());
}

} // namespace flukeprint::ui
