#pragma once

#include <QString>

class QWidget;

namespace flukeprint::ui {

/// Gives a widget another role of the style sheet ("error", "small", "") while it is shown; cheap when nothing changes.
void setRole(QWidget *widget, const QString &role);

} // namespace flukeprint::ui
