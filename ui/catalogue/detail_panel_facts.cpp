#include "core/catalogue/encounter_store.h"
#include "core/catalogue/individual_store.h"
#include "core/workflows/session.h"
#include "ui/catalogue/detail_panel.h"
#include "ui/catalogue/facts_view.h"
#include "ui/text/decision_text.h"
#include "ui/text/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/pill.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

void DetailPanel::showFacts()
{
    m_identity->setVisible(m_annotation.individual.isValid());
    if (m_annotation.individual.isValid()) {
        const auto individual = catalogue::IndividualStore(m_session->catalogue()).get(m_annotation.individual);
        if (individual) {
            const QString name = individual.value().name;
            m_identity->setText(name.isEmpty() ? individual.value().code : tr("%1  %2").arg(individual.value().code, name));
            m_identity->updateGeometry();
        }
    }
    QList<QPair<QString, QString>> facts;
    facts.append({tr("Taken"), dateTimeText(m_photo.takenAt.toStdString())});
    if (m_photo.latitude && m_photo.longitude)
        facts.append({tr("Place"), placeText(*m_photo.latitude, *m_photo.longitude)});
    showEncounterFact(facts);
    facts.append({tr("Camera"), m_photo.camera});
    facts.append({tr("Size"), tr("%1 x %2 px, %3").arg(m_photo.widthPx).arg(m_photo.heightPx).arg(sizeText(m_photo.byteSize))});
    if (m_annotation.quality > 0)
        facts.append({tr("Quality"), tr("%1 of 5 (1 is best)").arg(m_annotation.quality)});
    facts.append({tr("Viewpoint"), m_annotation.viewpoint});
    facts.append({tr("Box"), boxSourceText(m_annotation.boxSource)});
    showPointsFact(facts);
    facts.append({tr("File"), pathText(photoPath())});
    m_facts->setFacts(facts);
}

void DetailPanel::showPointsFact(QList<QPair<QString, QString>> &facts)
{
    QStringList set;
    for (const auto &[point, name] : {std::pair(m_annotation.leftTip, tr("left tip")), std::pair(m_annotation.notch, tr("notch")),
                                      std::pair(m_annotation.rightTip, tr("right tip"))}) {
        if (point)
            set << name;
    }
    if (!set.isEmpty())
        facts.append({tr("Points"), set.join(QStringLiteral(", "))});
}

void DetailPanel::showEncounterFact(QList<QPair<QString, QString>> &facts)
{
    if (!m_photo.encounter.isValid())
        return;
    const auto encounter = catalogue::EncounterStore(m_session->catalogue()).get(m_photo.encounter);
    if (!encounter)
        return;
    const catalogue::Encounter &found = encounter.value();
    facts.append({tr("Encounter"), found.place.isEmpty() ? found.code : tr("%1, %2").arg(found.code, found.place)});
}

void DetailPanel::showHistory()
{
    while (QLayoutItem *item = m_history->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    catalogue::DecisionLog log(m_session->catalogue(), m_session->who(), catalogue::DecisionSource::Catalogue);
    const auto history = log.history(m_annotation.id);
    if (!history || history.value().empty())
        return;
    auto *title = new QLabel(tr("History"), m_historyBox);
    title->setObjectName(QStringLiteral("historyTitle"));
    title->setProperty("role", "cardTitle");
    m_history->addWidget(title);
    std::vector<catalogue::Decision> newestFirst = history.value();
    std::reverse(newestFirst.begin(), newestFirst.end());
    for (const catalogue::Decision &decision : newestFirst) {
        auto *entry = new QWidget(m_historyBox);
        entry->setObjectName(QStringLiteral("historyEntry"));
        auto *row = new QHBoxLayout(entry);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(8);
        auto *what = new ElidedLabel(decisionText(decision), entry);
        what->setObjectName(QStringLiteral("historyWhat"));
        if (!decision.effective) {
            QFont font = what->font();
            font.setStrikeOut(true);
            what->setFont(font);
            what->setProperty("role", "secondary");
            what->setToolTip(tr("Undone later"));
        }
        auto *when = new QLabel(QStringLiteral("%1   %2").arg(decision.who, momentText(decision.at.toStdString())), entry);
        when->setObjectName(QStringLiteral("historyWhen"));
        when->setProperty("role", "small");
        row->addWidget(what, 1);
        row->addWidget(when);
        m_history->addWidget(entry);
    }
}

} // namespace flukeprint::ui
