// A tensor that a trained network keeps for one operation: a learnt one, or a running statistic.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace nas {

struct WeightShape {
  std::string_view name;            // "weight": the tensor is called by its node and this
  std::vector<std::int64_t> shape;  // as PyTorch has it
  bool learnt = true;               // else a running statistic
};

}  // namespace nas
