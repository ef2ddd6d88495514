#include "ui/review/candidate_panel.h"

#include "ui/review/candidate_card.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/rotated_box_math.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace flukeprint::ui {

using workflows::CandidateInfo;
using workflows::ReviewItem;

namespace {

constexpr double cropMargin = 0.06; ///< of the box, so that no tip touches the edge

QRectF partOf(const ReviewPhoto &photo)
{
    if (photo.sizePx.isEmpty())
        return {0, 0, 1, 1};
    const QRectF box = box_math::boundingRect(photo.box);
    const QRectF roomy = box.adjusted(-cropMargin * box.width(), -cropMargin * box.height(), cropMargin * box.width(), cropMargin * box.height());
    const QRectF share(roomy.x() / photo.sizePx.width(), roomy.y() / photo.sizePx.height(), roomy.width() / photo.sizePx.width(),
                       roomy.height() / photo.sizePx.height());
    const QRectF inside = share.intersected(QRectF(0, 0, 1, 1));
    return inside.isEmpty() ? QRectF(0, 0, 1, 1) : inside;
}

} // namespace

CandidatePanel::CandidatePanel(AsyncImageLoader *images, QList<QAction *> noModelActions, QWidget *parent)
    : Card(tr("Candidates"), parent)
    , m_images(images)
    , m_noModelActions(std::move(noModelActions))
{
    setObjectName(QStringLiteral("reviewCandidates"));
    m_calibration = new Pill(tr("not calibrated"), Pill::Kind::Static, this);
    m_calibration->setObjectName(QStringLiteral("reviewNotCalibrated"));
    m_calibration->setTone(Pill::Tone::Attention);
    m_calibration->setIconName(QStringLiteral("info"));
    m_calibration->setToolTip(tr("This model was never measured on photos kept aside, so a distance cannot be turned into a probability.\n"
                                 "A run on the Training page calibrates the model that it makes."));
    m_calibration->hide();
    header()->addStretch();
    header()->addWidget(m_calibration);

    m_state = new EmptyState(QStringLiteral("review"), this);
    m_state->setObjectName(QStringLiteral("reviewCandidateState"));
    m_state->hide();
    body()->addWidget(m_state, 500);
    constexpr int cardStretch = 100;
    for (int place = 0; place <= places; ++place) {
        auto *card = new CandidateCard(this);
        card->setObjectName(place < places ? QStringLiteral("candidate_%1").arg(place + 1) : QStringLiteral("candidate_new"));
        connect(card, &QAbstractButton::clicked, this, [this, place] { select(place); });
        body()->addWidget(card, cardStretch);
        if (place < places)
            m_cards[static_cast<std::size_t>(place)] = card;
        else
            m_new = card;
    }
    body()->addStretch(1);
    connect(m_images, &AsyncImageLoader::loaded, this, &CandidatePanel::takePicture);
    clear();
}

void CandidatePanel::clear()
{
    m_individuals.clear();
    m_annotation = {};
    m_crops.fill({});
    for (CandidateCard *card : m_cards)
        card->hide();
    m_calibration->hide();
    m_state->hide();
    m_new->hide();
    m_selected = newIndividual;
}

void CandidatePanel::showItem(catalogue::Catalogue &catalogue, const ReviewItem &item, const QString &nextCode)
{
    const bool same = item.annotation.id == m_annotation;
    const auto shown = static_cast<std::size_t>(m_selected);
    const IndividualId before = same && shown < m_individuals.size() ? m_individuals[shown] : IndividualId();
    const bool wasNew = same && m_selected == newIndividual && !m_individuals.empty();
    m_annotation = item.annotation.id;
    m_individuals.clear();
    const bool ready = item.state == ReviewItem::Candidates::Ready && !item.list.candidates.empty();
    m_calibration->setVisible(ready && !item.list.calibrated);
    m_state->setVisible(!ready);
    if (ready)
        showCandidates(catalogue, item.list);
    else
        showState(item);
    for (std::size_t place = m_individuals.size(); place < m_cards.size(); ++place)
        m_cards[place]->hide();
    showNew(item, nextCode);

    int index = ready && !wasNew && !newIsLikeliest(item) ? 0 : newIndividual;
    const IndividualId wanted = before.isValid() ? before : item.annotation.individual;
    if (const int place = placeOf(item, wanted); place >= 0 && !wasNew)
        index = place;
    m_selected = -1; // the photos beside the query follow even if the place is the same
    select(index);
}

bool CandidatePanel::newIsLikeliest(const ReviewItem &item)
{
    if (item.annotation.individual.isValid())
        return false; // under review again: nobody should take its name away by Enter
    const std::optional<double> best = item.list.candidates.empty() ? std::nullopt : item.list.candidates.front().probability;
    return item.list.newProbability && best && *item.list.newProbability > *best;
}

int CandidatePanel::placeOf(const ReviewItem &item, IndividualId individual) const
{
    if (!individual.isValid() || item.state != ReviewItem::Candidates::Ready)
        return -1;
    const auto found = std::find(m_individuals.begin(), m_individuals.end(), individual);
    return found == m_individuals.end() ? -1 : static_cast<int>(found - m_individuals.begin());
}

void CandidatePanel::showCandidates(catalogue::Catalogue &catalogue, const workflows::CandidateList &list)
{
    const std::size_t count = std::min(list.candidates.size(), m_cards.size());
    for (std::size_t place = 0; place < count; ++place) {
        const CandidateInfo &candidate = list.candidates[place];
        m_individuals.push_back(candidate.individual);
        CandidateCard::Content content;
        content.key = QString::number(place + 1);
        content.title = candidate.code;
        content.name = candidate.name;
        content.detail = candidate.photoCount == 1 ? tr("1 photo") : tr("%1 photos").arg(countText(candidate.photoCount));
        const QString seen = monthText(candidate.lastSeen.toStdString());
        if (!seen.isEmpty())
            content.detail = tr("%1, last seen %2").arg(content.detail, seen);
        content.probability = candidate.probability;
        content.distance = candidate.distance;
        m_cards[place]->setContent(content);
        m_cards[place]->show();
        const auto photo = readPhoto(catalogue, candidate.bestMatch);
        m_crops[place] = photo ? Crop {photo->thumbnail, partOf(*photo)} : Crop {};
        fetchPicture(place);
    }
}

void CandidatePanel::fetchPicture(std::size_t place)
{
    const Crop &crop = m_crops[place];
    const LoadedImage image = crop.thumbnail.isEmpty() ? LoadedImage() : m_images->get({crop.thumbnail, 0});
    m_cards[place]->setPicture(image.isNull() ? QImage() : image.image, crop.part);
}

void CandidatePanel::takePicture(const ImageRequest &request, const LoadedImage &image)
{
    for (std::size_t place = 0; place < m_individuals.size(); ++place) {
        if (m_crops[place].thumbnail == request.path)
            m_cards[place]->setPicture(image.image, m_crops[place].part);
    }
}

void CandidatePanel::showNew(const ReviewItem &item, const QString &nextCode)
{
    CandidateCard::Content content;
    content.key = QStringLiteral("N");
    content.title = tr("New individual");
    content.detail = nextCode.isEmpty() ? QString() : tr("would become %1").arg(nextCode);
    content.isNew = true;
    if (item.state == ReviewItem::Candidates::Ready)
        content.probability = item.list.newProbability;
    m_new->setContent(content);
    m_new->show();
}

void CandidatePanel::showState(const ReviewItem &item)
{
    QList<QAction *> actions;
    switch (item.state) {
    case ReviewItem::Candidates::Ready:
        m_state->setText(tr("Nobody is known yet"),
                         tr("Candidates come from confirmed photos. Make this fluke a new individual with N, or name it with R."));
        break;
    case ReviewItem::Candidates::Embedding:
        m_state->setText(tr("Reading this fluke"), tr("Its candidates appear here in a moment. You can already name it with R."));
        break;
    case ReviewItem::Candidates::GalleryLoading:
        m_state->setText(tr("Loading the gallery"), tr("The known flukes are being read. You can already name this one with R."));
        break;
    case ReviewItem::Candidates::NoModel:
        m_state->setText(tr("No model is in use"), tr("Candidates need a model that reads flukes. Import one, or train one on the Training page. "
                                                       "Until then, R names this fluke and N makes it a new individual."));
        actions = m_noModelActions;
        break;
    case ReviewItem::Candidates::Failed: m_state->setText(tr("No candidates for this photo"), messageFor(item.error)); break;
    }
    m_state->setActions(actions);
}

void CandidatePanel::select(int index)
{
    const int last = static_cast<int>(m_individuals.size()) - 1;
    const int wanted = index > last ? newIndividual : std::max(0, index);
    for (std::size_t place = 0; place < m_cards.size(); ++place)
        m_cards[place]->setChecked(static_cast<int>(place) == wanted);
    m_new->setChecked(wanted == newIndividual);
    if (wanted == m_selected)
        return;
    m_selected = wanted;
    Q_EMIT selectionChanged(wanted);
}

void CandidatePanel::moveSelection(int steps)
{
    const int last = static_cast<int>(m_individuals.size()); // the row of a new individual comes after them
    const int row = m_selected == newIndividual ? last : m_selected;
    const int target = std::clamp(row + steps, 0, last);
    select(target == last ? newIndividual : target);
}

} // namespace flukeprint::ui
