// Which part of each tensor on the way a tile's kept output needs: halos shrink from operation to operation, so most of
// them are computed on less than the whole tile. Needs no torch.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "nas/network.h"
#include "trainer/execution_plan.h"

namespace nas {

/// Positions along an axis.
struct PositionRange {
  std::int64_t begin = 0;
  std::int64_t end = 1;  // past the last
  [[nodiscard]] std::int64_t length() const { return end - begin; }
  bool operator==(const PositionRange&) const = default;
};
using RegionBox = std::array<PositionRange, Shape::kMaxDims>;

/// An operation on parts of its inputs.
struct RegionStep {
  std::vector<RegionBox> reads;  // of each input, counted from where the part of it that there is begins
  std::vector<Shape> inputs;     // of these parts
  Shape output;                  // what it makes of them
  bool operator==(const RegionStep&) const = default;
};

struct RegionPlan {
  std::map<std::int32_t, RegionStep> steps;  // by node
  RegionBox kept;                            // of the output that is computed
  bool operator==(const RegionPlan&) const = default;
};

/// To compute the positions `kept` of the network's output, of steps that make_execution_plan gave for inference. A cut
/// that would save little of an input is left out: it costs a copy. Empty where an operation on the way reads all
/// positions, or where nothing is saved.
[[nodiscard]] std::optional<RegionPlan> plan_regions(const Network& network, const ExecutionPlan& plan,
                                                     const RegionBox& kept);

}  // namespace nas
