// Networks on a line, one channel, computed by plain loops: an outside oracle of how far operations
// see, which knows nothing of the table's column `reach`.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nas/network.h"

namespace nas {

using Line = std::vector<double>;

namespace detail {

inline Line convolve(const Node& node, const Line& in, double first_weight) {
  const Attributes& a = node.attributes;
  Line out(static_cast<std::size_t>(node.shape.size[0]), 0);
  const auto size = static_cast<std::int64_t>(in.size());
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(out.size()); ++i) {
    for (std::int64_t k = 0; k < a.kernel[0]; ++k) {
      const std::int64_t from = i * a.stride[0] - a.pad_low[0] + k * a.dilation[0];
      if (from < 0 || from >= size) continue;
      out[static_cast<std::size_t>(i)] +=
          (first_weight + 0.1 * static_cast<double>(k)) * in[static_cast<std::size_t>(from)];
    }
  }
  return out;
}

inline Line spread(const Node& node, const Line& in) {
  const Attributes& a = node.attributes;
  Line out(static_cast<std::size_t>(node.shape.size[0]), 0);
  for (std::int64_t j = 0; j < static_cast<std::int64_t>(in.size()); ++j) {
    for (std::int64_t k = 0; k < a.kernel[0]; ++k) {
      const std::int64_t to = j * a.stride[0] + k * a.dilation[0] - a.pad_low[0];
      if (to < 0 || to >= static_cast<std::int64_t>(out.size())) continue;
      out[static_cast<std::size_t>(to)] += (0.3 + 0.1 * static_cast<double>(k)) * in[static_cast<std::size_t>(j)];
    }
  }
  return out;
}

inline Line pool(const Node& node, const Line& in) {
  const Attributes& a = node.attributes;
  const auto size = static_cast<std::int64_t>(in.size());
  Line out;
  for (std::int64_t i = 0; i < node.shape.size[0]; ++i) {
    double largest = -std::numeric_limits<double>::infinity();
    double sum = 0;
    double count = 0;
    for (std::int64_t k = 0; k < a.kernel[0]; ++k) {
      const std::int64_t from = i * a.stride[0] - a.pad_low[0] + k * a.dilation[0];
      const bool inside = from >= 0 && from < size;
      const double value = inside ? in[static_cast<std::size_t>(from)] : 0;
      if (inside) largest = std::max(largest, value);
      sum += value;
      count += inside || a.count_include_pad ? 1 : 0;
    }
    out.push_back(node.op == Op::MaxPool ? largest : sum / count);
  }
  return out;
}

inline Line upsample(const Node& node, const Line& in) {
  const double scale = node.attributes.scale[0];
  const double last = static_cast<double>(in.size()) - 1;
  Line out;
  for (std::int64_t i = 0; i < node.shape.size[0]; ++i) {
    const auto at = static_cast<double>(i);
    if (!node.attributes.linear) {
      out.push_back(in[static_cast<std::size_t>(std::floor(at / scale))]);
      continue;
    }
    const double place = std::clamp((at + 0.5) / scale - 0.5, 0.0, last);
    const double below = std::floor(place);
    const double above = std::min(below + 1, last);
    out.push_back(in[static_cast<std::size_t>(below)] * (1 - (place - below)) +
                  in[static_cast<std::size_t>(above)] * (place - below));
  }
  return out;
}

inline Line pad(const Node& node, const Line& in) {
  Line out;
  for (std::int64_t i = 0; i < node.shape.size[0]; ++i) {
    const std::int64_t from = i - node.attributes.pad_low[0];
    out.push_back(from < 0 || from >= static_cast<std::int64_t>(in.size()) ? 0 : in[static_cast<std::size_t>(from)]);
  }
  return out;
}

inline Line add(const std::vector<Line>& inputs) {
  Line out = inputs[0];
  for (std::size_t other = 1; other < inputs.size(); ++other) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += inputs[other][i];
  }
  return out;
}

}  // namespace detail

/// The output. REQUIRES: one channel, one axis, operations that are below.
inline Line compute(const Network& network, const Line& input) {
  std::vector<Line> values = {input};
  for (std::size_t n = 1; n < network.nodes.size(); ++n) {
    const Node& node = network.nodes[n];
    std::vector<Line> inputs;
    for (const std::int32_t i : node.inputs) inputs.push_back(values[static_cast<std::size_t>(i)]);
    switch (node.op) {
      case Op::Conv:
        values.push_back(detail::convolve(node, inputs[0], 0.2 + 0.01 * static_cast<double>(n)));
        break;
      case Op::ConvTranspose:
        values.push_back(detail::spread(node, inputs[0]));
        break;
      case Op::MaxPool:
      case Op::AveragePool:
        values.push_back(detail::pool(node, inputs[0]));
        break;
      case Op::Upsample:
        values.push_back(detail::upsample(node, inputs[0]));
        break;
      case Op::Pad:
        values.push_back(detail::pad(node, inputs[0]));
        break;
      case Op::Add:
        values.push_back(detail::add(inputs));
        break;
      default:
        ADD_FAILURE() << "an operation that the oracle does not have";
        values.push_back(inputs[0]);
    }
    EXPECT_EQ(static_cast<std::int64_t>(values.back().size()), node.shape.size[0]) << node.name;
  }
  return values[static_cast<std::size_t>(network.output)];
}

/// Numbers that repeat nowhere, some of them negative.
inline Line uneven_line(std::int64_t size) {
  Line line;
  for (std::int64_t i = 0; i < size; ++i) line.push_back(std::sin(static_cast<double>(i * i) * 0.37 + 1) * 3);
  return line;
}

}  // namespace nas
