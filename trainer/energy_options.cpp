#include "trainer/energy_options.h"

namespace nas {
namespace {
constexpr double kMostRecords = 65'536;
constexpr double kMostPicojoules = 1e9;
constexpr double kMostWatts = 1e5;
}  // namespace

Options energy_rows(EnergyOptions& energy) {
  return {
      {.name = "energy",
       .target = &energy.source,
       .help =
           "metrics train_energy_joules, inference_energy_joules, with gross ones, by the GPU's counter (nvml), the "
           "processor's (rapl), or computed from operations and bytes (model); auto: the first of them that every "
           "worker can have, settled when a run begins (docs/energy.md)",
       .choices = {"none", "auto", "nvml", "rapl", "model"}},
      {.name = "energy_batch",
       .target = &energy.batch,
       .help = "records of a pass whose energy inference_energy_joules is a record's share of",
       .min = 1,
       .max = kMostRecords},
      {.name = "energy_mac_pj",
       .target = &energy.mac_pj,
       .help =
           "energy: model: picojoules of a multiply-accumulate; auto: 4.6 of fp32, 2.0 of tf32, bf16 and fp16, which "
           "add in fp32 (Horowitz 2014, 45 nm)",
       .min = 0,
       .max = kMostPicojoules,
       .word = "auto",
       .word_value = EnergyOptions::kByPrecision},
      {.name = "energy_byte_pj",
       .target = &energy.byte_pj,
       .help =
           "energy: model: picojoules of a byte that is read from memory or written there (Horowitz 2014: 1.3 to 2.6 "
           "nJ for 64 bits)",
       .min = 0,
       .max = kMostPicojoules},
      {.name = "energy_static_watts",
       .target = &energy.static_watts,
       .help = "energy: model: what the device draws when idle; times seconds it is in the gross figures alone",
       .min = 0,
       .max = kMostWatts},
  };
}

std::vector<std::string> energy_metric_names(const EnergyOptions& energy) {
  if (energy.source == "none") return {};
  return {"train_energy_joules",           "train_energy_gross_joules",      "inference_energy_joules",
          "inference_energy_gross_joules", "inference_energy_spread_joules", "idle_watts"};
}

}  // namespace nas
