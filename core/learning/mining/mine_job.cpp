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

Error csvError(const std::string &path, std::int64_t line, const std::string &what)
{
    return Error(ErrorCode::CsvInvalid, {path, std::to_string(line), what});
}

bool parseFields(std::string_view line, std::array<std::int64_t, 3> &fields)
{
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const bool last = i + 1 == fields.size();
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

using Labels = std::unordered_map<std::int64_t, MiningLabel>;

Result<Labels> readLabels(const std::string &path)
{
    const Result<std::string> content = readFile(path);
    if (!content)
        return content.error();
    Labels labels;
    std::string_view rest = *content;
    for (std::int64_t number = 1; !rest.empty(); ++number) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (number == 1) {
            if (line != labelsHeader)
                return csvError(path, number, "header is not " + std::string(labelsHeader));
            continue;
        }
        std::array<std::int64_t, 3> fields{};
        if (line.empty())
            continue;
        if (!parseFields(line, fields) || fields[1] < -1 || fields[1] > INT32_MAX)
            return csvError(path, number, "not three whole numbers");
        labels[fields[0]] = {static_cast<std::int32_t>(fields[1]), fields[2]};
    }
    return labels;
}

} // namespace

Result<std::string> runMining(const protocol::MineJob &job, std::stop_token stop)
{
    const Result<chips::EmbeddingTable> table = chips::readEmbeddings(job.embeddingsPath);
    if (!table)
        return table.error();
    Result<Labels> labels = readLabels(job.labelsPath);
    if (!labels)
        return labels.error();
    std::vector<MiningLabel> ofRows(table->count());
    std::size_t used = 0;
    for (std::size_t row = 0; row < table->count(); ++row) {
        const auto label = labels->find(table->ids[row].value);
        if (label == labels->end())
            continue;
        ofRows[row] = label->second;
        ++used;
    }
    if (used < labels->size())
        return Error(ErrorCode::NotFound, {"embedding", std::to_string(labels->size() - used) + " labelled annotations"});
    const Result<std::vector<Triplet>> triplets = mineHardestTriplets(*table, ofRows, job.count, std::move(stop));
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
