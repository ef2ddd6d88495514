#pragma once

#include "core/workflows/review_queue.h"
#include "ui/review/review_photos.h"
#include "ui/widgets/card.h"

#include <array>

class QAction;

namespace flukeprint::ui {

class AsyncImageLoader;
class CandidateCard;
class EmptyState;
class Pill;
struct ImageRequest;
struct LoadedImage;

/// The right card: five candidates and the row of a new individual, or why there are no candidates (yet).
class CandidatePanel : public Card
{
    Q_OBJECT
public:
    static constexpr int places = 5;
    static constexpr int newIndividual = places; ///< index of the row "new individual"

    /// `images` must outlive the panel. `noModelActions` are offered where there is no model.
    CandidatePanel(AsyncImageLoader *images, QList<QAction *> noModelActions, QWidget *parent = nullptr);

    /// `nextCode` is what a new individual would be called. Keeps the selection on the same individual, else selects the one that the
    /// annotation has, else the likeliest: the first, or a new individual where that is likelier.
    void showItem(catalogue::Catalogue &catalogue, const workflows::ReviewItem &item, const QString &nextCode);
    void clear();

    [[nodiscard]] int selected() const { return m_selected; }
    void select(int index);
    /// Up or down; stops at the ends.
    void moveSelection(int steps);

Q_SIGNALS:
    void selectionChanged(int index);

private:
    struct Crop
    {
        QString thumbnail;
        QRectF part; ///< shares of the photo
    };
    void showCandidates(catalogue::Catalogue &catalogue, const workflows::CandidateList &list);
    void showState(const workflows::ReviewItem &item);
    void showNew(const workflows::ReviewItem &item, const QString &nextCode);
    void fetchPicture(std::size_t place);
    void takePicture(const ImageRequest &request, const LoadedImage &image);
    [[nodiscard]] static bool newIsLikeliest(const workflows::ReviewItem &item);
    [[nodiscard]] int placeOf(const workflows::ReviewItem &item, IndividualId individual) const;

    AsyncImageLoader *m_images;
    QList<QAction *> m_noModelActions;
    Pill *m_calibration = nullptr;
    EmptyState *m_state = nullptr;
    std::array<CandidateCard *, places> m_cards {};
    std::array<Crop, places> m_crops;
    CandidateCard *m_new = nullptr;
    std::vector<IndividualId> m_individuals;
    AnnotationId m_annotation;
    int m_selected = newIndividual;
};

} // namespace flukeprint::ui
