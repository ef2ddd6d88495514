#include "core/jobs/worker_locator.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStringList>

namespace flukeprint::jobs {

namespace {

bool isProgram(const QString &path)
{
    const QFileInfo file(path);
    return file.isFile() && file.isExecutable();
}

QStringList placesAround(const QString &programFolder)
{
    const QString name = QStringLiteral("flukeprint-worker");
    QStringList places{programFolder + u'/' + name, programFolder + QStringLiteral("/../libexec/flukeprint/") + name,
                       programFolder + QStringLiteral("/../libexec/") + name};
    // Test programs lie up to three folders deep in the build tree: build/x/tests/jobs.
    QString up = programFolder;
    for (int depth = 0; depth < 3; ++depth) {
        up += QStringLiteral("/..");
        places << up + QStringLiteral("/app/") + name;
    }
    return places;
}

} // namespace

Result<QString> locateWorker()
{
    const QString chosen = qEnvironmentVariable("FLUKEPRINT_WORKER");
    const QStringList places =
        chosen.isEmpty() ? placesAround(QCoreApplication::applicationDirPath()) : QStringList{chosen};
    for (const QString &place : places) {
        if (isProgram(place))
            return QFileInfo(place).absoluteFilePath();
    }
    return Error(ErrorCode::WorkerMissing, {QDir::cleanPath(places.first()).toStdString()});
}

} // namespace flukeprint::jobs
