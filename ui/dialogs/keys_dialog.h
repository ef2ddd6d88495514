#pragma once

#include <QDialog>
#include <QList>
#include <QPair>
#include <QString>

class QMenuBar;

namespace flukeprint::ui {

/// All keys by the page that they work on, read from the menus themselves, so that the list cannot lie.
class KeysDialog : public QDialog
{
    Q_OBJECT
public:
    KeysDialog(const QMenuBar *menus, QWidget *parent);

private:
    /// Those that a photo in view knows by itself.
    static QList<QPair<QString, QString>> photoKeys();
};

} // namespace flukeprint::ui
