#pragma once

#include <QDialog>

class QMenuBar;

namespace flukeprint::ui {

/// All keys, read from the menus themselves, so that the list cannot lie.
class KeysDialog : public QDialog
{
    Q_OBJECT
public:
    KeysDialog(const QMenuBar *menus, QWidget *parent);
};

} // namespace flukeprint::ui
