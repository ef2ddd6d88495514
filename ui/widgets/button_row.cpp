#include "ui/widgets/button_row.h"

#include <algorithm>

namespace flukeprint::ui {

bool showButtons(std::initializer_list<RowButton> buttons)
{
    for (const RowButton &row : buttons) {
        if (row.isShown)
            row.button->show();
    }
    const auto left = std::find_if(buttons.begin(), buttons.end(), [](const RowButton &row) { return !row.isShown && row.button->hasFocus(); });
    const bool isLeft = left != buttons.end();
    const bool isTaken = isLeft && left->successor && left->successor->isVisible() && left->successor->isEnabled();
    if (isTaken)
        left->successor->setFocus();
    else if (isLeft)
        left->button->clearFocus();
    for (const RowButton &row : buttons) {
        if (!row.isShown)
            row.button->hide();
    }
    return !isLeft || isTaken;
}

} // namespace flukeprint::ui
