// Whose figures of energy a training reports: the keys `energy...` of `training:`. Needs no torch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/option.h"

namespace nas {

struct EnergyOptions {
  std::string source = "none";  // or auto, nvml, rapl, model
  std::int64_t batch = 1;       // records of a pass of the measured inference
  double mac_pj = kByPrecision;
  /// Of main memory: the middle of the 1.3 to 2.6 nJ for 64 bits in Horowitz 2014, Computing's Energy Problem.
  double byte_pj = 243.75;
  double static_watts = 0;

  static constexpr std::int64_t kByPrecision = -1;  // 0 is a cost too
  bool operator==(const EnergyOptions&) const = default;
};

/// Rows bound to this object's fields.
[[nodiscard]] Options energy_rows(EnergyOptions& energy);

/// Metrics that are there where a source is named, in joules (idle_watts: in watts):
/// - train_energy_joules: of the training steps, what the device draws when idle taken off
/// - train_energy_gross_joules: the same with it
/// - inference_energy_joules, inference_energy_gross_joules: of one record, in passes of `batch` of the trained
///   network; median of kInferenceWindows windows
/// - inference_energy_spread_joules: largest less smallest of the windows
/// - idle_watts: what was taken off
/// Empty where the source is none.
[[nodiscard]] std::vector<std::string> energy_metric_names(const EnergyOptions& energy);
inline constexpr int kInferenceWindows = 3;

}  // namespace nas
