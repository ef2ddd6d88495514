#pragma once

#include "core/catalogue/records.h"
#include "ui/shell/page.h"
#include "ui/widgets/async_image_loader.h"
#include "ui/widgets/fluke_points.h"

#include <QWidget>

#include <optional>

class QKeyEvent;
class QLabel;
class QStackedWidget;
class QToolButton;
class QVBoxLayout;

namespace flukeprint::ui {

class Card;
class ElidedLabel;
class FactsView;
class ImageView;
class KeyButton;
class Pill;

/// One annotation in full: its photo with the box, what the camera wrote, who it is and who said so.
class DetailPanel : public QWidget
{
    Q_OBJECT
public:
    /// `images` must outlive the panel.
    explicit DetailPanel(AsyncImageLoader *images, QWidget *parent = nullptr);

    void setSession(workflows::CatalogueSession *session);
    /// An invalid id empties the panel.
    void setAnnotation(AnnotationId annotation);
    [[nodiscard]] AnnotationId annotation() const { return m_annotation.id; }
    [[nodiscard]] QString photoPath() const;
    /// Reads the annotation again; what is being edited stays.
    void refresh();
    /// The box, or tips and notch.
    [[nodiscard]] bool isEditing() const { return m_editing != Editing::Nothing; }
    void startEditingBox() { startEditing(Editing::Box); }
    void startEditingPoints() { startEditing(Editing::Points); }
    void cancelEditing();
    void setExpanded(bool expanded);
    /// Buttons at the lower edge, in this order.
    void setActions(const QList<QAction *> &actions);

Q_SIGNALS:
    void expandRequested(bool expanded);
    /// An arrow key on a photo that is seen as a whole: 1 next, -1 previous.
    void stepRequested(int by);
    void edited(const flukeprint::ui::LocalEdit &edit);
    /// After `edited`: what was saved, in words.
    void saved(const QString &text);
    /// Nothing is edited any more, saved or not.
    void editingEnded();
    void failure(const QString &title, const flukeprint::Error &error);
    void individualActivated(flukeprint::IndividualId individual);

protected:
    /// Keys of the photo: arrows where there is nothing to pan, Enter where there is something to save.
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    enum class Editing { Nothing, Box, Points };
    void buildPhotoCard(QVBoxLayout *layout);
    void buildFactsCard(QVBoxLayout *layout);
    QToolButton *addTool(const QString &name, const QString &iconName, const QString &toolTip);
    [[nodiscard]] bool readRecords();
    void showPhoto();
    void showFacts();
    void showHistory();
    void showPointsFact(QList<QPair<QString, QString>> &facts);
    void showEncounterFact(QList<QPair<QString, QString>> &facts);
    /// Says so where the thumbnail stands in for a photo that is gone.
    void showMissing();
    bool photoKeyPressed(const QKeyEvent &key);
    void imageLoaded(const ImageRequest &request, const LoadedImage &image);
    QWidget *buildEditBar();
    void startEditing(Editing what);
    void setEditing(Editing what);
    void showEdited();
    void save();
    void saveBox();
    bool writeBox(AnnotationId annotation, const catalogue::RotatedBox &box, catalogue::BoxSource source);
    void savePoints();
    bool writePoints(AnnotationId annotation, const FlukePoints &points);

    AsyncImageLoader *m_images;
    workflows::CatalogueSession *m_session = nullptr;
    catalogue::Annotation m_annotation;
    catalogue::Photo m_photo;

    QStackedWidget *m_stack = nullptr;
    Card *m_photoCard = nullptr;
    ElidedLabel *m_fileName = nullptr;
    Pill *m_state = nullptr;
    ImageView *m_view = nullptr;
    QToolButton *m_editBox = nullptr;
    QToolButton *m_editPoints = nullptr;
    QToolButton *m_expand = nullptr;
    Editing m_editing = Editing::Nothing;
    QWidget *m_editBar = nullptr;
    QLabel *m_editHint = nullptr;
    KeyButton *m_save = nullptr;
    QLabel *m_missing = nullptr;
    QWidget *m_wholePhoto = nullptr;
    QWidget *m_clearPoints = nullptr;
    FactsView *m_facts = nullptr;
    Pill *m_identity = nullptr;
    QVBoxLayout *m_history = nullptr;
    QWidget *m_historyBox = nullptr;
    QWidget *m_factsArea = nullptr;
    QWidget *m_buttons = nullptr;
};

} // namespace flukeprint::ui
