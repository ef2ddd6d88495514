#include "app/cli/catalogue_access.h"
#include "app/cli/command_line.h"
#include "app/cli/messages.h"
#include "app/cli/text.h"
#include "core/workflows/care/verify_catalogue.h"

#include <QStringList>

#include <memory>

namespace flukeprint::cli {

namespace {

constexpr int damagedStatus = 4;

struct VerifyArguments
{
    std::string catalogue;
    bool quick = false;
    bool repair = false;
};

Json findingsJson(const std::vector<catalogue::Finding> &findings, bool withRemedy = true)
{
    Json list = Json::array();
    for (const catalogue::Finding &finding : findings)
        list.push_back({{"code", finding.code}, {"args", finding.args}, {"message", findingText(finding, withRemedy).toStdString()}});
    return list;
}

void addLines(QStringList &lines, const std::vector<catalogue::Finding> &findings, bool withRemedy = true)
{
    for (const catalogue::Finding &finding : findings)
        lines.append(findingText(finding, withRemedy));
}

Answer answerOf(const catalogue::IntegrityReport &report)
{
    Answer answer;
    answer.json = {{"ok", report.findings.empty()},
                   {"photos_checked", report.photosChecked},
                   {"decisions_checked", report.decisionsChecked},
                   {"embeddings_checked", report.embeddingsChecked},
                   {"findings", findingsJson(report.findings)},
                   {"notices", findingsJson(report.notices)}};
    QStringList lines{tr("%1 photos, %2 decisions and %3 embeddings checked.")
                          .arg(report.photosChecked)
                          .arg(report.decisionsChecked)
                          .arg(report.embeddingsChecked)};
    addLines(lines, report.findings);
    lines.append(report.findings.empty() ? tr("All is well.")
                                         : tr("%n thing(s) are wrong.", static_cast<int>(report.findings.size())));
    if (!report.notices.empty())
        lines.append(tr("Worth knowing:"));
    addLines(lines, report.notices);
    answer.text = lines.join(u'\n');
    answer.status = report.findings.empty() ? 0 : damagedStatus;
    return answer;
}

Result<Answer> runRepair(const VerifyArguments &arguments, Console &console)
{
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto outcome = workflows::repairCatalogue(*catalogue, !arguments.quick, workContext(console));
    if (!outcome)
        return outcome.error();
    Answer answer = answerOf(outcome->left);
    answer.json["repaired"] = findingsJson(outcome->repaired, false);
    answer.json["backup"] = outcome->backup.string();
    QStringList lines;
    if (!outcome->backup.empty())
        lines.append(tr("The database as it was: %1").arg(QString::fromStdString(outcome->backup.string())));
    if (!outcome->repaired.empty())
        lines.append(tr("%n thing(s) were repaired:", static_cast<int>(outcome->repaired.size())));
    addLines(lines, outcome->repaired, false);
    lines.append(answer.text);
    answer.text = lines.join(u'\n');
    return answer;
}

Result<Answer> runVerify(const VerifyArguments &arguments, Console &console)
{
    if (arguments.repair)
        return runRepair(arguments, console);
    auto catalogue = openForReading(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto report = workflows::verifyCatalogue(*catalogue, !arguments.quick, workContext(console));
    if (!report)
        return report.error();
    return answerOf(*report);
}

} // namespace

void addVerifyCommand(CommandLine &commands)
{
    CLI::App *app = commands.add(
        "verify", "Check the database, the decision log, models, embeddings and the photos' hashes; changes nothing without --repair");
    auto arguments = std::make_shared<VerifyArguments>();
    addCatalogueArgument(app, arguments->catalogue);
    app->add_flag("--quick", arguments->quick, "Only look whether the photos are there, without reading them");
    app->add_flag("--repair", arguments->repair,
                  "Put right what can be put right, after a copy of the database in the catalogue's backups/");
    commands.onChosen(app, [arguments](Console &console) { return runVerify(*arguments, console); });
}

} // namespace flukeprint::cli
