#include "nas/receptive_field.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "nas/operation.h"

namespace nas {
namespace {

constexpr std::int64_t kMostStride = std::int64_t{1} << 31;

/// Of one node along one axis; the size is in its shape.
struct AxisState {
  std::int64_t input_step = 1;
  std::int64_t output_step = 1;
  std::int64_t lost_low = 0;
  std::int64_t lost_high = 0;
};
/// Empty where the node's positions are none of the input's.
using NodeState = std::optional<std::array<AxisState, Shape::kMaxDims>>;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return -floor_divide(-a, b); }

/// Behind an operation of this reach, from `from` positions to `to`.
AxisState behind(const AxisState& in, const Reach& reach, std::int64_t from, std::int64_t to) {
  AxisState out;
  const std::int64_t above = in.input_step * reach.step;
  const std::int64_t below = in.output_step * reach.parts;
  const std::int64_t common = std::gcd(above, below);
  out.input_step = above / common;
  out.output_step = below / common;
  // A position is whole where all that it reads is: the first of it is not below the lost ones of
  // the input, and the last of it not above.
  const std::int64_t first = ceil_divide(reach.parts * (in.lost_low - 1) + 1 - reach.first, reach.step);
  const std::int64_t last = floor_divide(reach.parts * (from - in.lost_high) - 1 - reach.last, reach.step);
  out.lost_low = std::max<std::int64_t>(first, 0);
  out.lost_high = std::max<std::int64_t>(to - 1 - last, 0);
  return out;
}

class FieldWalk {
 public:
  FieldWalk(const Network& network, std::int32_t output)
      : network_(network), used_(used_nodes(network, {output})), states_(network.nodes.size()) {
    states_[0].emplace();
    for (std::size_t node = 1; node < network.nodes.size(); ++node) {
      if (!used_[node]) continue;
      states_[node] = state_of(static_cast<std::int32_t>(node));
      if (states_[node]) count_stride(node);
    }
  }

  [[nodiscard]] ReceptiveField result(std::int32_t output) const {
    ReceptiveField field;
    field.unbounded = unbounded_;
    const NodeState& state = states_[static_cast<std::size_t>(output)];
    field.is_map = state.has_value();
    for (std::size_t axis = 0; state && axis < dims(); ++axis) {
      const AxisState& one = (*state)[axis];
      field.axes[axis] = {one.input_step, one.output_step, stride_[axis], one.lost_low, one.lost_high};
    }
    return field;
  }

 private:
  [[nodiscard]] std::size_t dims() const { return network_.nodes[0].shape.dims; }

  void mark(std::int32_t node) {
    if (!unbounded_) unbounded_ = node;
  }

  NodeState state_of(std::int32_t index) {
    const Node& node = network_.nodes[static_cast<std::size_t>(index)];
    if (node.inputs.size() != 1) return joined(index, node);
    const NodeState& in = states_[static_cast<std::size_t>(node.inputs[0])];
    const Shape& from = network_.shape_of(node.inputs[0]);
    if (!in) return std::nullopt;
    NodeState out = in;
    for (std::size_t axis = 0; axis < dims(); ++axis) {
      const auto reach = operation(node.op).reach(node.attributes, axis);
      if (reach) {
        (*out)[axis] = behind((*in)[axis], *reach, from.size[axis], node.shape.size[axis]);
        continue;
      }
      mark(index);
      // A normalisation over all positions: each of them still is where it was.
      if (node.shape.dims != from.dims || node.shape.size != from.size) return std::nullopt;
    }
    return out;
  }

  /// Tensors of one size that move together. Those without positions were marked where they lost them.
  NodeState joined(std::int32_t index, const Node& node) {
    NodeState out;
    for (const std::int32_t input : node.inputs) {
      const NodeState& in = states_[static_cast<std::size_t>(input)];
      if (!in) continue;
      if (network_.shape_of(input).size != node.shape.size) {
        mark(index);
        continue;
      }
      if (out && !meet(*out, *in)) mark(index);
      if (!out) out = in;
    }
    return out;
  }

  /// Whether both have the same steps; `into` loses what either lost.
  [[nodiscard]] bool meet(std::array<AxisState, Shape::kMaxDims>& into,
                          const std::array<AxisState, Shape::kMaxDims>& other) const {
    bool same = true;
    for (std::size_t axis = 0; axis < dims(); ++axis) {
      same &= into[axis].input_step == other[axis].input_step && into[axis].output_step == other[axis].output_step;
      into[axis].lost_low = std::max(into[axis].lost_low, other[axis].lost_low);
      into[axis].lost_high = std::max(into[axis].lost_high, other[axis].lost_high);
    }
    return same;
  }

  void count_stride(std::size_t node) {
    for (std::size_t axis = 0; axis < dims(); ++axis) {
      const std::int64_t step = (*states_[node])[axis].input_step;
      if (step >= kMostStride || stride_[axis] / std::gcd(stride_[axis], step) >= kMostStride / step) {
        mark(static_cast<std::int32_t>(node));
        continue;
      }
      stride_[axis] = std::lcm(stride_[axis], step);
    }
  }

  const Network& network_;
  std::vector<bool> used_;
  std::vector<NodeState> states_;
  std::array<std::int64_t, Shape::kMaxDims> stride_{1, 1, 1};
  std::optional<std::int32_t> unbounded_;
};

}  // namespace

ReceptiveField receptive_field(const Network& network, std::int32_t output) {
  return FieldWalk(network, output).result(output);
}

}  // namespace nas
