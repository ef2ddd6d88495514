#include "ui/review/query_card.h"

#include "core/catalogue/encounter_store.h"
#include "core/catalogue/individual_store.h"
#include "ui/review/photo_view.h"
#include "ui/text/decision_text.h"
#include "ui/text/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/pill.h"

#include <QHBoxLayout>
#include <QToolButton>
#include <QVBoxLayout>

namespace flukeprint::ui {

using catalogue::IdentityState;

namespace {

QString factsOf(catalogue::Catalogue &catalogue, const catalogue::Photo &photo)
{
    QStringList facts;
    if (!photo.takenAt.isEmpty())
        facts << dateTimeText(photo.takenAt.toStdString());
    if (photo.latitude && photo.longitude)
        facts << placeText(*photo.latitude, *photo.longitude);
    if (photo.encounter.isValid()) {
        const auto encounter = catalogue::EncounterStore(catalogue).get(photo.encounter);
        if (encounter && !encounter->place.isEmpty())
            facts << encounter->place;
        if (encounter)
            facts << QueryCard::tr("encounter %1").arg(encounter->code);
    }
    facts.removeAll(QString());
    return facts.join(QStringLiteral("   "));
}

} // namespace

QueryCard::QueryCard(AsyncImageLoader *images, QWidget *parent)
    : Card(parent)
{
    setObjectName(QStringLiteral("reviewQueryCard"));
    m_fileName = new ElidedLabel({}, this);
    m_fileName->setObjectName(QStringLiteral("reviewFileName"));
    m_fileName->setProperty("role", "strong");
    m_fileName->setElideMode(Qt::ElideMiddle);
    m_fileName->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    m_facts = new ElidedLabel({}, this);
    m_facts->setObjectName(QStringLiteral("reviewFacts"));
    m_facts->setProperty("role", "small");
    m_state = new Pill({}, Pill::Kind::Static, this);
    m_state->setObjectName(QStringLiteral("reviewState"));
    m_state->setMaximumTextWidth(170);
    m_quality = new Pill({}, Pill::Kind::Static, this);
    m_quality->setObjectName(QStringLiteral("reviewQuality"));
    m_quality->setToolTip(tr("Graded from 1 (best) to 5"));
    header()->addWidget(m_fileName);
    header()->addWidget(m_facts, 1);
    header()->addWidget(m_state);
    header()->addWidget(m_quality);

    m_view = new PhotoView(images, this);
    m_view->setObjectName(QStringLiteral("reviewQuery"));
    m_view->setAccessibleName(tr("Photo under review"));
    m_view->setBottomRadius(Sizes::cardRadius - 1);
    body()->addWidget(m_view, 1);
    auto *whole = new QToolButton(this);
    whole->setObjectName(QStringLiteral("reviewQueryFit"));
    whole->setIcon(icon(QStringLiteral("fit"), IconTint::Secondary));
    whole->setIconSize({16, 16});
    whole->setFixedSize(Sizes::pillHeight, Sizes::pillHeight);
    whole->setToolTip(tr("Whole photo"));
    whole->setAccessibleName(tr("Whole photo"));
    connect(whole, &QToolButton::clicked, m_view, &ImageView::fit);
    header()->addWidget(whole);
    clear();
}

void QueryCard::clear()
{
    m_annotation = {};
    m_fileName->clear();
    m_facts->clear();
    m_state->hide();
    m_quality->hide();
    m_view->setBox(std::nullopt);
    m_view->setPhoto(std::nullopt);
}

void QueryCard::showItem(catalogue::Catalogue &catalogue, const workflows::ReviewItem &item)
{
    const ReviewPhoto photo = photoOf(catalogue, item.annotation, item.photo);
    if (item.annotation.id != m_annotation)
        m_view->setView({});
    m_annotation = item.annotation.id;
    m_fileName->setText(item.photo.fileName);
    m_facts->setText(factsOf(catalogue, item.photo));
    m_quality->setVisible(item.annotation.quality > 0);
    m_quality->setText(tr("quality %1").arg(item.annotation.quality));
    showState(catalogue, item.annotation);
    m_view->setPhoto(photo);
    m_view->setBox(item.annotation.box);
}

void QueryCard::showState(catalogue::Catalogue &catalogue, const catalogue::Annotation &annotation)
{
    const bool decided = annotation.state == IdentityState::Identified || annotation.state == IdentityState::Unusable;
    const bool unlocated = !decided && annotation.boxSource == catalogue::BoxSource::Frame;
    m_state->setVisible(decided || unlocated);
    m_state->setToolTip(
        unlocated ? tr("No fluke was located in this photo, so all of it is compared. Press X if there is none, or draw a box in the Catalogue.")
                  : QString());
    if (unlocated) {
        m_state->setText(tr("no fluke located"));
        m_state->setIconName(QStringLiteral("info"));
        m_state->setTone(Pill::Tone::Attention);
    }
    if (!decided)
        return;
    QString text = stateText(annotation.state);
    if (annotation.individual.isValid()) {
        const auto individual = catalogue::IndividualStore(catalogue).get(annotation.individual);
        if (individual)
            text = tr("identified as %1").arg(individual->code);
    }
    m_state->setText(text);
    m_state->setIconName(stateIcon(annotation.state));
    m_state->setTone(annotation.state == IdentityState::Identified ? Pill::Tone::Accent : Pill::Tone::Attention);
}

} // namespace flukeprint::ui
