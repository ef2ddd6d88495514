#include "core/workflows/scratch_folder.h"

#include "core/base/partial_file.h"

#include <QDir>
#include <QFileInfo>
#include <QThreadPool>

#include <cstdio>
#include <mutex>
#include <unistd.h>

namespace flukeprint::workflows {

namespace {

const QString markName = QStringLiteral("in-use.partial");

QString folderTemplate()
{
    static std::once_flag swept;
    // In the background: what a killed training left may be many thousand files, and this may be a window's own thread.
    std::call_once(swept, [] { QThreadPool::globalInstance()->start([] { ScratchFolder::removeAbandoned(); }); });
    return QDir::temp().filePath(QStringLiteral("flukeprint-XXXXXX"));
}

} // namespace

ScratchFolder::ScratchFolder()
    : m_folder(folderTemplate())
{
    if (!m_folder.isValid())
        return;
    // It is held before it has its name, so that no sweep meets a mark that nobody holds yet.
    const std::string unnamed = filePath(QStringLiteral("new.partial")).toStdString();
    m_mark = openPartial(unnamed);
    if (m_mark >= 0)
        std::rename(unnamed.c_str(), filePath(markName).toStdString().c_str());
}

ScratchFolder::~ScratchFolder()
{
    m_folder.remove(); // while it is marked: a sweep has no business here
    if (m_mark >= 0)
        ::close(m_mark);
}

int ScratchFolder::removeAbandoned()
{
    int removed = 0;
    const auto folders = QDir::temp().entryInfoList({QStringLiteral("flukeprint-??????")}, QDir::Dirs | QDir::NoSymLinks);
    for (const QFileInfo &folder : folders) {
        if (folder.ownerId() != ::getuid())
            continue;
        QDir dir(folder.filePath());
        const int mark = takeIfAbandoned(dir.filePath(markName).toStdString());
        if (mark < 0)
            continue;
        removed += dir.removeRecursively() ? 1 : 0;
        ::close(mark);
    }
    return removed;
}

} // namespace flukeprint::workflows
