#include "core/catalogue/annotation_store.h"
#include "core/workflows/session.h"
#include "ui/catalogue/detail_panel.h"
#include "ui/theme/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/key_button.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

/// The part of the detail panel that edits the box, and tips and notch.
namespace flukeprint::ui {

QWidget *DetailPanel::buildEditBar()
{
    m_editBar = new QWidget(this);
    m_editBar->setObjectName(QStringLiteral("detailEditBar"));
    m_editHint = new QLabel(m_editBar);
    m_editHint->setObjectName(QStringLiteral("editHint"));
    m_editHint->setProperty("role", "small");
    m_editHint->setWordWrap(true);
    const auto button = [this](const char *name, const QString &text, const QString &key, auto slot) {
        auto *made = new KeyButton(text, key, m_editBar);
        made->setObjectName(QString::fromLatin1(name));
        connect(made, &QPushButton::clicked, this, slot);
        return made;
    };
    auto *whole = button("boxWholePhoto", tr("Whole Photo"), {}, [this] {
        m_view->setBoxToFrame();
        m_view->setFocus();
    });
    whole->setToolTip(tr("Make the box as large as the photo, upright"));
    m_wholePhoto = whole;
    m_clearPoints = button("pointsClear", tr("Clear"), {}, [this] {
        m_view->setPoints({});
        m_view->setFocus();
    });
    auto *cancel = button("editCancel", tr("Cancel"), QStringLiteral("Esc"), &DetailPanel::cancelEditing);
    m_save = button("editSave", tr("Save"), {}, &DetailPanel::save);
    m_save->setPrimary(true);
    auto *column = new QVBoxLayout(m_editBar);
    column->setContentsMargins(Sizes::gap, 8, Sizes::gap, 8);
    column->setSpacing(8);
    column->addWidget(m_editHint);
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    column->addLayout(row);
    row->addStretch();
    for (QWidget *widget : {m_wholePhoto, m_clearPoints, static_cast<QWidget *>(cancel), static_cast<QWidget *>(m_save)})
        row->addWidget(widget);
    m_editBar->hide();
    return m_editBar;
}

void DetailPanel::startEditing(Editing what)
{
    if (m_stack->currentIndex() == 1 && m_editBox->isEnabled())
        setEditing(what);
}

void DetailPanel::cancelEditing()
{
    setEditing(Editing::Nothing);
}

void DetailPanel::setEditing(Editing what)
{
    const bool ended = isEditing() && what == Editing::Nothing;
    m_editing = what;
    m_view->setBoxEditable(what == Editing::Box);
    m_view->setPointsEditable(what == Editing::Points);
    if (m_annotation.id.isValid()) {
        m_view->setBox(m_annotation.box);
        m_view->setPoints(FlukePoints(m_annotation));
    }
    showEdited();
    if (isEditing())
        m_view->setFocus();
    // Handles that are out of sight cannot be dragged.
    const bool inSight =
        what != Editing::Box || QRectF(m_view->rect()).contains(m_view->photoToWidget().map(box_math::corners(m_annotation.box)).boundingRect());
    if (!inSight)
        m_view->fit();
    if (ended)
        Q_EMIT editingEnded();
}

void DetailPanel::showEdited()
{
    m_editBox->setChecked(m_editing == Editing::Box);
    m_editPoints->setChecked(m_editing == Editing::Points);
    m_editHint->setText(m_editing == Editing::Points ? tr("Click left tip, notch, right tip. Drag to correct.")
                                                     : tr("Drag the box, its edges, or the round handle that turns it."));
    m_wholePhoto->setVisible(m_editing == Editing::Box);
    m_clearPoints->setVisible(m_editing == Editing::Points);
    m_editBar->setVisible(isEditing());
    m_save->setKey(m_editing == Editing::Box ? tr("Enter") : QString());
    showMissing();
}

bool DetailPanel::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_view && event->type() == QEvent::KeyPress && photoKeyPressed(*static_cast<QKeyEvent *>(event)))
        return true;
    return QWidget::eventFilter(watched, event);
}

bool DetailPanel::photoKeyPressed(const QKeyEvent &key)
{
    if (key.modifiers() & ~Qt::KeypadModifier)
        return false;
    if (isEditing()) {
        // While points are missing, Enter sets the next one.
        const bool complete = m_editing == Editing::Box || !m_view->points().firstMissing();
        const bool enter = key.key() == Qt::Key_Return || key.key() == Qt::Key_Enter;
        if (enter && complete)
            save();
        return enter && complete;
    }
    const bool whole = m_view->view().zoom <= 1.0;
    switch (key.key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
        if (whole)
            Q_EMIT stepRequested(key.key() == Qt::Key_Right ? 1 : -1);
        return whole;
    case Qt::Key_Up:
    case Qt::Key_Down: return whole; // there is nothing to pan
    default: return false;
    }
}

void DetailPanel::save()
{
    if (m_editing == Editing::Points)
        savePoints();
    else
        saveBox();
}

bool DetailPanel::writeBox(AnnotationId annotation, const catalogue::RotatedBox &box, catalogue::BoxSource source)
{
    const auto saved = catalogue::AnnotationStore(m_session->catalogue()).setBox(annotation, box, source);
    if (!saved) {
        Q_EMIT failure(tr("Saving the box"), saved.error());
        return false;
    }
    m_session->noteAnnotationChanged(annotation);
    return true;
}

void DetailPanel::saveBox()
{
    const auto box = m_view->box();
    if (!box || *box == m_annotation.box) {
        cancelEditing();
        return;
    }
    const catalogue::Annotation before = m_annotation;
    if (!writeBox(before.id, *box, catalogue::BoxSource::Manual))
        return;
    Q_EMIT edited({tr("move box"), [this, before] { return writeBox(before.id, before.box, before.boxSource); },
                   [this, before, after = *box] { return writeBox(before.id, after, catalogue::BoxSource::Manual); }});
    Q_EMIT saved(tr("Box saved; the fluke is being read again."));
    refresh();
    setEditing(Editing::Nothing);
}

bool DetailPanel::writePoints(AnnotationId annotation, const FlukePoints &points)
{
    const auto saved = catalogue::AnnotationStore(m_session->catalogue())
                           .setPoints(annotation, points[FlukePoint::LeftTip], points[FlukePoint::Notch], points[FlukePoint::RightTip]);
    if (!saved) {
        Q_EMIT failure(tr("Saving tips and notch"), saved.error());
        return false;
    }
    m_session->noteAnnotationChanged(annotation);
    return true;
}

void DetailPanel::savePoints()
{
    const FlukePoints before(m_annotation);
    const FlukePoints after = m_view->points().inOrder(m_annotation.box.angleDeg);
    if (after == before) {
        cancelEditing();
        return;
    }
    const AnnotationId id = m_annotation.id;
    if (!writePoints(id, after))
        return;
    Q_EMIT edited(
        {tr("set tips and notch"), [this, id, before] { return writePoints(id, before); }, [this, id, after] { return writePoints(id, after); }});
    Q_EMIT saved(tr("Tips and notch saved."));
    refresh();
    setEditing(Editing::Nothing);
}

} // namespace flukeprint::ui
