#include "core/learning/localiser/locator.h"

#include "core/learning/embedding/embedder.h"

#include <torch/torch.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace flukeprint::learning {

namespace {

constexpr std::size_t batchSize = 32;
constexpr std::int64_t columns = 5;

} // namespace

Locator::Locator(LoadedLocaliser loaded, torch::Device device)
    : m_loaded(std::move(loaded))
    , m_device(device)
{
    m_loaded.network->eval();
    foldNorms(m_loaded.network->trunk());
    m_loaded.network->to(device);
    for (const auto &[convolution, norm] : m_loaded.network->trunk().convolutionNormPairs())
        convolution->weight.set_data(convolution->weight.contiguous(torch::MemoryFormat::ChannelsLast));
}

Result<chips::EmbeddingTable> Locator::locate(const chips::ChipPackReader &pack, const std::stop_token &stop,
                                              const std::function<bool()> &proceed)
{
    constexpr std::int64_t side = LocaliserNetworkImpl::inputSidePx;
    constexpr auto sidePx = static_cast<std::uint32_t>(side);
    if (pack.shape() != chips::ChipShape{sidePx, sidePx, 3})
        return Error(ErrorCode::InvalidArgument, {"photos", std::to_string(pack.shape().widthPx) + " px wide",
                                                  std::to_string(side) + "x" + std::to_string(side) + ", RGB"});
    const torch::NoGradGuard noGradient;
    chips::EmbeddingTable table;
    table.dimension = columns;
    const Normalisation centred{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
    for (std::size_t first = 0; first < pack.count(); first += batchSize) {
        if (stop.stop_requested() || (proceed && !proceed()))
            return Error(ErrorCode::Cancelled);
        const std::size_t count = std::min(batchSize, pack.count() - first);
        torch::Tensor bytes = torch::empty({static_cast<std::int64_t>(count), side, side, 3}, torch::kUInt8);
        for (std::size_t i = 0; i < count; ++i) {
            const auto pixels = pack.chip(first + i);
            std::memcpy(bytes.data_ptr<std::uint8_t>() + i * pixels.size(), pixels.data(), pixels.size());
            table.ids.push_back(pack.id(first + i));
        }
        const Locations found = m_loaded.network->forward(prepareChips(bytes.to(m_device), centred));
        const torch::Tensor rows = torch::cat({found.corners, torch::sigmoid(found.presence).unsqueeze(1)}, 1)
                                       .to(torch::kCPU, torch::kFloat).contiguous();
        table.vectors.insert(table.vectors.end(), rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel());
    }
    return table;
}

} // namespace flukeprint::learning
