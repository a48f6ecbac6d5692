// The metrics of energy of a training and of the network that came out of it.
#pragma once

#include "nas/candidate.h"
#include "trainer/energy_meter.h"
#include "trainer/energy_model.h"
#include "trainer/precision.h"
#include "trainer/torch_network.h"

namespace nas {

/// train_energy_joules and train_energy_gross_joules; nothing where `training.energy.source` is none. What a counter
/// found below its own noise is 0.
[[nodiscard]] Metrics train_energy_metrics(const Network& network, const TrainingOptions& training,
                                           std::string_view precision, const CountedEnergy& counted,
                                           const TrainingAmount& amount);

/// The other energy_metric_names(): runs passes on input of zeros for kInferenceWindows windows after a warm-up, or
/// computes. `meter`: null where the source is none or model.
[[nodiscard]] Metrics inference_energy_metrics(const TorchNetwork& module, const Network& network,
                                               const TrainingOptions& training, c10::Device device, EnergyMeter* meter);

}  // namespace nas
