#include "ui/dialogs/file_dialog.h"

#include <QFileDialog>

#include <optional>
#include <utility>

namespace flukeprint::ui {

namespace {

std::optional<QStringList> g_nextNames;

QString g_lastStart;

std::optional<QStringList> takeNext(const QString &start)
{
    g_lastStart = start;
    return std::exchange(g_nextNames, std::nullopt);
}

} // namespace

void FileDialog::setNextFileNames(const QStringList &names)
{
    g_nextNames = names;
}

QString FileDialog::lastStart()
{
    return g_lastStart;
}

QStringList FileDialog::openFiles(QWidget *parent, const QString &title, const QString &folder, const QString &filter)
{
    if (const auto names = takeNext(folder))
        return *names;
    return QFileDialog::getOpenFileNames(parent, title, folder, filter);
}

QString FileDialog::openFolder(QWidget *parent, const QString &title, const QString &folder)
{
    if (const auto names = takeNext(folder))
        return names->value(0);
    return QFileDialog::getExistingDirectory(parent, title, folder);
}

QString FileDialog::saveFile(QWidget *parent, const QString &title, const QString &proposal, const QString &filter)
{
    if (const auto names = takeNext(proposal))
        return names->value(0);
    return QFileDialog::getSaveFileName(parent, title, proposal, filter);
}

} // namespace flukeprint::ui
