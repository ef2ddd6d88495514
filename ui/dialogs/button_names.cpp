#include "ui/dialogs/button_names.h"

#include <QDialogButtonBox>
#include <QPushButton>

namespace flukeprint::ui {

void nameButtons(QDialogButtonBox *buttons, const QString &prefix)
{
    buttons->setObjectName(prefix + QStringLiteral("Buttons"));
    for (const auto &[kind, name] : {std::pair(QDialogButtonBox::Close, "Close"), std::pair(QDialogButtonBox::Cancel, "Cancel")}) {
        QPushButton *button = buttons->button(kind);
        if (button && button->objectName().isEmpty())
            button->setObjectName(prefix + QLatin1String(name));
    }
}

} // namespace flukeprint::ui
