#include "app/cli/console.h"

#include "app/cli/messages.h"

#include <QLocale>
#include <QStringList>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace flukeprint::cli {

using namespace Qt::StringLiterals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto terminalInterval = std::chrono::milliseconds(100);
constexpr auto plainInterval = std::chrono::seconds(5);

void write(std::FILE *stream, const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    std::fwrite(bytes.constData(), 1, static_cast<std::size_t>(bytes.size()), stream);
    std::fflush(stream);
}

bool isNumber(const QString &cell)
{
    bool ok = false;
    QString digits = cell;
    digits.remove(u'%').remove(u' ');
    digits.toDouble(&ok);
    return ok;
}

QString pad(const QString &cell, qsizetype width, bool right)
{
    return right ? cell.rightJustified(width) : cell.leftJustified(width);
}

} // namespace

Console::Console(bool json, std::stop_token stop)
    : m_json(json)
    , m_isTerminal(::isatty(STDERR_FILENO) == 1)
    , m_stop(std::move(stop))
{
}

ProgressFn Console::progress()
{
    return [this](const Progress &progress) { show(progress); };
}

void Console::show(const Progress &progress)
{
    const std::scoped_lock lock(m_mutex);
    const Clock::time_point now = Clock::now();
    const bool newStage = progress.stage != m_stage;
    if (newStage) {
        endLine();
        m_stage = progress.stage;
        m_stageStart = now;
        m_stageStartDone = progress.done;
    }
    const bool finished = progress.total > 0 && progress.done >= progress.total;
    const Clock::duration interval = m_isTerminal ? Clock::duration(terminalInterval) : Clock::duration(plainInterval);
    if (now - m_lastShown < interval && !(finished && m_isTerminal))
        return;
    m_lastShown = now;
    const double seconds = std::chrono::duration<double>(now - m_stageStart).count();
    const double rate = seconds > 0.2 ? static_cast<double>(progress.done - m_stageStartDone) / seconds : 0.0;
    const QString line = progressText(progress, rate);
    write(stderr, m_isTerminal ? u"\r\033[K"_s + line : line + u'\n');
    m_lineOpen = m_isTerminal;
}

void Console::endLine()
{
    if (m_lineOpen)
        write(stderr, u"\n"_s);
    m_lineOpen = false;
}

void Console::note(const QString &line)
{
    const std::scoped_lock lock(m_mutex);
    endLine();
    write(stderr, line + u'\n');
}

void Console::warn(const Error &what)
{
    note(errorText(what));
}

int Console::finish(const Result<Answer> &answer)
{
    const std::scoped_lock lock(m_mutex);
    endLine();
    if (m_json) {
        const Json &object = answer ? answer->json : errorJson(answer.error());
        const std::string text = object.dump(2, ' ', false, Json::error_handler_t::replace);
        write(stdout, QString::fromStdString(text) + u'\n');
    } else if (answer && !answer->text.isEmpty()) {
        write(stdout, answer->text + u'\n');
    }
    if (answer)
        return answer->status;
    write(stderr, u"flukeprint-cli: "_s + errorText(answer.error()) + u'\n');
    return exitStatus(answer.error());
}

QString textTable(const QStringList &headings, const QList<QStringList> &rows)
{
    QList<qsizetype> widths;
    QList<bool> right;
    for (qsizetype column = 0; column < headings.size(); ++column) {
        widths.append(headings[column].size());
        right.append(!rows.isEmpty());
        for (const QStringList &row : rows) {
            widths[column] = std::max(widths[column], row.value(column).size());
            right[column] = right[column] && (row.value(column).isEmpty() || isNumber(row.value(column)));
        }
    }
    const auto line = [&](const QStringList &row) {
        QStringList cells;
        for (qsizetype column = 0; column < headings.size(); ++column)
            cells.append(pad(row.value(column), widths[column], right[column]));
        QString text = cells.join(u"  "_s);
        while (text.endsWith(u' '))
            text.chop(1);
        return text;
    };
    QStringList lines{line(headings)};
    for (const QStringList &row : rows)
        lines.append(line(row));
    return lines.join(u'\n');
}

int exitStatus(const Error &error)
{
    return static_cast<int>(errorCategory(error.code));
}

Json errorJson(const Error &error)
{
    return Json{{"error",
                 {{"code", std::string(errorCodeName(error.code))},
                  {"args", error.args},
                  {"message", errorText(error).toStdString()}}}};
}

Json usageErrorJson(const QString &message)
{
    return Json{{"error", {{"code", "usage"}, {"args", Json::array()}, {"message", message.toStdString()}}}};
}

} // namespace flukeprint::cli
