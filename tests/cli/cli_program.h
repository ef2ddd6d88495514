#pragma once

#include "tests/workflows/workbench.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

namespace flukeprint::cli {

/// What one call of the program answered.
struct CliAnswer
{
    int status = -1; ///< -1: it did not end by itself
    QByteArray out;
    QByteArray err;

    /// The one JSON object on stdout; empty if it is anything else.
    [[nodiscard]] QJsonObject json() const
    {
        QJsonParseError problem;
        const QJsonDocument document = QJsonDocument::fromJson(out, &problem);
        return problem.error == QJsonParseError::NoError ? document.object() : QJsonObject();
    }
    [[nodiscard]] QString errorCode() const
    {
        return json().value(QStringLiteral("error")).toObject().value(QStringLiteral("code")).toString();
    }
};

/// The program with an environment of its own: no shipped models, a fixed user.
class CliProgram
{
public:
    explicit CliProgram(const workflows::Workbench &bench)
        : m_folder(QString::fromStdString(bench.path(QStringLiteral(".")).string()))
    {
    }

    [[nodiscard]] static QString path() { return qEnvironmentVariable("FLUKEPRINT_CLI"); }

    void prepare(QProcess &process) const
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("FLUKEPRINT_MODELS"), m_folder + QStringLiteral("/no-models"));
        environment.insert(QStringLiteral("FLUKEPRINT_USER"), QStringLiteral("tester"));
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(m_folder);
        process.setProgram(path());
    }

    /// Runs to the end, in the workbench's folder.
    [[nodiscard]] CliAnswer run(const QStringList &arguments) const
    {
        QProcess process;
        prepare(process);
        process.setArguments(arguments);
        process.start();
        CliAnswer answer;
        if (!process.waitForFinished(120'000))
            process.kill();
        else if (process.exitStatus() == QProcess::NormalExit)
            answer.status = process.exitCode();
        answer.out = process.readAllStandardOutput();
        answer.err = process.readAllStandardError();
        return answer;
    }
    [[nodiscard]] CliAnswer json(QStringList arguments) const { return run(arguments << QStringLiteral("--json")); }
    [[nodiscard]] CliAnswer json(const char *words) const
    {
        return json(QString::fromLatin1(words).split(QLatin1Char(' ')));
    }

private:
    QString m_folder;
};

} // namespace flukeprint::cli

/// Fails a test that has no command line to try.
#define REQUIRE_CLI()                                                                                                  \
    if (flukeprint::cli::CliProgram::path().isEmpty())                                                                 \
    QFAIL("FLUKEPRINT_CLI does not name the program")

/// Status and, for a failure, the whole of what the program said.
#define COMPARE_STATUS(answer, wanted)                                                                                 \
    QVERIFY2((answer).status == (wanted),                                                                              \
             qPrintable(QString::number((answer).status) + QLatin1Char(' ')                                            \
                        + QString::fromUtf8((answer).out + (answer).err)))
