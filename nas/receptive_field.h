// How far an output sees: what running a network in overlapping tiles needs to know. A pure function
// of the graph; each operation's part of it is the column `reach` of the table of operations.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "nas/network.h"

namespace nas {

/// Of one axis of the input. Running averages stand still: evaluation mode.
struct AxisField {
  // `output_step` positions of the output are as far as `input_step` of the input; lowest terms.
  std::int64_t input_step = 1;
  std::int64_t output_step = 1;
  /// Moving the input by a multiple of it moves every tensor on the way by whole positions.
  std::int64_t stride = 1;
  // Of a piece that was cut out of a larger input: how many of the output's first and last positions
  // depend on what lies beyond the cut.
  std::int64_t lost_low = 0;
  std::int64_t lost_high = 0;
  bool operator==(const AxisField&) const = default;

  /// The same in positions of the input, rounded up.
  [[nodiscard]] std::int64_t halo_low() const { return in_input(lost_low); }
  [[nodiscard]] std::int64_t halo_high() const { return in_input(lost_high); }

 private:
  [[nodiscard]] std::int64_t in_input(std::int64_t positions) const {
    return (positions * input_step + output_step - 1) / output_step;
  }
};

struct ReceptiveField {
  std::array<AxisField, Shape::kMaxDims> axes{};  // those of the input's signal; the others are neutral
  /// The first node on the way to the output each of whose positions reads all positions of the
  /// input (global pooling, a linear layer, ...), or that joins tensors of different strides. Empty:
  /// the field is finite. With such nodes `axes` is of the ways round them.
  std::optional<std::int32_t> unbounded;
  /// Whether positions of the output are positions of the input; not so for a vector of classes.
  bool is_map = true;
  bool operator==(const ReceptiveField&) const = default;
};

/// Of the node `output`. What the lost positions of a piece are holds for pieces whose size differs
/// from the network's input by a multiple of the stride, cut at multiples of the stride.
[[nodiscard]] ReceptiveField receptive_field(const Network& network, std::int32_t output);

}  // namespace nas
