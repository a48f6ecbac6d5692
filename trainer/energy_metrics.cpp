#include "trainer/energy_metrics.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "nas/check.h"
#include "trainer/latency.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;

Metrics inference_metrics(double joules, double gross_joules, double spread, double idle_watts) {
  return {{"inference_energy_joules", std::max(joules, 0.0)},
          {"inference_energy_gross_joules", gross_joules},
          {"inference_energy_spread_joules", spread},
          {"idle_watts", idle_watts}};
}

Metrics modelled_metrics(const TorchNetwork& module, const Network& network, const TrainingOptions& training,
                         Precision precision, c10::Device device) {
  const EnergyConstants constants = energy_constants(training.energy, to_string(precision));
  const std::int64_t batch = training.energy.batch;
  // Time is measured only where it counts.
  const double seconds = constants.static_watts == 0
                             ? 0
                             : measure_latency(module, network.shape_of(0), batch, precision, device).median_ms / 1e3;
  const Energy energy = modelled_inference(network_work(network, Phase::Inference), constants, batch, seconds);
  return inference_metrics(energy.joules, energy.gross_joules, 0, constants.static_watts);
}

/// The use of one record in a window of passes.
EnergyUse window_of_passes(const TorchNetwork& module, const at::Tensor& input, Precision precision,
                           EnergyMeter& meter) {
  meter.begin();
  const Clock::time_point start = Clock::now();
  double passes = 0;
  do {
    (void)forward_in(precision, module, input, Mode::Evaluation);
    ++passes;
  } while (std::chrono::duration<double>(Clock::now() - start).count() < meter.window());
  const EnergyUse use = meter.end();
  const double records = passes * static_cast<double>(input.size(0));
  return {use.gross_joules / records, use.seconds / records};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}
static_assert(kInferenceWindows % 2 == 1, "the median is one of them");

}  // namespace

Metrics train_energy_metrics(const Network& network, const TrainingOptions& training, std::string_view precision,
                             const CountedEnergy& counted, const TrainingAmount& amount) {
  if (training.energy.source == "none") return {};
  Energy energy{std::max(counted.net_joules, 0.0), counted.gross_joules};
  if (training.energy.source == "model") {
    energy =
        modelled_training(network_work(network, Phase::Training), energy_constants(training.energy, precision), amount);
  }
  return {{"train_energy_joules", energy.joules}, {"train_energy_gross_joules", energy.gross_joules}};
}

Metrics inference_energy_metrics(const TorchNetwork& module, const Network& network, const TrainingOptions& training,
                                 c10::Device device, EnergyMeter* meter) {
  if (training.energy.source == "none") return {};
  const Precision precision = choose_precision(training.precision, device);
  if (training.energy.source == "model") return modelled_metrics(module, network, training, precision, device);
  NAS_CHECK(meter != nullptr, "energy is measured by a meter");
  const at::NoGradGuard no_grad;
  const at::Tensor input = zero_batch(network.shape_of(0), training.energy.batch, device);
  for (int i = 0; i < kWarmUpPasses; ++i) (void)forward_in(precision, module, input, Mode::Evaluation);
  std::vector<double> net;
  std::vector<double> gross;
  for (int i = 0; i < kInferenceWindows; ++i) {
    const EnergyUse record = window_of_passes(module, input, precision, *meter);
    net.push_back(net_joules(record, meter->idle_watts()));
    gross.push_back(record.gross_joules);
  }
  const auto [least, most] = std::ranges::minmax(net);
  return inference_metrics(median(net), median(gross), most - least, meter->idle_watts());
}

}  // namespace nas
