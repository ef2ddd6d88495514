#include "app/cli/report_json.h"

#include "app/cli/messages.h"
#include "app/cli/text.h"

#include <QStringList>

#include <algorithm>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

bool isDuplicate(const Error &reason)
{
    return reason.code == ErrorCode::AlreadyExists;
}

std::string reasonName(const Error &reason)
{
    return isDuplicate(reason) ? "duplicate" : std::string(errorCodeName(reason.code));
}

QString reasonText(const workflows::SkippedFile &file)
{
    if (!isDuplicate(file.reason) || file.reason.args.size() < 2)
        return errorText(file.reason);
    return tr("%1 has the same bytes as %2.").arg(file.path, QString::fromStdString(file.reason.args[1]));
}

QString withRest(QStringList lines, std::size_t total)
{
    const auto shown = static_cast<std::size_t>(lines.size());
    if (total > shown)
        lines.append(u"  "_s + tr("... and %n more (--json lists all)", static_cast<int>(total - shown)));
    return lines.join(u'\n');
}

} // namespace

Json namesJson(const std::vector<QString> &names)
{
    Json list = Json::array();
    for (const QString &name : names)
        list.push_back(name.toStdString());
    return list;
}

Json skippedJson(const std::vector<workflows::SkippedFile> &skipped)
{
    Json list = Json::array();
    for (const workflows::SkippedFile &file : skipped)
        list.push_back(
            {{"file", file.path.toStdString()}, {"reason", reasonName(file.reason)}, {"args", file.reason.args}});
    return list;
}

QString skippedText(const std::vector<workflows::SkippedFile> &skipped, std::size_t limit)
{
    QStringList lines;
    for (std::size_t i = 0; i < std::min(limit, skipped.size()); ++i)
        lines.append(u"  "_s + reasonText(skipped[i]));
    return withRest(std::move(lines), skipped.size());
}

QString listText(const std::vector<QString> &names)
{
    constexpr std::size_t limit = 10;
    QStringList lines;
    for (std::size_t i = 0; i < std::min(limit, names.size()); ++i)
        lines.append(u"  "_s + names[i]);
    return withRest(std::move(lines), names.size());
}

Json optionalJson(const std::optional<double> &value)
{
    return value ? Json(*value) : Json(nullptr);
}

} // namespace flukeprint::cli
