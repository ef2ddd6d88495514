#include "ui/catalogue/detail_panel.h"

#include "core/catalogue/annotation_store.h"
#include "core/catalogue/individual_store.h"
#include "core/catalogue/photo_store.h"
#include "core/workflows/session.h"
#include "ui/catalogue/facts_view.h"
#include "ui/text/decision_text.h"
#include "ui/text/messages.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/key_button.h"
#include "ui/widgets/pill.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace flukeprint::ui {

DetailPanel::DetailPanel(AsyncImageLoader *images, QWidget *parent)
    : QWidget(parent)
    , m_images(images)
{
    setObjectName(QStringLiteral("detailPanel"));
    m_stack = new QStackedWidget(this);
    m_stack->setObjectName(QStringLiteral("detailStack"));
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(m_stack);
    auto *nothing = new EmptyState(QStringLiteral("photo"), m_stack);
    nothing->setObjectName(QStringLiteral("detailEmpty"));
    nothing->setText(tr("No photo chosen"), tr("Choose one on the left to see it large, with its box and its history."));
    m_stack->addWidget(nothing);

    auto *content = new QWidget(m_stack);
    content->setObjectName(QStringLiteral("detailContent"));
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Sizes::gap);
    buildPhotoCard(layout);
    buildFactsCard(layout);
    m_buttons = new QWidget(content);
    m_buttons->setObjectName(QStringLiteral("detailButtons"));
    auto *row = new QHBoxLayout(m_buttons);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    layout->addWidget(m_buttons);
    m_stack->addWidget(content);
    connect(m_images, &AsyncImageLoader::loaded, this, &DetailPanel::imageLoaded);
    connect(m_images, &AsyncImageLoader::failed, this, [this](const ImageRequest &request, const Error &error) {
        if (request.path != photoPath())
            return;
        if (!m_view->hasImage())
            m_view->setMessage(messageFor(error));
        showMissing();
    });
}

QToolButton *DetailPanel::addTool(const QString &name, const QString &iconName, const QString &toolTip)
{
    auto *button = new QToolButton(this);
    button->setObjectName(name);
    button->setIcon(icon(iconName, IconTint::Secondary));
    button->setIconSize({18, 18});
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip);
    m_photoCard->header()->addWidget(button);
    return button;
}

void DetailPanel::buildPhotoCard(QVBoxLayout *layout)
{
    m_photoCard = new Card(this);
    m_photoCard->setObjectName(QStringLiteral("detailPhotoCard"));
    m_fileName = new ElidedLabel({}, this);
    m_fileName->setObjectName(QStringLiteral("detailFileName"));
    m_fileName->setProperty("role", "strong");
    m_fileName->setElideMode(Qt::ElideMiddle);
    m_state = new Pill({}, Pill::Kind::Static, this);
    m_state->setObjectName(QStringLiteral("detailState"));
    m_photoCard->header()->addWidget(m_fileName, 1);
    m_photoCard->header()->addWidget(m_state);
    m_view = new ImageView(this);
    m_view->setObjectName(QStringLiteral("detailPhoto"));
    m_view->setBottomRadius(Sizes::cardRadius - 1);
    connect(addTool(QStringLiteral("detailFit"), QStringLiteral("fit"), tr("Whole photo (0)")), &QToolButton::clicked, m_view, &ImageView::fit);
    connect(addTool(QStringLiteral("detailActualSize"), QStringLiteral("actual-size"), tr("Pixel by pixel (1)")), &QToolButton::clicked, m_view,
            &ImageView::actualSize);
    m_editBox = addTool(QStringLiteral("detailEditBox"), QStringLiteral("box"), tr("Edit the box (B)"));
    m_editBox->setCheckable(true);
    connect(m_editBox, &QToolButton::clicked, this, [this](bool on) { on ? startEditingBox() : cancelEditing(); });
    m_editPoints = addTool(QStringLiteral("detailEditPoints"), QStringLiteral("tips"), tr("Set tips and notch (T)"));
    m_editPoints->setCheckable(true);
    connect(m_editPoints, &QToolButton::clicked, this, [this](bool on) { on ? startEditingPoints() : cancelEditing(); });
    m_expand = addTool(QStringLiteral("detailExpand"), QStringLiteral("zoom-in"), tr("Large view (L)"));
    m_expand->setCheckable(true);
    connect(m_expand, &QToolButton::clicked, this, &DetailPanel::expandRequested);
    m_photoCard->body()->addWidget(m_view, 1);
    m_view->installEventFilter(this);
    m_missing = new QLabel(tr("Photo not found, this is its thumbnail. Import the folder it is in now, and it will be recognised."), this);
    m_missing->setObjectName(QStringLiteral("detailMissing"));
    m_missing->setProperty("role", "attention");
    m_missing->setWordWrap(true);
    m_missing->setContentsMargins(Sizes::gap, 8, Sizes::gap, 8);
    m_missing->hide();
    m_photoCard->body()->addWidget(m_missing);
    m_photoCard->body()->addWidget(buildEditBar());
    layout->addWidget(m_photoCard, 5);
}

void DetailPanel::buildFactsCard(QVBoxLayout *layout)
{
    auto *card = new Card(tr("Who and when"), this);
    card->setObjectName(QStringLiteral("detailFactsCard"));
    m_identity = new Pill({}, Pill::Kind::Button, this);
    m_identity->setObjectName(QStringLiteral("detailIdentity"));
    m_identity->setIconName(QStringLiteral("individuals"));
    m_identity->setTone(Pill::Tone::Accent);
    m_identity->setMaximumTextWidth(200);
    m_identity->setToolTip(tr("Show this individual"));
    connect(m_identity, &QAbstractButton::clicked, this, [this] { Q_EMIT individualActivated(m_annotation.individual); });
    card->header()->addStretch();
    card->header()->addWidget(m_identity);
    auto *inner = new QWidget;
    inner->setObjectName(QStringLiteral("detailScrolled"));
    inner->setProperty("role", "plain");
    auto *column = new QVBoxLayout(inner);
    column->setContentsMargins(Sizes::gap, Sizes::gap, Sizes::gap, Sizes::gap);
    column->setSpacing(Sizes::gap);
    m_facts = new FactsView(inner);
    column->addWidget(m_facts);
    m_historyBox = new QWidget(inner);
    m_historyBox->setObjectName(QStringLiteral("detailHistory"));
    m_history = new QVBoxLayout(m_historyBox);
    m_history->setContentsMargins(0, 0, 0, 0);
    m_history->setSpacing(6);
    column->addWidget(m_historyBox);
    column->addStretch();
    auto *scroll = new QScrollArea(card);
    scroll->setObjectName(QStringLiteral("detailScroll"));
    scroll->setWidget(inner);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    card->body()->addWidget(scroll, 1);
    m_factsArea = card;
    layout->addWidget(card, 4);
}

void DetailPanel::setActions(const QList<QAction *> &actions)
{
    auto *row = static_cast<QHBoxLayout *>(m_buttons->layout());
    for (QAction *action : actions) {
        auto *button = new KeyButton(action->iconText(), action->shortcut().toString(QKeySequence::NativeText), m_buttons);
        button->setObjectName(QStringLiteral("detail_") + action->objectName());
        button->setToolTip(action->toolTip());
        button->setEnabled(action->isEnabled());
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button, [button, action] {
            button->setEnabled(action->isEnabled());
            button->setText(action->iconText());
        });
        row->addWidget(button);
    }
    row->addStretch();
}

void DetailPanel::setSession(workflows::CatalogueSession *session)
{
    m_session = session;
    setAnnotation({});
}

void DetailPanel::setAnnotation(AnnotationId annotation)
{
    if (annotation == m_annotation.id && annotation.isValid())
        return;
    setEditing(Editing::Nothing);
    m_annotation = {};
    m_annotation.id = annotation;
    m_view->setView({});
    refresh();
    if (m_stack->currentIndex() == 1)
        showPhoto();
}

bool DetailPanel::readRecords()
{
    if (!m_session || !m_annotation.id.isValid())
        return false;
    const auto annotation = catalogue::AnnotationStore(m_session->catalogue()).get(m_annotation.id);
    if (!annotation)
        return false;
    const auto photo = catalogue::PhotoStore(m_session->catalogue()).get(annotation.value().photo);
    if (!photo)
        return false;
    m_annotation = annotation.value();
    m_photo = photo.value();
    return true;
}

void DetailPanel::refresh()
{
    const bool found = readRecords();
    m_stack->setCurrentIndex(found ? 1 : 0);
    if (!found)
        return;
    m_fileName->setText(m_photo.fileName);
    m_state->setText(stateText(m_annotation.state));
    m_state->setIconName(stateIcon(m_annotation.state));
    m_editBox->setEnabled(!m_session->isReadOnly());
    m_editPoints->setEnabled(!m_session->isReadOnly());
    if (m_editing != Editing::Box)
        m_view->setBox(m_annotation.box);
    if (m_editing != Editing::Points)
        m_view->setPoints(FlukePoints(m_annotation));
    showFacts();
    showHistory();
}

QString DetailPanel::photoPath() const
{
    return m_session && m_photo.id.isValid() ? QString::fromStdString(m_session->catalogue().resolve(m_photo.path).string()) : QString();
}

void DetailPanel::showPhoto()
{
    const QSizeF size(m_photo.widthPx, m_photo.heightPx);
    const LoadedImage full = m_images->get({photoPath(), 0});
    const QString thumbnail = QString::fromStdString(m_session->catalogue().thumbnailPath(m_photo.sha256).string());
    const LoadedImage small = full.isNull() ? m_images->get({thumbnail, 0}) : full;
    if (!small.isNull())
        m_view->setImage(small, size);
    else if (m_images->hasFailed({photoPath(), 0}))
        m_view->setMessage(tr("The photo is not where it was. Import the folder it is in now, and it will be recognised."));
    else
        m_view->setMessage(tr("loading"));
    showMissing();
}

void DetailPanel::showMissing()
{
    m_missing->setVisible(m_view->hasImage() && m_images->hasFailed({photoPath(), 0}));
    const bool lowest = !m_missing->isVisibleTo(m_photoCard) && !isEditing();
    m_view->setBottomRadius(lowest ? Sizes::cardRadius - 1 : 0);
}

void DetailPanel::imageLoaded(const ImageRequest &request, const LoadedImage &image)
{
    if (m_stack->currentIndex() != 1 || !m_session)
        return;
    const QString thumbnail = QString::fromStdString(m_session->catalogue().thumbnailPath(m_photo.sha256).string());
    if (request.path == photoPath() || (request.path == thumbnail && !m_view->hasImage()))
        m_view->setImage(image, QSizeF(m_photo.widthPx, m_photo.heightPx));
    showMissing();
}

void DetailPanel::setExpanded(bool expanded)
{
    const bool changed = m_factsArea->isHidden() != expanded;
    if (changed && expanded)
        m_view->setFocus();
    else if (changed && !isEditing())
        m_view->fit(); // what was looked at large is nothing to the small view
    m_expand->setChecked(expanded);
    m_expand->setIcon(icon(expanded ? QStringLiteral("zoom-out") : QStringLiteral("zoom-in"), IconTint::Secondary));
    m_expand->setToolTip(expanded ? tr("Back to the grid (Esc)") : tr("Large view (L)"));
    m_factsArea->setVisible(!expanded);
}

} // namespace flukeprint::ui
