#pragma once

#include <QString>
#include <QStringList>

class QWidget;

namespace flukeprint::ui {

/// File choosers, scriptable by tests. All answers are absolute paths, empty when the user thought better of it.
class FileDialog
{
public:
    /// The next chooser answers itself with these; one answer serves one chooser.
    static void setNextFileNames(const QStringList &names);
    /// Where the last chooser started: its folder, or the file it proposed.
    [[nodiscard]] static QString lastStart();

    [[nodiscard]] static QStringList openFiles(QWidget *parent, const QString &title, const QString &folder, const QString &filter);
    [[nodiscard]] static QString openFolder(QWidget *parent, const QString &title, const QString &folder);
    [[nodiscard]] static QString saveFile(QWidget *parent, const QString &title, const QString &proposal, const QString &filter);
};

} // namespace flukeprint::ui
