#include "trainer/energy_source.h"

#include <fmt/format.h>

#include <cstdlib>

#include "trainer/energy_nvml.h"
#include "trainer/energy_rapl.h"

namespace nas {

EnergyPlaces energy_places() {
  EnergyPlaces places;
  if (const char* const folder = std::getenv("NAS_POWERCAP")) places.powercap = folder;
  if (const char* const library = std::getenv("NAS_NVML")) places.nvml = library;
  return places;
}

bool is_counted(std::string_view source) { return source == "nvml" || source == "rapl"; }

Result<std::unique_ptr<EnergyCounter>> open_energy_counter(std::string_view source, const std::string& gpu,
                                                           const EnergyPlaces& places) {
  if (source == "nvml" && gpu.empty()) {
    return Error{"training is on the CPU, which NVML does not count, take energy: rapl or model"};
  }
  if (source == "rapl" && !gpu.empty()) {
    return Error{"training is on a GPU, which RAPL does not count, take energy: nvml or model"};
  }
  return source == "nvml" ? open_nvml(places.nvml, gpu, places.own_processes) : open_rapl(places.powercap);
}

std::string best_energy_source(const std::string& gpu, const EnergyPlaces& places) {
  const std::string counted = gpu.empty() ? "rapl" : "nvml";
  return open_energy_counter(counted, gpu, places).ok() ? counted : "model";
}

std::string_view describe_energy_source(std::string_view source) {
  if (source == "nvml") return "the GPU's counter (NVML)";
  if (source == "rapl") return "the processor's counters (RAPL)";
  if (source == "model") return "a model of operations and bytes, not measured";
  return "no source";
}

}  // namespace nas
