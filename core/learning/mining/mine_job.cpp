#include "core/base/atomic_file.h"
#include "core/learning/mining/mine_triplets.h"
#include "core/learning/mining/triplet_csv.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <string_view>
#include <unordered_map>

namespace flukeprint::learning {

namespace {

constexpr std::string_view labelsHeader = "annotation,individual,group";
constexpr std::string_view rejectedHeader = "annotation,individual";

using Rows = std::unordered_map<std::int64_t, std::int64_t>; ///< of the table, by annotation

Error csvError(const std::string &path, std::int64_t line, const std::string &what)
{
    return Error(ErrorCode::CsvInvalid, {path, std::to_string(line), what});
}

template <std::size_t count> bool parseFields(std::string_view line, std::array<std::int64_t, count> &fields)
{
    for (std::size_t i = 0; i < count; ++i) {
        const bool last = i + 1 == count;
        const std::size_t comma = last ? line.size() : line.find(',');
        if (comma == std::string_view::npos)
            return false;
        const auto [end, problem] = std::from_chars(line.data(), line.data() + comma, fields[i]);
        if (problem != std::errc{} || end != line.data() + comma)
            return false;
        line.remove_prefix(last ? comma : comma + 1);
    }
    return true;
}

/// Whole numbers in `count` columns below that header; the second is an individual, -1: none.
template <std::size_t count>
Result<std::vector<std::array<std::int64_t, count>>> readNumbers(const std::string &path, std::string_view header)
{
    const Result<std::string> content = readFile(path);
    if (!content)
        return content.error();
    std::vector<std::array<std::int64_t, count>> rows;
    std::string_view rest = *content;
    for (std::int64_t number = 1; !rest.empty(); ++number) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (number == 1) {
            if (line != header)
                return csvError(path, number, "header is not " + std::string(header));
            continue;
        }
        std::array<std::int64_t, count> fields{};
        if (line.empty())
            continue;
        if (!parseFields(line, fields) || fields[1] < -1 || fields[1] > INT32_MAX)
            return csvError(path, number, "not " + std::to_string(count) + " whole numbers");
        rows.push_back(fields);
    }
    return rows;
}

/// Labels of the table's rows. Every label needs its embedding.
Result<std::vector<MiningLabel>> readLabels(const std::string &path, const Rows &rowOf, std::size_t rows)
{
    const auto lines = readNumbers<3>(path, labelsHeader);
    if (!lines)
        return lines.error();
    std::vector<MiningLabel> labels(rows);
    std::int64_t absent = 0;
    for (const auto &[annotation, individual, group] : *lines) {
        const auto row = rowOf.find(annotation);
        if (row == rowOf.end())
            ++absent;
        else
            labels[static_cast<std::size_t>(row->second)] = {static_cast<std::int32_t>(individual), group};
    }
    if (absent > 0)
        return Error(ErrorCode::NotFound, {"embedding", std::to_string(absent) + " labelled annotations"});
    return labels;
}

Result<std::vector<Rejection>> readRejections(const std::string &path, const Rows &rowOf)
{
    std::vector<Rejection> rejections;
    if (path.empty())
        return rejections;
    const auto lines = readNumbers<2>(path, rejectedHeader);
    if (!lines)
        return lines.error();
    for (const auto &[annotation, individual] : *lines) {
        const auto row = rowOf.find(annotation);
        if (row == rowOf.end())
            return Error(ErrorCode::NotFound, {"embedding", std::to_string(annotation)});
        rejections.push_back({row->second, static_cast<std::int32_t>(individual)});
    }
    return rejections;
}

} // namespace

Result<std::string> runMining(const protocol::MineJob &job, std::stop_token stop)
{
    const Result<chips::EmbeddingTable> table = chips::readEmbeddings(job.embeddingsPath);
    if (!table)
        return table.error();
    const std::optional<NegativeChoice> choice = negativeChoiceNamed(job.miner);
    if (!choice)
        return Error(ErrorCode::InvalidArgument, {"miner", job.miner, "hardest, sample, semi_hard, centroid"});
    Rows rowOf;
    for (std::size_t row = 0; row < table->count(); ++row)
        rowOf.emplace(table->ids[row].value, static_cast<std::int64_t>(row));
    const Result<std::vector<MiningLabel>> labels = readLabels(job.labelsPath, rowOf, table->count());
    if (!labels)
        return labels.error();
    const Result<std::vector<Rejection>> rejections = readRejections(job.rejectedPath, rowOf);
    if (!rejections)
        return rejections.error();
    auto pairs = nearestOfRejected(*table, *labels, *rejections);
    if (!pairs)
        return pairs.error();
    const MiningOptions options{*choice, job.count, job.sample, job.seed, std::move(*pairs)};
    const Result<std::vector<Triplet>> triplets = mineTriplets(*table, *labels, options, std::move(stop));
    if (!triplets)
        return triplets.error();
    if (triplets->empty())
        return Error(ErrorCode::NothingToDo, {"individuals with two photos of different groups"});
    const auto idOf = [&table](std::int64_t row) { return table->ids[static_cast<std::size_t>(row)].value; };
    if (const Result<void> written = writeFileAtomically(job.outputPath, tripletCsv(*triplets, idOf)); !written)
        return written.error();
    return nlohmann::json{{"count", triplets->size()}}.dump();
}

} // namespace flukeprint::learning
