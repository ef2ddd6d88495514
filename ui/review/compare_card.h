#pragma once

#include "core/base/error.h"
#include "ui/review/review_photos.h"
#include "ui/widgets/card.h"

#include <QTimer>

#include <optional>

class QLabel;
class QToolButton;

namespace flukeprint::catalogue {
class Catalogue;
}

namespace flukeprint::ui {

class AsyncImageLoader;
class ElidedLabel;
class LinkedViews;
class Pill;
class PhotoView;

/// Query and a photo of the chosen candidate, fluke beside fluke: each view fits its box, and zoom and pan go together. Overlay lays the
/// query over the candidate, blink shows them in turn in the same place, mirror turns the candidate around.
class CompareCard : public Card
{
    Q_OBJECT
public:
    /// `images` must outlive the card.
    explicit CompareCard(AsyncImageLoader *images, QWidget *parent = nullptr);

    /// Null: no catalogue is open.
    void setCatalogue(catalogue::Catalogue *catalogue);
    /// Another query starts at the whole fluke.
    void setQuery(const std::optional<ReviewPhoto> &query);
    /// `photos` of one individual in the order they are stepped through.
    void setCandidate(const QString &code, std::vector<AnnotationId> photos);
    /// Instead of a candidate.
    void setNoCandidate(const QString &message);
    /// To another photo of the candidate; stops at the ends.
    void step(int steps);
    [[nodiscard]] bool canStep(int steps) const;

Q_SIGNALS:
    void stepped();

private:
    enum class Mode { Beside, Overlay, Blink };
    void buildHeader();
    Pill *addPill(const QString &name, const QString &text, const QString &iconName, const QString &toolTip);
    QToolButton *addStepButton(const QString &name, const QString &iconName, const QString &toolTip, int steps);
    void setMode(Mode mode);
    void blink();
    void showCurrent();
    void refreshGhost();
    void refreshHeader();

    AsyncImageLoader *m_images;
    catalogue::Catalogue *m_catalogue = nullptr;
    PhotoView *m_query = nullptr;
    PhotoView *m_candidate = nullptr;
    LinkedViews *m_link = nullptr;
    Pill *m_linkPill = nullptr;
    Pill *m_overlayPill = nullptr;
    Pill *m_blinkPill = nullptr;
    Pill *m_mirrorPill = nullptr;
    ElidedLabel *m_place = nullptr;
    QToolButton *m_previous = nullptr;
    QToolButton *m_next = nullptr;
    QTimer m_blinkTimer;
    Mode m_mode = Mode::Beside;
    QString m_code;
    std::vector<AnnotationId> m_photos;
    std::size_t m_current = 0;
};

} // namespace flukeprint::ui
