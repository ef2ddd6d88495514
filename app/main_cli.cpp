#include "app/cli/command_line.h"
#include "app/cli/interrupt.h"

#include <QCoreApplication>

int main(int argc, char **argv)
{
    const std::stop_token stop = flukeprint::cli::stopOnInterrupt();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("flukeprint"));
    QCoreApplication::setApplicationVersion(QStringLiteral(FLUKEPRINT_VERSION));

    flukeprint::cli::CommandLine commands;
    flukeprint::cli::addCatalogueCommands(commands);
    flukeprint::cli::addVerifyCommand(commands);
    flukeprint::cli::addImportCommands(commands);
    flukeprint::cli::addEncounterCommands(commands);
    flukeprint::cli::addIdentifyCommands(commands);
    flukeprint::cli::addEvaluateCommands(commands);
    flukeprint::cli::addTrainCommands(commands);
    flukeprint::cli::addModelCommands(commands);
    flukeprint::cli::addLocaliserCommands(commands);
    return commands.run(argc, argv, stop);
}
