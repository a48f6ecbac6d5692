// A network's operations gathered into boxes: a chain such as convolution, batch normalisation,
// activation is one where nothing else reads what is between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/picture/picture.h"

namespace nas::detail {

struct MergedBox {
  std::vector<std::size_t> nodes;    // a chain, in order
  std::vector<std::int32_t> inputs;  // boxes, in the order of the first node's inputs
  BoxKind kind = BoxKind::Other;
  std::string label, sublabel;
  /// Equal for boxes of the same operations with the same attributes on the same shapes.
  std::string exact_key;
  bool operator==(const MergedBox&) const = default;
};

/// In topological order. Every node is in one box, but for identities: they are lines.
[[nodiscard]] std::vector<MergedBox> merge_chains(const Network& network);

}  // namespace nas::detail
