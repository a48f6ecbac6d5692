// The input shapes of a node as a span, without allocating for the usual one or two inputs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nas/network.h"

namespace nas::detail {

class NodeShapes {
 public:
  /// Valid until the next call or until the network changes.
  [[nodiscard]] std::span<const Shape> of(const Network& network, std::span<const std::int32_t> inputs) {
    if (inputs.size() == 1) return {&network.shape_of(inputs[0]), 1};
    shapes_.clear();
    for (const std::int32_t input : inputs) shapes_.push_back(network.shape_of(input));
    return shapes_;
  }

 private:
  std::vector<Shape> shapes_;
};

}  // namespace nas::detail
