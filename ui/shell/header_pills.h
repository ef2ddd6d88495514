#pragma once

#include "core/base/ids.h"

#include <QWidget>

class QMenu;

namespace flukeprint::workflows {
class CatalogueSession;
}

namespace flukeprint::ui {

class Pill;

/// Right of the menus: which catalogue is open and which model serves. The model's pill opens the list of models.
class HeaderPills : public QWidget
{
    Q_OBJECT
public:
    explicit HeaderPills(QWidget *parent = nullptr);
    void setSession(workflows::CatalogueSession *session);

Q_SIGNALS:
    void promoteRequested(flukeprint::ModelId model);

private:
    void refresh();
    void fillModelMenu();

    workflows::CatalogueSession *m_session = nullptr;
    Pill *m_catalogue = nullptr;
    Pill *m_model = nullptr;
    QMenu *m_models = nullptr;
};

} // namespace flukeprint::ui
