// The order in which a network's operations run, which tensor each reads, when each tensor can be
// let go or written over. A pure function of the graph; needs no torch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nas/network.h"

namespace nas {

struct ExecutionStep {
  std::int32_t node = 0;               // what runs; its output goes to the value of this number
  std::vector<std::int32_t> inputs;    // values read, in the operation's order
  bool overwrite_first = false;        // nobody needs inputs[0] afterwards, backward included
  std::vector<std::int32_t> last_use;  // values that nothing reads after this step
  bool operator==(const ExecutionStep&) const = default;
};

/// What runs to compute the outputs, and nothing else. Identities, zero summands, sums of one
/// summand and repetitions of the same operation on the same tensors cost nothing: they are
/// another name for a value that is there.
struct ExecutionPlan {
  std::vector<ExecutionStep> steps;
  std::vector<std::int32_t> outputs;  // values, kept to the end
  bool operator==(const ExecutionPlan&) const = default;
};

/// Outputs as `output_nodes` gives them: auxiliary exits run in training only.
[[nodiscard]] ExecutionPlan make_execution_plan(const Network& network, Phase phase);

/// A run of steps, and what it has to do with the others.
struct StepRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<std::int32_t> reads;  // values from before it
  std::vector<std::int32_t> gives;  // its values that later steps read, and outputs
  bool operator==(const StepRange&) const = default;
};

/// The ranges between `ends`. REQUIRES: these rise, the last is the number of steps.
[[nodiscard]] std::vector<StepRange> cut_plan(const ExecutionPlan& plan, const std::vector<std::size_t>& ends);

}  // namespace nas
