// The order in which a network's operations run, which tensor each reads, when each tensor can be
// let go or written over. A pure function of the graph; needs no torch.
#pragma once

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

}  // namespace nas
