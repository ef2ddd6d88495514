#include "core/workflows/scratch_folder.h"

#include "core/base/partial_file.h"

#include <QDir>
#include <QFileInfo>

#include <mutex>
#include <unistd.h>

namespace flukeprint::workflows {

namespace {

const QString markName = QStringLiteral("in-use.partial");

QString folderTemplate()
{
    static std::once_flag swept;
    std::call_once(swept, [] { ScratchFolder::removeAbandoned(); });
    return QDir::temp().filePath(QStringLiteral("flukeprint-XXXXXX"));
}

} // namespace

ScratchFolder::ScratchFolder()
    : m_folder(folderTemplate())
{
    if (m_folder.isValid())
        m_mark = openPartial(filePath(markName).toStdString());
}

ScratchFolder::~ScratchFolder()
{
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
