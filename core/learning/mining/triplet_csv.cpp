#include "core/learning/mining/triplet_csv.h"

#include "core/base/atomic_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

namespace flukeprint::learning {

namespace {

using Problem = std::optional<std::string>; ///< what is wrong, if anything

constexpr std::size_t columns = 3;
constexpr std::array<std::array<std::string_view, columns>, 2> headers{
    {{"q", "p", "n"}, {"anchor", "positive", "negative"}}};

std::string_view nextField(std::string_view &line)
{
    const std::size_t end = std::min(line.find(','), line.size());
    std::string_view field = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    while (field.starts_with(' '))
        field.remove_prefix(1);
    while (field.ends_with(' '))
        field.remove_suffix(1);
    return field;
}

std::string_view nextLine(std::string_view &text)
{
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

bool startsWithLetter(std::string_view line)
{
    return !line.empty() && std::isalpha(static_cast<unsigned char>(line.front())) != 0;
}

bool isHeader(std::string_view line)
{
    std::array<std::string_view, columns> fields;
    for (std::string_view &field : fields)
        field = nextField(line);
    return std::find(headers.begin(), headers.end(), fields) != headers.end();
}

Problem parse(std::string_view line, bool moreColumns, std::int64_t rows, std::array<std::int64_t, columns> &numbers)
{
    for (std::size_t i = 0; i < columns; ++i) {
        if (line.empty())
            return "fewer than three columns";
        const std::string_view field = nextField(line);
        const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), numbers[i]);
        if (problem != std::errc{} || end != field.data() + field.size())
            return "not a row number: " + std::string(field);
        if (numbers[i] < 0 || numbers[i] >= rows)
            return "row " + std::to_string(numbers[i]) + " of " + std::to_string(rows);
    }
    if (!line.empty() && !moreColumns)
        return "more than three columns";
    return std::nullopt;
}

Problem contradiction(const std::array<std::int64_t, columns> &numbers, std::span<const MiningLabel> labels)
{
    const auto [anchor, positive, negative] = numbers;
    if (anchor == positive)
        return "the positive is the anchor";
    if (anchor == negative || positive == negative)
        return "the negative is the anchor or the positive";
    if (labels.empty())
        return std::nullopt;
    const auto individual = [&labels](std::int64_t row) { return labels[static_cast<std::size_t>(row)].individual; };
    if (individual(anchor) < 0)
        return "the anchor is unidentified";
    if (individual(positive) != individual(anchor))
        return "the positive is not of the anchor's individual";
    if (individual(negative) == individual(anchor))
        return "the negative is of the anchor's individual";
    return std::nullopt;
}

} // namespace

std::string tripletCsv(std::span<const Triplet> triplets, const std::function<std::int64_t(std::int64_t row)> &nameOf)
{
    std::string text = "anchor,positive,negative,distance_positive,distance_negative\n";
    for (const Triplet &triplet : triplets) {
        for (const std::int64_t row : {triplet.anchor, triplet.positive, triplet.negative})
            text += std::to_string(nameOf(row)) + ",";
        std::array<char, 64> distances{};
        std::snprintf(distances.data(), distances.size(), "%.6f,%.6f\n", static_cast<double>(triplet.distancePositive),
                      static_cast<double>(triplet.distanceNegative));
        text += distances.data();
    }
    return text;
}

Result<void> writeTripletCsv(const std::filesystem::path &path, std::span<const Triplet> triplets)
{
    return writeFileAtomically(path, tripletCsv(triplets, [](std::int64_t row) { return row; }));
}

Result<std::vector<Triplet>> readTripletCsv(const std::filesystem::path &path, std::int64_t rows,
                                            std::span<const MiningLabel> labels)
{
    if (!labels.empty() && static_cast<std::int64_t>(labels.size()) != rows)
        return Error(ErrorCode::InvalidArgument, {"labels", std::to_string(labels.size()), std::to_string(rows)});
    const Result<std::string> content = readFile(path);
    if (!content)
        return content.error();
    const auto invalid = [&path](std::int64_t line, const std::string &what) {
        return Error(ErrorCode::CsvInvalid, {path.string(), std::to_string(line), what});
    };
    std::vector<Triplet> triplets;
    bool headed = false;
    std::string_view rest = *content;
    for (std::int64_t number = 1; !rest.empty(); ++number) {
        const std::string_view line = nextLine(rest);
        if (line.empty())
            continue;
        if (number == 1 && startsWithLetter(line)) {
            headed = isHeader(line);
            if (!headed)
                return invalid(number, "header is neither q,p,n nor anchor,positive,negative");
            continue;
        }
        std::array<std::int64_t, columns> numbers{};
        if (const Problem problem = parse(line, headed, rows, numbers))
            return invalid(number, *problem);
        if (const Problem problem = contradiction(numbers, labels))
            return invalid(number, *problem);
        triplets.push_back({numbers[0], numbers[1], numbers[2]});
    }
    if (triplets.empty())
        return Error(ErrorCode::NothingToDo, {"triplets"}, path.string());
    return triplets;
}

} // namespace flukeprint::learning
