#pragma once

#include <QWidget>

#include <initializer_list>

namespace flukeprint::ui {

struct RowButton
{
    QWidget *button = nullptr;
    bool isShown = false;
    QWidget *successor = nullptr; ///< takes the focus when this one goes; null, or not shown itself: none does
};

/// Shows and hides buttons that stand beside each other. Qt would hand the focus of one that goes to its neighbour, so that a second
/// press of Space did something else: here it goes to the successor or, with false as the answer, to nobody.
bool showButtons(std::initializer_list<RowButton> buttons);

} // namespace flukeprint::ui
