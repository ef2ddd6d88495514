#include "app/cli/command_line.h"

#include "core/base/log.h"

#include <QCoreApplication>
#include <QString>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flukeprint::cli {

namespace {

constexpr int usageStatus = 2;

constexpr const char *exitStatusHelp =
    "Exit status: 0 done, 2 wrong usage, 3 bad input, 4 damaged data, 5 a job failed, 130 cancelled.\n"
    "With --json, exactly one JSON object is written to stdout, for errors too; progress goes to stderr.";

bool asksForJson(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--json")
            return true;
    }
    return false;
}

/// The first word, if no command is called so.
std::string unknownCommand(const CLI::App &app, int argc, char **argv)
{
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first.empty() || first.front() == '-')
        return {};
    const auto commands = app.get_subcommands([](const CLI::App *) { return true; });
    const bool known = std::ranges::any_of(commands, [&](const CLI::App *command) { return command->get_name() == first; });
    return known ? std::string() : std::string(first);
}

/// Levenshtein: insertions, deletions and replacements from one word to the other.
std::size_t editDistance(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

std::string unknownCommandText(const CLI::App &app, const std::string &word)
{
    const auto commands = app.get_subcommands([](const CLI::App *) { return true; });
    const auto distance = [&](const CLI::App *command) { return editDistance(word, command->get_name()); };
    const CLI::App *nearest = *std::ranges::min_element(commands, {}, distance);
    std::string text = "There is no command '" + word + "'.";
    if (2 * distance(nearest) <= std::max(word.size(), nearest->get_name().size()))
        text += " Did you mean '" + nearest->get_name() + "'?";
    return text;
}

void quietenLog(bool verbose)
{
    setLogSink([verbose](LogLevel level, std::string_view room, std::string_view message) {
        if (level < (verbose ? LogLevel::Debug : LogLevel::Warning))
            return;
        std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(room.size()), room.data(),
                     static_cast<int>(message.size()), message.data());
    });
}

} // namespace

CommandLine::CommandLine()
    : m_app("Flukeprint identifies individual whales from photos of their flukes.", "flukeprint-cli")
{
    m_app.require_subcommand(1);
    m_app.set_version_flag("--version", QCoreApplication::applicationVersion().toStdString());
    m_app.footer(exitStatusHelp);
    m_app.get_formatter()->column_width(34);
}

CLI::App *CommandLine::add(const std::string &name, const std::string &description, CLI::App *parent)
{
    CLI::App *app = (parent != nullptr ? parent : &m_app)->add_subcommand(name, description);
    app->add_flag("--json", m_json, "Answer with exactly one JSON object on stdout");
    app->add_flag("--verbose", m_verbose, "Show the log on stderr");
    app->footer(exitStatusHelp);
    return app;
}

void CommandLine::onChosen(CLI::App *app, Command command)
{
    app->callback([this, command = std::move(command)] { m_chosen = command; });
}

int CommandLine::run(int argc, char **argv, std::stop_token stop)
{
    if (const std::string unknown = unknownCommand(m_app, argc, argv); !unknown.empty())
        return reportParseError(CLI::ExtrasError(unknownCommandText(m_app, unknown), CLI::ExitCodes::ExtrasError), asksForJson(argc, argv));
    try {
        m_app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return reportParseError(error, asksForJson(argc, argv));
    }
    quietenLog(m_verbose);
    Console console(m_json, std::move(stop));
    return console.finish(m_chosen(console));
}

int CommandLine::reportParseError(const CLI::ParseError &error, bool json)
{
    const bool isAnswer = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (isAnswer || !json)
        m_app.exit(error);
    else
        std::puts(usageErrorJson(QString::fromUtf8(error.what())).dump(2).c_str());
    return isAnswer ? 0 : usageStatus;
}

void addCatalogueArgument(CLI::App *app, std::string &path)
{
    app->add_option("CATALOGUE", path, "Folder of the catalogue, NAME.flukeprint")->required();
}

void addDeviceOption(CLI::App *app, std::string &device)
{
    app->add_option("--device", device, "Where the network runs; auto takes a GPU where there is one")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str();
}

protocol::Device deviceFromName(const std::string &name)
{
    if (name == "cpu")
        return protocol::Device::Cpu;
    return name == "cuda" ? protocol::Device::Cuda : protocol::Device::Auto;
}

jobs::WorkContext workContext(Console &console)
{
    jobs::WorkContext context;
    context.stop = console.stopToken();
    context.progress = console.progress();
    context.warn = [&console](const Error &what) { console.warn(what); };
    return context;
}

} // namespace flukeprint::cli
