#pragma once

namespace flukeprint::learning {

/// Whether this CPU has AMX tiles for bfloat16.
[[nodiscard]] bool cpuHasBfloat16Tiles();

/// Whether this CPU multiplies bfloat16 numbers in hardware (AMX tiles or AVX-512 BF16), which is where reduced precision can pay.
/// False where /proc/cpuinfo does not tell.
[[nodiscard]] bool cpuMultipliesBfloat16();

} // namespace flukeprint::learning
