#include "app/cli/report_json.h"

#include "app/cli/messages.h"

#include <QCoreApplication>
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
    return QCoreApplication::translate("Cli", "%1 has the same bytes as %2.")
        .arg(file.path, QString::fromStdString(file.reason.args[1]));
}

} // namespace

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
    if (skipped.size() > limit)
        lines.append(u"  "_s
                     + QCoreApplication::translate("Cli", "... and %n more (--json lists all)", nullptr,
                                                   static_cast<int>(skipped.size() - limit)));
    return lines.join(u'\n');
}

Json optionalJson(const std::optional<double> &value)
{
    return value ? Json(*value) : Json(nullptr);
}

} // namespace flukeprint::cli
