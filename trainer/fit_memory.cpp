#include "trainer/fit_memory.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "trainer/energy_model.h"

namespace nas {
namespace {

std::vector<StepMemory> steps_of(const Network& network) {
  return step_memory(network, make_execution_plan(network, Phase::Training));
}

/// Numbers kept for each weight: itself, its gradient, and what the optimiser has.
int copies_of_weights(const TrainingOptions& training) { return 2 + optimizer_states(training); }

std::int64_t micro_batch(const TrainingOptions& training, std::int64_t parts) {
  return (training.batch_size + parts - 1) / parts;
}

/// Beside activations.
std::int64_t fixed_bytes(const Network& network, const TrainingOptions& training) {
  const std::int64_t weights = count_cost(network).params * kBytesPerElement * copies_of_weights(training);
  return weights + training.batch_size * network.shape_of(0).elements() * kBytesPerElement;
}

double share_of(const std::vector<StepMemory>& steps, const RecomputePlan& plan) {
  const std::int64_t once = plan_memory(steps, {{steps.size(), true}}).cost;
  return once == 0 ? 0 : static_cast<double>(plan_memory(steps, plan).cost) / static_cast<double>(once);
}

MemoryPlan with_recompute(const std::vector<StepMemory>& steps, RecomputePlan plan, std::int64_t micro_batches = 1) {
  const double share = share_of(steps, plan);
  return {std::move(plan), share, micro_batches};
}

}  // namespace

std::int64_t estimate_training_bytes(const Network& network, const TrainingOptions& training, const MemoryPlan& plan) {
  const std::int64_t activations = plan_memory(steps_of(network), plan.recompute).peak_bytes;
  return fixed_bytes(network, training) + activations * micro_batch(training, plan.micro_batches);
}

MemoryPlan first_memory_plan(const Network& network, const TrainingOptions& training, std::int64_t free_bytes) {
  if (training.recompute == "none") return {};
  const std::vector<StepMemory> steps = steps_of(network);
  if (training.recompute == "all") {
    const bool planned = training.recompute_every == TrainingOptions::kPlannedSegments;
    return with_recompute(steps, planned ? smallest_plan(steps)
                                         : even_plan(steps.size(), static_cast<std::size_t>(training.recompute_every)));
  }
  const auto usable = static_cast<std::int64_t>(static_cast<double>(free_bytes) * (1 - kHeadroom));
  const std::int64_t an_example = (usable - fixed_bytes(network, training)) / training.batch_size;
  const auto cheapest = cheapest_plan(steps, an_example);
  return with_recompute(steps, cheapest ? *cheapest : smallest_plan(steps));
}

std::optional<MemoryPlan> next_memory_plan(const MemoryPlan& failed, const Network& network,
                                           const TrainingOptions& training) {
  const std::vector<StepMemory> steps = steps_of(network);
  const RecomputePlan smallest = smallest_plan(steps);
  const std::int64_t now = plan_memory(steps, failed.recompute).peak_bytes;
  if (plan_memory(steps, smallest).peak_bytes < now) return with_recompute(steps, smallest, failed.micro_batches);
  if (training.accumulate != "allow") return std::nullopt;
  // Batch norm has no variance of one example.
  const std::int64_t parts = failed.micro_batches * 2;
  if (training.batch_size / parts < 2) return std::nullopt;
  return with_recompute(steps, failed.recompute, parts);
}

std::string describe(const MemoryPlan& plan) {
  std::string text;
  if (!plan.recompute.empty()) {
    text = fmt::format("recomputing {:.0f}% of the forward pass", 100 * plan.recomputed_share);
  }
  if (plan.micro_batches > 1) {
    text += fmt::format("{}batches in {} parts", text.empty() ? "" : ", ", plan.micro_batches);
  }
  return text.empty() ? "keeping all activations" : text;
}

Metrics memory_metrics(const MemoryPlan& plan) {
  Metrics metrics;
  if (plan.recomputed_share > 0) metrics["recomputed_share"] = plan.recomputed_share;
  if (plan.micro_batches > 1) metrics["micro_batches"] = static_cast<double>(plan.micro_batches);
  return metrics;
}

}  // namespace nas
