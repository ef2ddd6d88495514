#pragma once

#include "app/cli/console.h"
#include "core/base/result.h"
#include "core/jobs/thread_job.h"
#include "core/protocol/jobs.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace flukeprint::cli {

/// A command's work, run after the command line was understood.
using Command = std::function<Result<Answer>(Console &)>;

/// The grammar: what the command groups add, and which command the arguments chose.
class CommandLine
{
public:
    CommandLine();

    /// A subcommand of `parent` (the program itself when null) with `--json` and `--verbose`.
    CLI::App *add(const std::string &name, const std::string &description, CLI::App *parent = nullptr);
    /// What to do when `app` was chosen.
    void onChosen(CLI::App *app, Command command);

    /// Parses and runs. Returns the exit status; 0 for --help and --version.
    int run(int argc, char **argv, std::stop_token stop);

private:
    int reportParseError(const CLI::ParseError &error, bool json);

    CLI::App m_app;
    Command m_chosen;
    bool m_json = false;
    bool m_verbose = false;
};

/// Adds the required positional CATALOGUE.
void addCatalogueArgument(CLI::App *app, std::string &path);

/// `--device auto|cpu|cuda`.
void addDeviceOption(CLI::App *app, std::string &device);
[[nodiscard]] protocol::Device deviceFromName(const std::string &name);
/// What long functions of the core want to have, bound to the console, which must outlive it.
[[nodiscard]] jobs::WorkContext workContext(Console &console);

// One function a group of commands; each lives in its own file.
void addCatalogueCommands(CommandLine &commands); ///< init, backup, export, label
void addVerifyCommand(CommandLine &commands); ///< verify
void addEncounterCommands(CommandLine &commands); ///< encounters
void addImportCommands(CommandLine &commands); ///< import, embed, demo
void addIdentifyCommands(CommandLine &commands); ///< identify, mine
void addEvaluateCommands(CommandLine &commands); ///< evaluate
void addTrainCommands(CommandLine &commands); ///< train
void addModelCommands(CommandLine &commands); ///< model import|inspect|list|promote|export
void addLocaliserCommands(CommandLine &commands); ///< localiser train|evaluate

} // namespace flukeprint::cli
