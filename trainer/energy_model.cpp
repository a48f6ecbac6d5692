#include "trainer/energy_model.h"

#include <vector>

#include "nas/operation.h"
#include "trainer/execution_plan.h"
#include "trainer/recompute_plan.h"

namespace nas {
namespace {

constexpr double kPico = 1e-12;
constexpr double kProductFp32 = 3.7 * kPico;
constexpr double kProductShort = 1.1 * kPico;  // of fp16; bf16 and tf32 have no longer mantissas
constexpr double kSumFp32 = 0.9 * kPico;
constexpr double kWeightBytes = 4;
/// Of a backward pass, in forward passes: gradients of inputs and of weights.
constexpr double kBackward = 2;

}  // namespace

NetworkWork network_work(const Network& network, Phase phase) {
  const ExecutionPlan plan = make_execution_plan(network, phase);
  const std::vector<StepMemory> memory = step_memory(network, plan);
  NetworkWork work;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    work.moved += static_cast<double>(memory[i].work_bytes) / static_cast<double>(kBytesPerElement);
    const Node& node = network.nodes[static_cast<std::size_t>(plan.steps[i].node)];
    if (node.op == Op::Zero) continue;
    const Operation& row = operation(node.op);
    std::vector<Shape> inputs;
    for (const std::int32_t input : plan.steps[i].inputs) inputs.push_back(network.shape_of(input));
    work.macs += static_cast<double>(row.macs(node.attributes, inputs, node.shape));
    work.weights += static_cast<double>(row.params(node.attributes, inputs));
  }
  return work;
}

EnergyConstants energy_constants(const EnergyOptions& energy, std::string_view precision) {
  EnergyConstants constants{.byte_joules = energy.byte_pj * kPico, .static_watts = energy.static_watts};
  const double product = precision == "fp32" ? kProductFp32 : kProductShort;
  constants.mac_joules = energy.mac_pj == EnergyOptions::kByPrecision ? product + kSumFp32 : energy.mac_pj * kPico;
  if (precision == "bf16" || precision == "fp16") constants.element_bytes = 2;
  return constants;
}

Energy modelled_inference(const NetworkWork& work, const EnergyConstants& constants, std::int64_t batch,
                          double seconds) {
  const auto records = static_cast<double>(batch);
  const double bytes = work.moved * constants.element_bytes + work.weights * kWeightBytes / records;
  const double joules = work.macs * constants.mac_joules + bytes * constants.byte_joules;
  return {joules, joules + constants.static_watts * seconds / records};
}

Energy modelled_training(const NetworkWork& work, const EnergyConstants& constants, const TrainingAmount& amount) {
  const double passes = amount.records * (1 + kBackward + amount.recomputed_share);
  const double activations = passes * work.moved * constants.element_bytes;
  // Of each part of a batch: read forward, read backward, gradient written.
  const double of_passes = amount.steps * amount.micro_batches * (3 + amount.recomputed_share);
  const double of_steps = amount.steps * (3 + 2 * amount.states);
  const double bytes = activations + (of_passes + of_steps) * work.weights * kWeightBytes;
  const double joules = passes * work.macs * constants.mac_joules + bytes * constants.byte_joules;
  return {joules, joules + constants.static_watts * amount.seconds};
}

int optimizer_states(const TrainingOptions& training) {
  int states = 0;
  if (training.optimizer == "adamw") states += 2;
  if (training.optimizer == "rmsprop") states += 1;
  if (training.optimizer != "adamw" && training.momentum > 0) states += 1;
  return training.ema_decay > 0 ? states + 1 : states;
}

}  // namespace nas
