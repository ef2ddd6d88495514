#include "ui/widgets/image_view.h"

#include <algorithm>
#include <cmath>

namespace flukeprint::ui {

namespace {

constexpr double keyStep = 1.44;
constexpr double largestScale = 16.0; // widget px per photo px

catalogue::RotatedBox wholeFrame(QSizeF size)
{
    return {size.width() / 2, size.height() / 2, size.width(), size.height(), 0};
}

} // namespace

ImageView::ImageView(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Photo"));
    setAccessibleDescription(tr("Plus and minus zoom, 0 shows the whole photo, 1 shows it pixel by pixel, arrows move."));
}

void ImageView::setImage(const QImage &image, QSizeF photoSize)
{
    LoadedImage loaded;
    loaded.image = image.format() == QImage::Format_RGB32 ? image : image.convertToFormat(QImage::Format_RGB32);
    loaded.smaller = halvedImages(loaded.image);
    setImage(loaded, photoSize.isEmpty() ? QSizeF(image.size()) : photoSize);
}

void ImageView::setImage(const LoadedImage &image, QSizeF photoSize)
{
    m_levels.clear();
    if (!image.isNull()) {
        m_levels.push_back(image.image);
        m_levels.insert(m_levels.end(), image.smaller.begin(), image.smaller.end());
    }
    m_photoSize = photoSize.isEmpty() ? QSizeF(image.photoSize) : photoSize;
    m_message.clear();
    update();
}

void ImageView::setMessage(const QString &text)
{
    m_levels.clear();
    m_message = text;
    update();
}

void ImageView::setReference(const std::optional<catalogue::RotatedBox> &box)
{
    m_reference = box;
    update();
}

void ImageView::setMirrored(bool mirrored)
{
    m_mirrored = mirrored;
    update();
}

void ImageView::setBox(const std::optional<catalogue::RotatedBox> &box)
{
    m_box = box;
    m_grip = BoxGrip::None;
    update();
}

void ImageView::setBoxToFrame()
{
    const catalogue::RotatedBox frame = wholeFrame(m_photoSize);
    if (m_photoSize.isEmpty() || (m_box && *m_box == frame))
        return;
    setBox(frame);
    Q_EMIT boxEdited(frame);
}

void ImageView::setBoxEditable(bool editable)
{
    m_boxEditable = editable;
    setAccessibleDescription(editable ? tr("Arrows move the box, with Shift they resize it, with Ctrl they turn it.")
                                      : tr("Plus and minus zoom, 0 shows the whole photo, 1 shows it pixel by pixel, arrows move."));
    update();
}

void ImageView::setPoints(const FlukePoints &points)
{
    m_points = points;
    m_heldPoint.reset();
    m_markedPoint.reset();
    update();
}

void ImageView::setPointsEditable(bool editable)
{
    m_pointsEditable = editable;
    m_heldPoint.reset();
    m_markedPoint.reset();
    setAccessibleDescription(editable ? tr("Enter sets the next point in the middle, arrows move the one set last, Delete takes it away.")
                                      : tr("Plus and minus zoom, 0 shows the whole photo, 1 shows it pixel by pixel, arrows move."));
    setCursor(Qt::ArrowCursor);
    update();
}

void ImageView::setOverlay(OverlayPainter overlay)
{
    m_overlay = std::move(overlay);
    update();
}

void ImageView::setGhost(const QImage &image, QSizeF photoSize, const std::optional<catalogue::RotatedBox> &reference, double opacity)
{
    m_ghost = image;
    m_ghostLayer.photoSize = photoSize.isEmpty() ? QSizeF(image.size()) : photoSize;
    m_ghostLayer.reference = reference.value_or(wholeFrame(m_ghostLayer.photoSize));
    m_ghostOpacity = image.isNull() ? 0 : opacity;
    update();
}

void ImageView::setBottomRadius(int radius)
{
    m_bottomRadius = radius;
    update();
}

ImageView::Layer ImageView::layer() const
{
    return {m_photoSize, m_reference.value_or(wholeFrame(m_photoSize))};
}

double ImageView::fitScale(const Layer &layer) const
{
    if (layer.reference.widthPx <= 0 || layer.reference.heightPx <= 0)
        return 1.0;
    return std::min(width() / layer.reference.widthPx, height() / layer.reference.heightPx);
}

double ImageView::scale() const
{
    return fitScale(layer()) * m_view.zoom;
}

QTransform ImageView::transformFor(const Layer &layer, bool mirrored) const
{
    const double factor = fitScale(layer) * m_view.zoom;
    QTransform transform;
    transform.translate(width() / 2.0, height() / 2.0);
    transform.scale(factor, factor);
    transform.translate((0.5 - m_view.centre.x()) * layer.reference.widthPx, (0.5 - m_view.centre.y()) * layer.reference.heightPx);
    if (mirrored)
        transform.scale(-1, 1);
    transform.rotate(-layer.reference.angleDeg);
    transform.translate(-layer.reference.centreXPx, -layer.reference.centreYPx);
    return transform;
}

QTransform ImageView::photoToWidget() const
{
    return transformFor(layer(), m_mirrored);
}

QPointF ImageView::toPhoto(QPointF widgetPoint) const
{
    return photoToWidget().inverted().map(widgetPoint);
}

void ImageView::setView(const ViewTransform &view)
{
    if (view == m_view)
        return;
    m_view = view;
    update();
}

void ImageView::changeView(ViewTransform view)
{
    const double actual = 1.0 / std::max(1e-9, fitScale(layer()));
    view.zoom = std::clamp(view.zoom, std::min(0.5, actual), std::max(8.0, actual * largestScale));
    view.centre.setX(std::clamp(view.centre.x(), -0.5, 1.5));
    view.centre.setY(std::clamp(view.centre.y(), -0.5, 1.5));
    if (view == m_view)
        return;
    m_view = view;
    update();
    Q_EMIT viewChanged(m_view);
}

void ImageView::fit()
{
    changeView({});
}

void ImageView::actualSize()
{
    ViewTransform view = m_view;
    view.zoom = 1.0 / std::max(1e-9, fitScale(layer()) * devicePixelRatioF());
    changeView(view);
}

void ImageView::zoomIn()
{
    zoomAt(QRectF(rect()).center(), keyStep);
}

void ImageView::zoomOut()
{
    zoomAt(QRectF(rect()).center(), 1.0 / keyStep);
}

void ImageView::zoomAt(QPointF widgetPoint, double factor)
{
    if (!hasImage())
        return;
    const Layer at = layer();
    const double before = scale();
    ViewTransform view = m_view;
    view.zoom *= factor;
    const double after = before * factor;
    // The point under the cursor keeps its place: its offset from the middle is the same before and after.
    const QPointF offset = widgetPoint - QRectF(rect()).center();
    view.centre += QPointF(offset.x() / at.reference.widthPx, offset.y() / at.reference.heightPx) * (1.0 / before - 1.0 / after);
    changeView(view);
}

void ImageView::panBy(QPointF widgetDelta)
{
    const Layer at = layer();
    const double factor = scale();
    ViewTransform view = m_view;
    view.centre -= QPointF(widgetDelta.x() / (factor * at.reference.widthPx), widgetDelta.y() / (factor * at.reference.heightPx));
    changeView(view);
}

} // namespace flukeprint::ui
