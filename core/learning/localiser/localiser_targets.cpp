#include "core/learning/localiser/localiser_targets.h"

#include "core/base/atomic_file.h"
#include "core/learning/localiser/localiser_network.h"

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include <cmath>
#include <cstring>

namespace flukeprint::learning {

namespace {

constexpr std::int64_t side = LocaliserNetworkImpl::inputSidePx;

std::optional<std::array<float, 4>> cornersOf(const nlohmann::json &box)
{
    constexpr float furthest = 2; // a fluke may reach beyond the photo, but not by far
    const auto corners = box.get<std::array<float, 4>>();
    for (const float corner : corners) {
        if (!(corner >= 1 - furthest && corner <= furthest))
            return std::nullopt;
    }
    if (!(corners[0] < corners[2] && corners[1] < corners[3]))
        return std::nullopt;
    return corners;
}

LocaliserTarget targetOf(const nlohmann::json &object)
{
    LocaliserTarget target;
    target.id = AnnotationId(object.at("id").get<std::int64_t>());
    target.fluke = object.value("fluke", true);
    target.heldOut = object.value("held_out", false);
    if (object.contains("box")) {
        target.corners = cornersOf(object["box"]);
        if (!target.corners || !target.fluke)
            throw nlohmann::json::other_error::create(501, "box", nullptr);
    }
    return target;
}

} // namespace

Result<std::vector<LocaliserTarget>> readLocaliserTargets(const std::filesystem::path &path)
{
    const Result<std::string> content = readFile(path);
    if (!content)
        return content.error();
    std::vector<LocaliserTarget> targets;
    try {
        const auto array = nlohmann::json::parse(*content);
        if (!array.is_array())
            return Error(ErrorCode::DataDamaged, {path.string(), "not an array"});
        for (const nlohmann::json &object : array)
            targets.push_back(targetOf(object));
    } catch (const nlohmann::json::exception &) {
        return Error(ErrorCode::DataDamaged, {path.string(), "target " + std::to_string(targets.size() + 1)});
    }
    return targets;
}

Result<LocaliserData> LocaliserData::create(const chips::ChipPackReader &pack, std::vector<LocaliserTarget> targets)
{
    constexpr auto sidePx = static_cast<std::uint32_t>(side);
    const std::string size = std::to_string(pack.shape().widthPx) + "x" + std::to_string(pack.shape().heightPx);
    if (pack.shape() != chips::ChipShape{sidePx, sidePx, 3})
        return Error(ErrorCode::InvalidArgument, {"photos", size, std::to_string(side) + "x" + std::to_string(side) + ", RGB"});
    LocaliserData data;
    const auto count = static_cast<std::int64_t>(targets.size());
    torch::Tensor interleaved = torch::empty({count, side, side, 3}, torch::kUInt8);
    data.m_corners = torch::zeros({count, 4}, torch::kFloat);
    for (std::int64_t row = 0; row < count; ++row) {
        const LocaliserTarget &target = targets[static_cast<std::size_t>(row)];
        const auto index = pack.find(target.id);
        if (!index)
            return Error(ErrorCode::NotFound, {"photo", std::to_string(target.id.value)});
        const auto pixels = pack.chip(*index);
        std::memcpy(interleaved[row].data_ptr<std::uint8_t>(), pixels.data(), pixels.size());
        if (target.corners)
            std::memcpy(data.m_corners[row].data_ptr<float>(), target.corners->data(), sizeof(*target.corners));
        if (target.heldOut) {
            (target.fluke ? data.m_heldOutFlukes : data.m_heldOutOthers).push_back(row);
            if (target.corners)
                data.m_heldOutBoxed.push_back(row);
        } else {
            (target.corners ? data.m_boxed : target.fluke ? data.m_flukes : data.m_others).push_back(row);
        }
    }
    data.m_photos = interleaved.permute({0, 3, 1, 2}).contiguous();
    if (data.m_boxed.empty() || data.m_heldOutBoxed.empty())
        return Error(ErrorCode::InvalidArgument, {"boxes", std::to_string(data.m_boxed.size()) + " learnt from, "
                                                               + std::to_string(data.m_heldOutBoxed.size()) + " held out",
                                                  "at least one of each"});
    return data;
}

torch::Tensor LocaliserData::photos(std::span<const std::int64_t> rows) const
{
    return m_photos.index_select(0, torch::tensor(Rows(rows.begin(), rows.end()), torch::kLong)).to(torch::kFloat);
}

torch::Tensor LocaliserData::corners(std::span<const std::int64_t> rows) const
{
    return m_corners.index_select(0, torch::tensor(Rows(rows.begin(), rows.end()), torch::kLong));
}

} // namespace flukeprint::learning
