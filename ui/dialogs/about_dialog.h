#pragma once

#include <QDialog>

namespace flukeprint::ui {

/// Version, licence, and the libraries with theirs.
class AboutDialog : public QDialog
{
    Q_OBJECT
public:
    explicit AboutDialog(QWidget *parent);
};

} // namespace flukeprint::ui
