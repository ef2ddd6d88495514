#pragma once

#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/fluke_points.h"
#include "ui/widgets/rotated_box_math.h"

#include <QImage>
#include <QTransform>
#include <QWidget>

#include <functional>
#include <optional>
#include <vector>

namespace flukeprint::ui {

/// Where a view looks, independent of photo and window size, so that two views can share it: `centre` in shares of the reference
/// (0,0 its top left corner, 1,1 its bottom right), `zoom` 1 shows the whole reference.
struct ViewTransform
{
    QPointF centre {0.5, 0.5};
    double zoom = 1.0;
    friend bool operator==(const ViewTransform &, const ViewTransform &) = default;
};

/// Shows one photo on black: wheel zooms to the cursor, dragging pans, double click switches between the whole photo and 1:1.
/// Keys: + and - zoom, 0 fits, 1 is 1:1, arrows pan. With an editable box the arrows move it, Shift resizes, Ctrl turns it.
/// With editable points a click sets the next one that is missing, dragging moves one; the arrows move the one last touched, Delete takes
/// it away, Enter sets the next in the middle of the view.
/// All coordinates are px of the upright photo at full size, even when the given image is a smaller copy.
class ImageView : public QWidget
{
    Q_OBJECT
public:
    /// Draws over the photo in widget coordinates; `photoToWidget` maps photo px.
    using OverlayPainter = std::function<void(QPainter &painter, const QTransform &photoToWidget)>;

    explicit ImageView(QWidget *parent = nullptr);

    /// `photoSize` is the full size; empty: that of the image. Keeps the view's transform.
    void setImage(const QImage &image, QSizeF photoSize = {});
    /// The same without scaling anything in this thread; prefer it for photos of a loader.
    void setImage(const LoadedImage &image, QSizeF photoSize = {});
    /// Instead of a photo: "loading", or why there is none.
    void setMessage(const QString &text);
    [[nodiscard]] const QImage &image() const { return m_levels.empty() ? m_noImage : m_levels.front(); }
    [[nodiscard]] bool hasImage() const { return !m_levels.empty(); }
    [[nodiscard]] QSizeF photoSize() const { return m_photoSize; }

    /// What "fit" shows, turned upright; without one the whole photo.
    void setReference(const std::optional<catalogue::RotatedBox> &box);
    void setMirrored(bool mirrored);
    [[nodiscard]] bool isMirrored() const { return m_mirrored; }

    void setBox(const std::optional<catalogue::RotatedBox> &box);
    [[nodiscard]] std::optional<catalogue::RotatedBox> box() const { return m_box; }
    /// The box becomes the whole photo, as if it had been dragged there.
    void setBoxToFrame();
    void setBoxEditable(bool editable);
    [[nodiscard]] bool isBoxEditable() const { return m_boxEditable; }

    void setPoints(const FlukePoints &points);
    [[nodiscard]] const FlukePoints &points() const { return m_points; }
    void setPointsEditable(bool editable);
    [[nodiscard]] bool arePointsEditable() const { return m_pointsEditable; }

    void setOverlay(OverlayPainter overlay);
    /// Drawn with this opacity over the photo, with the same reference (0: none). For "overlay" and "blink" comparisons.
    void setGhost(const QImage &image, QSizeF photoSize, const std::optional<catalogue::RotatedBox> &reference, double opacity);

    [[nodiscard]] ViewTransform view() const { return m_view; }
    [[nodiscard]] QTransform photoToWidget() const;
    /// Widget px per photo px.
    [[nodiscard]] double scale() const;
    /// Radius with which the lower corners are cut to fit a card; 0: none.
    void setBottomRadius(int radius);

    [[nodiscard]] QSize sizeHint() const override { return {420, 280}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {120, 80}; }

public Q_SLOTS:
    void setView(const flukeprint::ui::ViewTransform &view);
    void fit();
    void actualSize();
    void zoomIn();
    void zoomOut();

Q_SIGNALS:
    /// By the user or through a slot other than setView.
    void viewChanged(const flukeprint::ui::ViewTransform &view);
    /// While the box is dragged.
    void boxChanged(const flukeprint::catalogue::RotatedBox &box);
    /// After a drag, a key stroke or setBoxToFrame changed it.
    void boxEdited(const flukeprint::catalogue::RotatedBox &box);
    /// After a point was set, moved or taken away by mouse or key.
    void pointsEdited(const flukeprint::ui::FlukePoints &points);

protected:
    void paintEvent(QPaintEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    static constexpr double rotateDistancePx = 26.0; ///< on the screen, of the grip that turns the box from the box

    struct Layer
    {
        QSizeF photoSize;
        catalogue::RotatedBox reference;
    };
    [[nodiscard]] Layer layer() const;
    [[nodiscard]] QTransform transformFor(const Layer &layer, bool mirrored) const;
    [[nodiscard]] double fitScale(const Layer &layer) const;
    [[nodiscard]] const QImage &levelFor(double scale) const;
    [[nodiscard]] QPointF toPhoto(QPointF widgetPoint) const;
    [[nodiscard]] BoxGrip gripAt(QPointF widgetPoint) const;
    void changeView(ViewTransform view);
    void zoomAt(QPointF widgetPoint, double factor);
    void panBy(QPointF widgetDelta);
    bool editBoxByKey(QKeyEvent *event);
    bool editPointsByKey(QKeyEvent *event);
    [[nodiscard]] std::optional<FlukePoint> pointAt(QPointF widgetPoint) const;
    /// Moves or sets it, inside the photo.
    void putPoint(FlukePoint point, QPointF photoPoint);
    void putNextPoint(QPointF photoPoint);
    void releasePoint(QPointF widgetPoint);
    void updateCursor(QPointF widgetPoint);
    void drawPhoto(QPainter &painter);
    void drawBox(QPainter &painter);
    void drawPoints(QPainter &painter);
    void drawPointName(QPainter &painter, FlukePoint point, QPointF at);
    void drawMessage(QPainter &painter);
    void drawFrame(QPainter &painter);

    QImage m_noImage;
    std::vector<QImage> m_levels; ///< the image, then halves of halves, so that far views stay smooth and quick
    QSizeF m_photoSize;
    QString m_message;
    std::optional<catalogue::RotatedBox> m_reference;
    bool m_mirrored = false;
    ViewTransform m_view;
    std::optional<catalogue::RotatedBox> m_box;
    bool m_boxEditable = false;
    FlukePoints m_points;
    bool m_pointsEditable = false;
    std::optional<FlukePoint> m_heldPoint; ///< under the mouse button
    std::optional<FlukePoint> m_markedPoint; ///< last touched: the keys' one
    FlukePoints m_dragStartPoints;
    QPointF m_pressedAt; ///< widget px
    OverlayPainter m_overlay;
    QImage m_ghost;
    Layer m_ghostLayer;
    double m_ghostOpacity = 0;
    int m_bottomRadius = 0;

    BoxGrip m_grip = BoxGrip::None;
    catalogue::RotatedBox m_dragStartBox;
    QPointF m_dragStart; ///< photo px while a grip is held
    QPointF m_lastPan; ///< widget px
    bool m_panning = false;
};

} // namespace flukeprint::ui
