#include "ui/shell/header_pills.h"

#include "core/catalogue/model_store.h"
#include "core/workflows/session.h"
#include "ui/text/format.h"
#include "ui/text/messages.h"
#include "ui/widgets/pill.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenu>
#include <QResizeEvent>

namespace flukeprint::ui {

HeaderPills::HeaderPills(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("headerPills"));
    m_catalogue = new Pill({}, Pill::Kind::Static, this);
    m_catalogue->setObjectName(QStringLiteral("cataloguePill"));
    m_catalogue->setMaximumTextWidth(260);
    m_model = new Pill({}, Pill::Kind::Button, this);
    m_model->setObjectName(QStringLiteral("modelPill"));
    m_model->setMaximumTextWidth(260);
    m_models = new QMenu(this);
    m_models->setObjectName(QStringLiteral("modelMenu"));
    m_model->setMenu(m_models);
    connect(m_models, &QMenu::aboutToShow, this, &HeaderPills::fillModelMenu);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 2, 8, 0);
    layout->setSpacing(8);
    layout->addWidget(m_catalogue);
    layout->addWidget(m_model);
    refresh();
}

void HeaderPills::setSession(workflows::CatalogueSession *session)
{
    m_session = session;
    if (session) {
        connect(session, &workflows::CatalogueSession::modelChanged, this, &HeaderPills::refresh);
        connect(session, &workflows::CatalogueSession::galleryStateChanged, this, &HeaderPills::refresh);
    }
    refresh();
}

void HeaderPills::refresh()
{
    m_catalogue->setVisible(m_session != nullptr);
    m_model->setVisible(m_session != nullptr);
    if (m_session) {
        const QString folder = QString::fromStdString(m_session->catalogue().folder().string());
        const QString name = QFileInfo(folder).fileName();
        m_catalogue->setText(m_session->isReadOnly() ? tr("%1 (read only)").arg(name) : name);
        m_catalogue->setToolTip(pathText(folder));
        m_catalogue->updateGeometry();

        const auto model = catalogue::ModelStore(m_session->catalogue()).active();
        QString text = tr("no model");
        if (model)
            text = tr("model: %1").arg(model.value().name);
        const auto state = m_session->galleryState();
        if (model && state == workflows::GalleryState::Loading)
            text = tr("model: %1, loading").arg(model.value().name);
        m_model->setTone(!model || state == workflows::GalleryState::Failed ? Pill::Tone::Attention : Pill::Tone::Accent);
        m_model->setText(text);
        m_model->setToolTip(state == workflows::GalleryState::Failed ? messageFor(m_session->galleryError()) : QString());
        m_model->updateGeometry();
    }
    adjustSize();
    // A menu bar places its corners when it is resized itself, not when they are.
    if (parentWidget()) {
        QResizeEvent resized(parentWidget()->size(), parentWidget()->size());
        QCoreApplication::sendEvent(parentWidget(), &resized);
    }
}

void HeaderPills::fillModelMenu()
{
    m_models->clear();
    if (!m_session)
        return;
    const auto models = catalogue::ModelStore(m_session->catalogue()).list();
    if (models) {
        for (const catalogue::Model &model : models.value()) {
            QAction *action = m_models->addAction(tr("%1   %2").arg(model.name, dateText(model.createdAt.toStdString())));
            action->setObjectName(QStringLiteral("model_%1").arg(model.id.value));
            action->setCheckable(true);
            action->setChecked(model.active);
            action->setEnabled(!m_session->isReadOnly() || model.active);
            connect(action, &QAction::triggered, this, [this, id = model.id, active = model.active] {
                if (!active)
                    Q_EMIT promoteRequested(id);
            });
        }
    }
    if (m_models->isEmpty())
        m_models->addAction(tr("No models yet"))->setEnabled(false);
}

} // namespace flukeprint::ui
