#include "app/cli/catalogue_access.h"
#include "app/cli/command_line.h"
#include "app/cli/text.h"
#include "core/catalogue/encounter_merges.h"
#include "core/catalogue/encounter_store.h"
#include "core/workflows/user_name.h"

#include <QStringList>

#include <memory>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

struct EncounterArguments
{
    std::string catalogue;
    std::int64_t undoMerge = 0;
};

Json encountersJson(const std::vector<catalogue::EncounterStore::Row> &rows)
{
    Json list = Json::array();
    for (const auto &[encounter, photos] : rows)
        list.push_back({{"code", encounter.code.toStdString()},
                        {"started_at", encounter.startedAt.toStdString()},
                        {"ended_at", encounter.endedAt.toStdString()},
                        {"place", encounter.place.toStdString()},
                        {"photos", photos}});
    return list;
}

Json mergesJson(const std::vector<catalogue::EncounterMerge> &merges)
{
    Json list = Json::array();
    for (const catalogue::EncounterMerge &merge : merges)
        list.push_back({{"merge", merge.id},
                        {"from", merge.fromCode.toStdString()},
                        {"into", merge.intoCode.toStdString()},
                        {"at", merge.at.toStdString()},
                        {"who", merge.who.toStdString()},
                        {"because_of", merge.cause.toStdString()},
                        {"photos", merge.photos},
                        {"undone_at", merge.undoneAt.toStdString()}});
    return list;
}

QString mergeText(const catalogue::EncounterMerge &merge)
{
    const QString text = tr("Merge %1: %2 became part of %3 (%4)")
                             .arg(QString::number(merge.id), merge.fromCode, merge.intoCode,
                                  tr("%n photo(s)", static_cast<int>(merge.photos)));
    return merge.undoneAt.isEmpty() ? text : text + u", "_s + tr("undone");
}

Result<Answer> listEncounters(catalogue::Catalogue &catalogue)
{
    const auto rows = catalogue::EncounterStore(catalogue).list();
    if (!rows)
        return rows.error();
    const auto merges = catalogue::EncounterMerges(catalogue, {}).list();
    if (!merges)
        return merges.error();
    QList<QStringList> table;
    for (const auto &[encounter, photos] : *rows)
        table.append({encounter.code, encounter.startedAt, encounter.endedAt, encounter.place, QString::number(photos)});
    QStringList texts{textTable({tr("encounter"), tr("from"), tr("to"), tr("place"), tr("photos")}, table)};
    for (const catalogue::EncounterMerge &merge : *merges)
        texts.append(mergeText(merge));
    return Answer{{{"encounters", encountersJson(*rows)}, {"merges", mergesJson(*merges)}}, texts.join(u'\n')};
}

Result<Answer> runEncounters(const EncounterArguments &arguments, Console &)
{
    if (arguments.undoMerge == 0) {
        auto catalogue = openForReading(arguments.catalogue);
        return catalogue ? listEncounters(*catalogue) : Result<Answer>(catalogue.error());
    }
    auto catalogue = openForWriting(arguments.catalogue);
    if (!catalogue)
        return catalogue.error();
    const auto undone = catalogue::EncounterMerges(*catalogue, workflows::userName()).undo(arguments.undoMerge);
    if (!undone)
        return undone.error();
    return listEncounters(*catalogue);
}

} // namespace

void addEncounterCommands(CommandLine &commands)
{
    CLI::App *app = commands.add("encounters", "List encounters and the merges of encounters that imports made");
    auto arguments = std::make_shared<EncounterArguments>();
    addCatalogueArgument(app, arguments->catalogue);
    app->add_option("--undo-merge", arguments->undoMerge,
                    "Number of a merge: the two are encounters of their own again, and stay so")
        ->check(CLI::PositiveNumber);
    commands.onChosen(app, [arguments](Console &console) { return runEncounters(*arguments, console); });
}

} // namespace flukeprint::cli
