#pragma once

#include "core/base/result.h"
#include "core/chips/chip_pack.h"
#include "core/chips/embedding_file.h"
#include "core/learning/localiser/localiser_network.h"

#include <torch/types.h>

#include <functional>
#include <stop_token>

namespace flukeprint::learning {

/// A localiser ready for work on one device, its norms folded. Not thread-safe.
class Locator
{
public:
    Locator(LoadedLocaliser loaded, torch::Device device);

    /// One row a photo in the pack's order: left, top, right, bottom as shares of the sides, and the probability of a fluke. Errors:
    /// InvalidArgument (a pack of another size), Cancelled.
    Result<chips::EmbeddingTable> locate(const chips::ChipPackReader &pack, const std::stop_token &stop,
                                         const std::function<bool()> &proceed = {});
    [[nodiscard]] const LocaliserInfo &info() const { return m_loaded.info; }

private:
    LoadedLocaliser m_loaded;
    torch::Device m_device;
};

} // namespace flukeprint::learning
