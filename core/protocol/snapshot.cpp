#include "core/protocol/snapshot.h"

#include "core/base/atomic_file.h"

#include <nlohmann/json.hpp>

#include <array>
#include <string_view>

namespace flukeprint::protocol {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> roleNames = {"train", "negative", "validation", "new_calibration"};

SampleRole roleFromName(const std::string &name)
{
    for (std::size_t i = 0; i < roleNames.size(); ++i) {
        if (roleNames[i] == name)
            return static_cast<SampleRole>(i);
    }
    throw json::other_error::create(501, "unknown role " + name, nullptr);
}

Snapshot fromJson(const json &object)
{
    Snapshot snapshot;
    snapshot.hash = object.at("hash").get<std::string>();
    snapshot.seed = object.at("seed").get<std::uint64_t>();
    snapshot.splitName = object.at("split").get<std::string>();
    snapshot.individuals = object.at("individuals").get<std::vector<std::string>>();
    const auto individualCount = static_cast<std::int32_t>(snapshot.individuals.size());
    for (const json &row : object.at("items")) {
        SnapshotItem item;
        item.annotation = AnnotationId(row.at(0).get<std::int64_t>());
        item.individual = row.at(1).get<std::int32_t>();
        item.role = roleFromName(row.at(2).get<std::string>());
        item.group = row.at(3).get<std::int64_t>();
        if (item.individual < -1 || item.individual >= individualCount)
            throw json::other_error::create(501, "individual index out of range", nullptr);
        snapshot.items.push_back(item);
    }
    // Snapshots of earlier versions have none.
    for (const json &row : object.value("rejections", json::array())) {
        const SnapshotRejection rejection{AnnotationId(row.at(0).get<std::int64_t>()), row.at(1).get<std::int32_t>()};
        if (rejection.individual < 0 || rejection.individual >= individualCount)
            throw json::other_error::create(501, "individual index out of range", nullptr);
        snapshot.rejections.push_back(rejection);
    }
    return snapshot;
}

} // namespace

Result<void> writeSnapshot(const std::filesystem::path &path, const Snapshot &snapshot)
{
    json items = json::array();
    for (const SnapshotItem &item : snapshot.items)
        items.push_back({item.annotation.value, item.individual, roleNames.at(static_cast<std::size_t>(item.role)), item.group});
    json rejections = json::array();
    for (const SnapshotRejection &rejection : snapshot.rejections)
        rejections.push_back({rejection.annotation.value, rejection.individual});
    const json object = {{"format", "flukeprint-snapshot-1"},
                         {"hash", snapshot.hash},
                         {"seed", snapshot.seed},
                         {"split", snapshot.splitName},
                         {"individuals", snapshot.individuals},
                         {"item_columns", {"annotation", "individual", "role", "group"}},
                         {"items", std::move(items)},
                         {"rejections", std::move(rejections)}};
    return writeFileAtomically(path, object.dump() + "\n");
}

Result<Snapshot> readSnapshot(const std::filesystem::path &path)
{
    const Result<std::string> content = readFile(path);
    if (!content)
        return content.error();
    try {
        return fromJson(json::parse(*content));
    } catch (const json::exception &exception) {
        return Error(ErrorCode::DataDamaged, {path.string(), exception.what()});
    }
}

} // namespace flukeprint::protocol
