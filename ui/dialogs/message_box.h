#pragma once

#include "core/base/error.h"

#include <QMessageBox>
#include <QString>

namespace flukeprint::ui {

/// Modal questions and bad news, scriptable by tests. GUI thread only.
class MessageBox
{
public:
    /// The next dialog answers itself with this button instead of being shown; one answer serves one dialog.
    static void setNextAnswer(QMessageBox::StandardButton button);
    /// The text of the last dialog, shown or answered.
    [[nodiscard]] static QString lastText();

    static void showError(QWidget *parent, const QString &title, const Error &error);
    static void showText(QWidget *parent, const QString &title, const QString &text);
    /// `yes` is the words of the button that goes on. True when it was chosen.
    [[nodiscard]] static bool ask(QWidget *parent, const QString &title, const QString &text, const QString &yes);
};

} // namespace flukeprint::ui
