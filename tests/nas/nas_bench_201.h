// The network behind NAS-Bench-201 (Dong and Yang 2020), built node by node: the oracle's side of
// the tests, so it uses neither a space file nor the space language.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "nas/check.h"
#include "nas/network.h"
#include "nas/operation.h"

namespace nas::testing {

inline constexpr int kCells201 = 15625;  // 5 operations on 6 edges

/// Appends to a network whose author knows that every operation fits.
class NetworkBuilder {
 public:
  explicit NetworkBuilder(const Shape& input) : network_(make_network(input)) {}

  std::int32_t add(Op op, std::vector<std::int32_t> inputs, const Attributes& attributes = {}) {
    const auto node = add_node(network_, op, attributes, std::move(inputs));
    NAS_CHECK(node.ok(), node.error().message);
    return *node;
  }
  std::int32_t conv(std::int32_t input, std::int64_t channels, std::int32_t kernel, std::int32_t stride = 1) {
    Attributes attributes;
    attributes.channels = channels;
    attributes.kernel = {kernel, kernel, 1};
    attributes.stride = {stride, stride, 1};
    pad_same(attributes);
    return add(Op::Conv, {input}, attributes);
  }
  std::int32_t relu_conv_bn(std::int32_t input, std::int64_t channels, std::int32_t kernel, std::int32_t stride = 1) {
    return add(Op::BatchNorm, {conv(add(Op::Relu, {input}), channels, kernel, stride)});
  }
  std::int32_t average_pool(std::int32_t input, std::int32_t kernel, std::int32_t stride, std::int32_t padding) {
    Attributes attributes;
    attributes.kernel = {kernel, kernel, 1};
    attributes.stride = {stride, stride, 1};
    attributes.pad_low = attributes.pad_high = {padding, padding, 0};
    return add(Op::AveragePool, {input}, attributes);
  }
  [[nodiscard]] std::int64_t channels_of(std::int32_t node) const { return network_.shape_of(node).channels; }
  [[nodiscard]] const Network& network() const { return network_; }

 private:
  Network network_;
};

/// 0 none, 1 skip, 2 ReLU-Conv1x1-BN, 3 ReLU-Conv3x3-BN, 4 average pool 3x3.
inline std::int32_t add_edge_201(NetworkBuilder& net, char digit, std::int32_t input) {
  switch (digit) {
    case '0':
      return net.add(Op::Zero, {input});
    case '1':
      return net.add(Op::Identity, {input});
    case '2':
      return net.relu_conv_bn(input, net.channels_of(input), 1);
    case '3':
      return net.relu_conv_bn(input, net.channels_of(input), 3);
    default:
      return net.average_pool(input, 3, 1, 1);
  }
}

/// `digits`: one an edge, in the order (1<-0) (2<-0) (2<-1) (3<-0) (3<-1) (3<-2).
inline std::int32_t add_cell_201(NetworkBuilder& net, std::string_view digits, std::int32_t input) {
  std::vector<std::int32_t> nodes = {input};
  std::size_t edge = 0;
  for (std::size_t j = 1; j < 4; ++j) {
    std::vector<std::int32_t> summands;
    for (std::size_t i = 0; i < j; ++i) summands.push_back(add_edge_201(net, digits[edge++], nodes[i]));
    nodes.push_back(net.add(Op::Add, summands));
  }
  return nodes.back();
}

inline std::int32_t add_reduction_201(NetworkBuilder& net, std::int32_t input) {
  const std::int64_t channels = 2 * net.channels_of(input);
  const std::int32_t body = net.relu_conv_bn(net.relu_conv_bn(input, channels, 3, 2), channels, 3);
  const std::int32_t shortcut = net.conv(net.average_pool(input, 2, 2, 0), channels, 1);
  return net.add(Op::Add, {body, shortcut});
}

struct Skeleton201 {
  std::int64_t channels = 16;
  int cells = 5;  // a stage
};

inline Network network_201(std::string_view digits, const Skeleton201& skeleton = {}) {
  NetworkBuilder net(Shape{3, 2, {32, 32, 1}});
  std::int32_t x = net.add(Op::BatchNorm, {net.conv(0, skeleton.channels, 3)});
  for (int stage = 0; stage < 3; ++stage) {
    if (stage > 0) x = add_reduction_201(net, x);
    for (int cell = 0; cell < skeleton.cells; ++cell) x = add_cell_201(net, digits, x);
  }
  x = net.add(Op::GlobalAveragePool, {net.add(Op::Relu, {net.add(Op::BatchNorm, {x})})});
  Attributes linear;
  linear.channels = 10;
  linear.bias = true;
  net.add(Op::Linear, {x}, linear);
  return net.network();
}

/// The digits of cell 0 <= index < kCells201, last edge fastest.
inline std::string digits_201(int index) {
  std::string digits(6, '0');
  for (std::size_t edge = 6; edge-- > 0; index /= 5) digits[edge] = static_cast<char>('0' + index % 5);
  return digits;
}

}  // namespace nas::testing
