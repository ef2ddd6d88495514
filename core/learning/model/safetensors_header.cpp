#include "core/learning/model/safetensors_header.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace flukeprint::learning {

namespace {

using Json = nlohmann::json;

struct TypeRow
{
    TensorType type;
    std::string_view name;
    std::size_t size;
};
constexpr auto typeTable = std::to_array<TypeRow>({
    {TensorType::Bool, "BOOL", 1},
    {TensorType::U8, "U8", 1},
    {TensorType::I8, "I8", 1},
    {TensorType::I16, "I16", 2},
    {TensorType::I32, "I32", 4},
    {TensorType::I64, "I64", 8},
    {TensorType::F16, "F16", 2},
    {TensorType::BF16, "BF16", 2},
    {TensorType::F32, "F32", 4},
    {TensorType::F64, "F64", 8},
});

const TypeRow &rowOf(TensorType type)
{
    return typeTable[static_cast<std::size_t>(type)];
}

std::optional<std::uint64_t> multiplied(std::uint64_t a, std::uint64_t b)
{
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product))
        return std::nullopt;
    return product;
}

/// Parses with a limit on nesting and an eye on keys that stand twice, which the JSON library would silently drop.
Json parseStrictly(const std::string &text, std::string &duplicate)
{
    std::set<std::string> names;
    const auto watch = [&](int depth, Json::parse_event_t event, Json &parsed) {
        if (event == Json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second)
            duplicate = parsed.get<std::string>();
        return true;
    };
    return Json::parse(text, watch, false);
}

/// One tensor's description; null when it is sound, else what is wrong with it.
class EntryParser
{
public:
    std::optional<std::string> parse(const std::string &name, const Json &json)
    {
        entry.name = name;
        if (!json.is_object())
            return "not an object";
        for (auto problem : {parseType(json), parseShape(json), parseOffsets(json)}) {
            if (problem)
                return problem;
        }
        std::uint64_t expected = rowOf(entry.type).size;
        for (const std::int64_t side : entry.shape) {
            const auto product = multiplied(expected, static_cast<std::uint64_t>(side));
            if (!product)
                return "its size overflows";
            expected = *product;
        }
        if (expected != entry.byteCount)
            return std::to_string(entry.byteCount) + " bytes where its shape needs " + std::to_string(expected);
        return std::nullopt;
    }

    TensorEntry entry;

private:
    std::optional<std::string> parseType(const Json &json)
    {
        const auto type = json.find("dtype");
        if (type == json.end() || !type->is_string())
            return "no dtype";
        const auto row = std::find_if(typeTable.begin(), typeTable.end(), [&](const TypeRow &candidate) {
            return candidate.name == type->get_ref<const std::string &>();
        });
        if (row == typeTable.end())
            return "unknown dtype " + type->get<std::string>();
        entry.type = row->type;
        return std::nullopt;
    }

    std::optional<std::string> parseShape(const Json &json)
    {
        constexpr std::size_t mostDimensions = 16;
        const auto shape = json.find("shape");
        if (shape == json.end() || !shape->is_array() || shape->size() > mostDimensions)
            return "no shape";
        for (const Json &side : *shape) {
            if (!side.is_number_unsigned() || side.get<std::uint64_t>() > INT64_MAX)
                return "a side that is no size";
            entry.shape.push_back(side.get<std::int64_t>());
        }
        return std::nullopt;
    }

    std::optional<std::string> parseOffsets(const Json &json)
    {
        const auto offsets = json.find("data_offsets");
        if (offsets == json.end() || !offsets->is_array() || offsets->size() != 2 || !(*offsets)[0].is_number_unsigned()
            || !(*offsets)[1].is_number_unsigned())
            return "no data_offsets";
        const auto begin = (*offsets)[0].get<std::uint64_t>();
        const auto end = (*offsets)[1].get<std::uint64_t>();
        if (begin > end)
            return "data_offsets run backwards";
        entry.offset = begin;
        entry.byteCount = end - begin;
        return std::nullopt;
    }
};

/// Tensors must cover the data exactly once.
Result<void> checkCoverage(const std::vector<TensorEntry> &tensors, std::uint64_t dataBytes, const std::string &path)
{
    std::vector<const TensorEntry *> ordered;
    for (const TensorEntry &entry : tensors)
        ordered.push_back(&entry);
    std::sort(ordered.begin(), ordered.end(), [](const TensorEntry *a, const TensorEntry *b) {
        return a->offset != b->offset ? a->offset < b->offset : a->byteCount < b->byteCount;
    });
    std::uint64_t position = 0;
    for (const TensorEntry *entry : ordered) {
        if (entry->offset < position)
            return Error(ErrorCode::TensorInvalid, {path, entry->name, "overlaps another tensor"});
        if (entry->offset > position)
            return Error(ErrorCode::TensorInvalid, {path, entry->name, "a gap lies before it"});
        position = entry->offset + entry->byteCount;
    }
    if (position > dataBytes)
        return Error(ErrorCode::FileTruncated, {path});
    if (position < dataBytes)
        return Error(ErrorCode::DataDamaged,
                     {path, std::to_string(dataBytes - position) + " bytes after the last tensor"});
    return {};
}

Result<std::map<std::string, std::string>> parseMetadata(const Json &json, const std::string &path)
{
    std::map<std::string, std::string> metadata;
    if (!json.is_object())
        return Error(ErrorCode::DataDamaged, {path, "metadata is not an object"});
    for (const auto &[key, value] : json.items()) {
        if (!value.is_string())
            return Error(ErrorCode::DataDamaged, {path, "metadata value of " + key + " is not a string"});
        metadata[key] = value.get<std::string>();
    }
    return metadata;
}

} // namespace

std::string tensorTypeName(TensorType type)
{
    return std::string(rowOf(type).name);
}
std::size_t tensorTypeSize(TensorType type)
{
    return rowOf(type).size;
}

std::int64_t TensorEntry::elementCount() const
{
    std::int64_t count = 1;
    for (const std::int64_t side : shape)
        count *= side;
    return count;
}

Result<SafetensorsHeader> parseSafetensorsHeader(const std::string &text, std::uint64_t dataBytes,
                                                 const std::string &path)
{
    std::string duplicate;
    // A file of another kind must not reach the JSON parser: its first bytes can say anything.
    if (text.empty() || text.front() != '{')
        return Error(ErrorCode::DataDamaged, {path, "no safetensors header"});
    const Json json = parseStrictly(text, duplicate);
    if (json.is_discarded() || !json.is_object())
        return Error(ErrorCode::DataDamaged, {path, "the header is not valid JSON in UTF-8"});
    if (!duplicate.empty())
        return Error(ErrorCode::TensorInvalid, {path, duplicate, "stands twice"});

    SafetensorsHeader header;
    for (const auto &[name, value] : json.items()) {
        if (name == metadataKey) {
            auto metadata = parseMetadata(value, path);
            if (!metadata)
                return metadata.error();
            header.metadata = std::move(metadata).value();
            continue;
        }
        EntryParser parser;
        if (const auto problem = parser.parse(name, value))
            return Error(ErrorCode::TensorInvalid, {path, name, *problem});
        header.tensors.push_back(std::move(parser.entry));
    }
    std::sort(header.tensors.begin(), header.tensors.end(),
              [](const TensorEntry &a, const TensorEntry &b) { return a.name < b.name; });
    if (Result<void> covered = checkCoverage(header.tensors, dataBytes, path); !covered)
        return covered.error();
    return header;
}

Result<std::string> formatSafetensorsHeader(const std::vector<TensorToWrite> &tensors,
                                            const std::map<std::string, std::string> &metadata)
{
    constexpr std::size_t alignment = 8;
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    if (!metadata.empty())
        json[std::string(metadataKey)] = metadata;
    std::uint64_t offset = 0;
    for (const TensorToWrite &tensor : tensors) {
        json[tensor.name] = {{"dtype", rowOf(tensor.type).name},
                             {"shape", tensor.shape},
                             {"data_offsets", {offset, offset + tensor.data.size()}}};
        offset += tensor.data.size();
    }
    try {
        std::string text = json.dump();
        text.append((alignment - text.size() % alignment) % alignment, ' ');
        return text;
    } catch (const nlohmann::json::exception &problem) {
        return Error(ErrorCode::InvalidArgument, {"metadata", "", "UTF-8"}, problem.what());
    }
}

} // namespace flukeprint::learning
