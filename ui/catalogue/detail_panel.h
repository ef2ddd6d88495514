#pragma once

#include "core/catalogue/records.h"
#include "ui/shell/page.h"
#include "ui/widgets/async_image_loader.h"

#include <QWidget>

#include <optional>

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
    /// Reads the annotation again; a box being edited stays.
    void refresh();
    [[nodiscard]] bool isEditingBox() const;
    void startEditingBox();
    void cancelEditingBox();
    void setExpanded(bool expanded);
    /// Buttons at the lower edge, in this order.
    void setActions(const QList<QAction *> &actions);

Q_SIGNALS:
    void expandRequested(bool expanded);
    void edited(const flukeprint::ui::LocalEdit &edit);
    /// The box is edited no more, saved or not.
    void editingEnded();
    void failure(const QString &title, const flukeprint::Error &error);
    void individualActivated(flukeprint::IndividualId individual);

private:
    void buildPhotoCard(QVBoxLayout *layout);
    void buildFactsCard(QVBoxLayout *layout);
    QToolButton *addTool(const QString &name, const QString &iconName, const QString &toolTip);
    [[nodiscard]] bool readRecords();
    void showPhoto();
    void showFacts();
    void showHistory();
    void showEncounterFact(QList<QPair<QString, QString>> &facts);
    void imageLoaded(const ImageRequest &request, const LoadedImage &image);
    void saveBox();
    bool writeBox(AnnotationId annotation, const catalogue::RotatedBox &box, catalogue::BoxSource source);
    void setEditing(bool editing);

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
    QToolButton *m_expand = nullptr;
    QWidget *m_boxBar = nullptr;
    FactsView *m_facts = nullptr;
    Pill *m_identity = nullptr;
    QVBoxLayout *m_history = nullptr;
    QWidget *m_historyBox = nullptr;
    QWidget *m_factsArea = nullptr;
    QWidget *m_buttons = nullptr;
};

} // namespace flukeprint::ui
