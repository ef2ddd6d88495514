#include "core/catalogue/individual_codes.h"

#include <QHash>

#include <algorithm>

namespace flukeprint::catalogue {

namespace {

constexpr int longestCode = 64;
constexpr int mostDigits = 12;

} // namespace

Result<void> checkCode(const QString &code)
{
    const auto isControl = [](QChar c) { return c.category() == QChar::Other_Control || c == QChar::LineSeparator; };
    const bool sound = !code.isEmpty() && code.size() <= longestCode && code == code.trimmed()
        && std::none_of(code.begin(), code.end(), isControl);
    if (!sound)
        return Error(ErrorCode::InvalidArgument, {"code", code.toStdString(), "1..64 characters on one line"});
    return {};
}

std::optional<NumberedCode> parseNumbered(const QString &code)
{
    qsizetype start = code.size();
    while (start > 0 && code[start - 1] >= u'0' && code[start - 1] <= u'9')
        --start;
    const qsizetype digits = code.size() - start;
    if (digits < 1 || digits > mostDigits)
        return std::nullopt;
    return NumberedCode{code.left(start), static_cast<int>(digits), code.mid(start).toLongLong()};
}

QString numbered(const QString &prefix, int digits, std::int64_t number)
{
    return prefix + QString::number(number).rightJustified(digits, u'0');
}

std::optional<NumberedCode> parsePattern(const QString &pattern)
{
    const qsizetype percent = pattern.lastIndexOf(u'%');
    if (percent < 0 || !pattern.endsWith(u'd'))
        return std::nullopt;
    const QString width = pattern.mid(percent + 1, pattern.size() - percent - 2);
    bool isNumber = width.isEmpty();
    const int digits = width.isEmpty() ? 1 : width.toInt(&isNumber);
    if (!isNumber || digits < 1 || digits > mostDigits)
        return std::nullopt;
    return NumberedCode{pattern.left(percent), digits, 0};
}

NumberedCode familyToContinue(const std::vector<QString> &codes, const QString &pattern)
{
    struct Family
    {
        NumberedCode highest;
        std::size_t size = 0;
    };
    QHash<QString, Family> families;
    for (const QString &code : codes) {
        const std::optional<NumberedCode> parsed = parseNumbered(code);
        if (!parsed)
            continue;
        Family &family = families[parsed->prefix.toLower()];
        if (++family.size == 1 || parsed->number > family.highest.number)
            family.highest = *parsed;
    }
    if (std::optional<NumberedCode> wanted = parsePattern(pattern)) {
        wanted->number = families.value(wanted->prefix.toLower()).highest.number;
        return *wanted;
    }
    const auto largest = std::max_element(families.cbegin(), families.cend(),
                                          [](const Family &a, const Family &b) { return a.size < b.size; });
    // random-looking codes (w_1287fbc) end in digits too; a family is only a family if most animals belong to it
    if (largest != families.cend() && 2 * largest->size >= codes.size())
        return largest->highest;
    return NumberedCode{QStringLiteral("FP-"), 5, families.value(QStringLiteral("fp-")).highest.number};
}

} // namespace flukeprint::catalogue
