// Which activations of a network are dropped in the forward pass and computed again in the backward
// pass (Griewank and Walther 2000; Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost).
// Pure functions of sizes; needs no torch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nas/network.h"
#include "trainer/execution_plan.h"

namespace nas {

/// Steps from the end of the segment before it.
struct Segment {
  std::size_t end = 0;
  bool recompute = false;  // inner activations are dropped and computed again
  bool operator==(const Segment&) const = default;
};

/// Segments of all steps of an execution plan; empty: nothing is computed again.
using RecomputePlan = std::vector<Segment>;

/// What the planner knows of one step. Values are numbered by the step that makes them; sizes are
/// bytes of one example. What an execution plan only renames has no size of its own.
struct StepMemory {
  std::int64_t bytes = 0;            // of its output
  std::int64_t extra_bytes = 0;      // kept beside tensors: a mask, indices
  std::int64_t work_bytes = 0;       // held for the moment while its gradients are computed
  std::int64_t cost = 0;             // of computing it again, in multiply-accumulates
  std::vector<std::size_t> reads{};  // earlier steps' values
  std::vector<std::size_t> keeps{};  // values that its backward reads, its own among them
  bool is_output = false;            // lives to the end
};

/// As `execution_plan` runs the network with float32 activations; the input batch is not counted.
[[nodiscard]] std::vector<StepMemory> step_memory(const Network& network, const ExecutionPlan& plan);

struct PlanMemory {
  std::int64_t peak_bytes = 0;  // of one example's activations
  std::int64_t cost = 0;        // of what is computed again
  bool operator==(const PlanMemory&) const = default;
};

/// What a plan takes. Held for the backward pass are, at every cut, the values that a later segment
/// reads; of a segment that is not recomputed also what its own backward reads. The peak is the
/// most that is held while the inner activations of one segment are all there.
[[nodiscard]] PlanMemory plan_memory(const std::vector<StepMemory>& steps, const RecomputePlan& plan);

/// The plan of least cost whose peak is at most `limit_bytes`; none where there is no such plan.
/// Exact up to kMostCuts steps, as long as no more than kMostLabels ways to reach a cut are worth
/// keeping (less held, or less computed); longer networks are cut where the fewest bytes live across.
[[nodiscard]] std::optional<RecomputePlan> cheapest_plan(const std::vector<StepMemory>& steps,
                                                         std::int64_t limit_bytes);
inline constexpr std::size_t kMostCuts = 128;
inline constexpr std::size_t kMostLabels = 32;

/// The plan of the least peak, and of least cost among those within 1% of it.
[[nodiscard]] RecomputePlan smallest_plan(const std::vector<StepMemory>& steps);

/// Every segment of so many steps recomputed, but the last, which backward needs at once.
/// REQUIRES: every >= 1.
[[nodiscard]] RecomputePlan even_plan(std::size_t steps, std::size_t every);

}  // namespace nas
