#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/chips/chip_pack.h"

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace flukeprint::learning {

/// What is known of one photo that a localiser learns from or is judged by.
struct LocaliserTarget
{
    AnnotationId id; ///< in the pack
    bool fluke = true; ///< false: the photo shows none
    bool heldOut = false; ///< never learnt from: for the choice of the threshold, and for the metrics
    std::optional<std::array<float, 4>> corners; ///< left, top, right, bottom as shares of the sides
};

/// Reads a JSON array of objects `{"id": 1, "fluke": true, "held_out": false, "box": [0.1, 0.2, 0.9, 0.8]}`, `box` where it is known.
/// Errors: FileNotFound, FileUnreadable, DataDamaged (with the position: no such array, a corner that is not within -1..2 or not
/// left of and above its opposite, a box of a photo without a fluke).
Result<std::vector<LocaliserTarget>> readLocaliserTargets(const std::filesystem::path &path);

/// Photos of a pack with their targets, in memory as bytes.
class LocaliserData
{
public:
    /// Errors: InvalidArgument (the pack's photos are of another size than the localiser's, no photo has both a box and is learnt from, no
    /// held-out box), NotFound (a target's photo is not in the pack).
    static Result<LocaliserData> create(const chips::ChipPackReader &pack, std::vector<LocaliserTarget> targets);

    using Rows = std::vector<std::int64_t>;
    [[nodiscard]] const Rows &boxed() const { return m_boxed; } ///< learnt from, with a box
    [[nodiscard]] const Rows &flukes() const { return m_flukes; } ///< learnt from, without a box
    [[nodiscard]] const Rows &others() const { return m_others; } ///< learnt from, no fluke
    [[nodiscard]] const Rows &heldOutBoxed() const { return m_heldOutBoxed; }
    [[nodiscard]] const Rows &heldOutFlukes() const { return m_heldOutFlukes; } ///< with and without a box
    [[nodiscard]] const Rows &heldOutOthers() const { return m_heldOutOthers; }

    /// Float [N, 3, side, side], 0..255.
    [[nodiscard]] torch::Tensor photos(std::span<const std::int64_t> rows) const;
    /// Float [N, 4]; zeros where unknown.
    [[nodiscard]] torch::Tensor corners(std::span<const std::int64_t> rows) const;

private:
    LocaliserData() = default;
    torch::Tensor m_photos; ///< uint8 [M, 3, side, side]
    torch::Tensor m_corners; ///< [M, 4]
    Rows m_boxed, m_flukes, m_others, m_heldOutBoxed, m_heldOutFlukes, m_heldOutOthers;
};

} // namespace flukeprint::learning
