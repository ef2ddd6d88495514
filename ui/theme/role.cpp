#include "ui/theme/role.h"

#include <QStyle>
#include <QVariant>
#include <QWidget>

namespace flukeprint::ui {

void setRole(QWidget *widget, const QString &role)
{
    if (widget->property("role").toString() == role)
        return;
    widget->setProperty("role", role);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}

} // namespace flukeprint::ui
