// A picture cut at its frames: the page and each frame become a small graph of their own, in which
// an inner frame is one item and an edge that crosses a border ends there at a port.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "nas/picture/picture.h"

namespace nas::detail {

/// One tensor's line through a border: edges from the same box in the same style share it.
struct Tensor {
  std::int32_t box = 0;  // that makes it
  LineStyle style = LineStyle::Solid;
  auto operator<=>(const Tensor&) const = default;
};

/// What a scope holds. Sorted, items are in topological order: ports of what enters, boxes and
/// frames, ports of what leaves.
struct Item {
  enum class Kind : std::uint8_t { Entry, Inside, Exit };
  Kind kind = Kind::Inside;
  Tensor tensor;            // of a port; for a box its index, for a frame its first box
  std::int32_t frame = -1;  // the frame that it is, -1: a box or a port
  [[nodiscard]] bool is_frame() const { return frame >= 0; }
  [[nodiscard]] bool is_box() const { return kind == Kind::Inside && frame < 0; }
  auto operator<=>(const Item&) const = default;
};

struct ScopeEdge {
  Item from, to;
  Tensor tensor;
  auto operator<=>(const ScopeEdge&) const = default;
};

struct Scope {
  std::vector<Item> items;       // sorted, each once
  std::vector<ScopeEdge> edges;  // sorted; a box may read one tensor twice
};

/// The page, then each group of the picture. REQUIRES: what `Picture` says of its order.
[[nodiscard]] std::vector<Scope> make_scopes(const Picture& picture);

}  // namespace nas::detail
