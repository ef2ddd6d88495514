#pragma once

#include <QString>

class QDialogButtonBox;

namespace flukeprint::ui {

/// Object names for a dialog's row of buttons: PREFIXButtons, and for those of Qt's own kinds that have none yet PREFIXClose, PREFIXCancel.
void nameButtons(QDialogButtonBox *buttons, const QString &prefix);

} // namespace flukeprint::ui
