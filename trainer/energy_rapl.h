// The processor's energy counters (Intel's Running Average Power Limit; AMD's of the same name) as Linux shows them
// below /sys/class/powercap: whole packages, and memory where it is counted.
#pragma once

#include <filesystem>
#include <memory>

#include "nas/result.h"
#include "trainer/energy_counter.h"

namespace nas {

/// Sums the zones `package-*` and `dram` of `root`; cores and graphics are parts of packages, psys has them in it. Who
/// holds it is alone: the counters cannot tell one training from another. Error: no counters, they can't be read by
/// this user, or somebody else holds them.
[[nodiscard]] Result<std::unique_ptr<EnergyCounter>> open_rapl(const std::filesystem::path& root);

}  // namespace nas
