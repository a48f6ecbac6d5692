// Where figures of energy come from on this machine: a source is settled once for a run, and who can't have it says so
// rather than take another. Needs no torch.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "nas/result.h"
#include "trainer/energy_counter.h"

namespace nas {

/// Where this machine has its counters.
struct EnergyPlaces {
  std::filesystem::path powercap = "/sys/class/powercap";
  std::string nvml = "libnvidia-ml.so.1";
  unsigned own_processes = 1;  // of the caller's, that compute on the GPU: a trainer's; 0 for who only looks
};
/// With NAS_POWERCAP and NAS_NVML of the environment: containers may see them elsewhere.
[[nodiscard]] EnergyPlaces energy_places();

/// nvml or rapl: read by a counter; model and none are not.
[[nodiscard]] bool is_counted(std::string_view source);

/// The counter of `source` (nvml or rapl) for a trainer on this GPU (as open_nvml has it; empty: the CPU). Error: there
/// is none that counts what the trainer does.
[[nodiscard]] Result<std::unique_ptr<EnergyCounter>> open_energy_counter(std::string_view source,
                                                                         const std::string& gpu,
                                                                         const EnergyPlaces& places);

/// What `auto` is for a trainer on this GPU (empty: the CPU) that is alone with its counter: its counter if it opens,
/// else the model.
[[nodiscard]] std::string best_energy_source(const std::string& gpu, const EnergyPlaces& places);

/// "the processor's counters (RAPL)", for a person.
[[nodiscard]] std::string_view describe_energy_source(std::string_view source);

}  // namespace nas
