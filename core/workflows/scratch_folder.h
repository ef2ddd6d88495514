#pragma once

#include <QString>
#include <QTemporaryDir>

namespace flukeprint::workflows {

/// A temporary folder that goes with its owner, and after a kill -9 with the next one that any Flukeprint program of this user makes: a
/// mark that dies with the process tells folders in use from left ones. Chips of thousands of photos would else pile up in /tmp.
class ScratchFolder
{
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder &) = delete;
    ScratchFolder &operator=(const ScratchFolder &) = delete;

    [[nodiscard]] bool isValid() const { return m_folder.isValid(); }
    [[nodiscard]] QString errorString() const { return m_folder.errorString(); }
    [[nodiscard]] QString path() const { return m_folder.path(); }
    [[nodiscard]] QString filePath(const QString &name) const { return m_folder.filePath(name); }

    /// Removes what killed programs of this user left; returns how many folders.
    static int removeAbandoned();

private:
    QTemporaryDir m_folder;
    int m_mark = -1;
};

} // namespace flukeprint::workflows
