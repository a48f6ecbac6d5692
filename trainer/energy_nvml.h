// The energy counter of an NVIDIA board, by the driver's library NVML, which is loaded, never linked: its header and
// library come with a driver, not with the toolkit.
#pragma once

#include <memory>
#include <string>

#include "nas/result.h"
#include "trainer/energy_counter.h"

namespace nas {

/// `library`: a path, or a name that the loader finds. `device`: a PCI bus id ("00000000:3B:00.0"), an index in NVML's
/// order, or a word of CUDA_VISIBLE_DEVICES that begins with "GPU-". The counter is the whole board's (Volta and
/// later), in millijoules, about every 100 ms. Error: no library or device, one without a counter, a part of a board
/// (MIG), or more than `own_processes` (of the caller: 0 or 1) at work on it.
[[nodiscard]] Result<std::unique_ptr<EnergyCounter>> open_nvml(const std::string& library, const std::string& device,
                                                               unsigned own_processes = 1);

}  // namespace nas
