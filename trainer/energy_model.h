// Energy by calculation, for machines without a counter: multiply-accumulates and bytes moved, each times a constant
// (Horowitz 2014, Computing's Energy Problem, and What We Can Do About It; the form is that of Sze et al. 2017,
// Efficient Processing of Deep Neural Networks). It orders networks; it is no measurement. Needs no torch.
#pragma once

#include <cstdint>
#include <string_view>

#include "nas/network.h"
#include "trainer/training_options.h"

namespace nas {

/// Of one forward pass of one record, by what really runs: nothing for names, zero summands and repetitions.
struct NetworkWork {
  double macs = 0;
  double moved = 0;    // elements that operations read and write
  double weights = 0;  // elements, once a pass whatever the batch
  bool operator==(const NetworkWork&) const = default;
};
[[nodiscard]] NetworkWork network_work(const Network& network, Phase phase);

struct EnergyConstants {
  double mac_joules = 0;
  double byte_joules = 0;
  double static_watts = 0;
  double element_bytes = 4;  // of activations; weights have 4
  bool operator==(const EnergyConstants&) const = default;
};
/// `precision`: fp32, tf32, bf16 or fp16. Adding is in fp32 with all of them: 0.9 pJ, and 3.7 pJ for a product of fp32,
/// 1.1 pJ for one of shorter mantissas.
[[nodiscard]] EnergyConstants energy_constants(const EnergyOptions& energy, std::string_view precision);

struct Energy {
  double joules = 0;
  double gross_joules = 0;  // with static_watts times the time
  bool operator==(const Energy&) const = default;
};

/// Of one record in a pass of `batch` that takes `seconds`.
[[nodiscard]] Energy modelled_inference(const NetworkWork& work, const EnergyConstants& constants, std::int64_t batch,
                                        double seconds);

/// What a training did.
struct TrainingAmount {
  double records = 0;           // over all epochs
  double steps = 0;             // of the optimiser
  double seconds = 0;           // of the steps
  double recomputed_share = 0;  // of the forward pass
  double micro_batches = 1;     // in each step
  double states = 0;            // numbers that the optimiser keeps for each weight
};
/// A backward pass is twice a forward pass. Weights are read forward and backward, gradients written; a step reads the
/// gradient, and reads and writes each weight and each of its states.
[[nodiscard]] Energy modelled_training(const NetworkWork& work, const EnergyConstants& constants,
                                       const TrainingAmount& amount);

/// Numbers that the optimiser (and the average of weights) keeps for each weight.
[[nodiscard]] int optimizer_states(const TrainingOptions& training);

}  // namespace nas
