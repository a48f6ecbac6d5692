// Networks and cells of the literature, written by hand, that pictures are tested on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nas/cell_graph.h"
#include "nas/network.h"
#include "nas/operation.h"

namespace nas::testing {

/// Appends operations to a network under the names of a decoder's paths.
class NetworkWriter {
 public:
  explicit NetworkWriter(const Shape& input) : network_(make_network(input)) {}

  std::int32_t add(Op op, std::vector<std::int32_t> inputs, std::string name, const Attributes& attributes = {}) {
    return add_node(network_, op, attributes, std::move(inputs), std::move(name)).value();
  }
  std::int32_t conv(std::int32_t from, const std::string& name, std::int64_t channels, std::int32_t kernel,
                    std::int32_t stride = 1, std::int32_t groups = 1) {
    Attributes attributes;
    attributes.channels = channels;
    attributes.kernel = {kernel, kernel, 1};
    attributes.stride = {stride, stride, 1};
    attributes.groups = groups;
    pad_same(attributes);
    return add(Op::Conv, {from}, name, attributes);
  }
  std::int32_t conv_bn(std::int32_t from, const std::string& path, std::int64_t channels, std::int32_t kernel,
                       std::int32_t stride = 1) {
    return add(Op::BatchNorm, {conv(from, path + ".conv_1", channels, kernel, stride)}, path + ".batch_norm_1");
  }
  std::int32_t conv_bn_relu(std::int32_t from, const std::string& path, std::int64_t channels, std::int32_t kernel,
                            std::int32_t stride = 1) {
    return add(Op::Relu, {conv_bn(from, path, channels, kernel, stride)}, path + ".relu_1");
  }
  std::int32_t max_pool(std::int32_t from, const std::string& name, std::int32_t kernel, std::int32_t stride) {
    Attributes attributes;
    attributes.kernel = {kernel, kernel, 1};
    attributes.stride = {stride, stride, 1};
    pad_same(attributes);
    return add(Op::MaxPool, {from}, name, attributes);
  }
  std::int32_t linear(std::int32_t from, const std::string& name, std::int64_t units) {
    Attributes attributes;
    attributes.channels = units;
    attributes.bias = true;
    return add(Op::Linear, {from}, name, attributes);
  }
  Network& network() { return network_; }

 private:
  Network network_;
};

/// ResNet-50 v1.5 (He et al. 2015).
inline Network resnet_50() {
  NetworkWriter writer({3, 2, {224, 224, 1}});
  std::int32_t x = writer.max_pool(writer.conv_bn_relu(0, "stem", 64, 7, 2), "max_pool_1", 3, 2);
  const int depths[] = {3, 4, 6, 3};
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t width = std::int64_t{64} << stage;
    for (int i = 0; i < depths[stage]; ++i) {
      const std::string path = "stage_" + std::to_string(stage + 1) + "." + std::to_string(i);
      const std::int32_t stride = i == 0 && stage > 0 ? 2 : 1;
      std::int32_t y = writer.conv_bn_relu(x, path + ".residual_1.body.conv_bn_relu_1", width, 1);
      y = writer.conv_bn_relu(y, path + ".residual_1.body.conv_bn_relu_2", width, 3, stride);
      y = writer.conv_bn(y, path + ".residual_1.body.conv_bn_1", 4 * width, 1);
      if (i == 0) x = writer.conv_bn(x, path + ".residual_1.shortcut", 4 * width, 1, stride);
      x = writer.add(Op::Add, {x, y}, path + ".residual_1");
      x = writer.add(Op::Relu, {x}, path + ".relu_1");
    }
  }
  writer.linear(writer.add(Op::GlobalAveragePool, {x}, "global_average_pool_1"), "linear_1", 1000);
  return std::move(writer.network());
}

/// A densely connected block after a stem: each layer reads all before it (Huang et al. 2017).
inline Network dense_block(int layers) {
  NetworkWriter writer({3, 2, {32, 32, 1}});
  std::int32_t x = writer.conv(0, "conv_1", 24, 3);
  for (int i = 0; i < layers; ++i) {
    const std::string path = "block." + std::to_string(i) + ".concat_1";
    std::int32_t y = writer.add(Op::Relu, {writer.add(Op::BatchNorm, {x}, path + ".1.bn_1")}, path + ".1.relu_1");
    y = writer.conv_bn_relu(y, path + ".1.conv_bn_relu_1", 48, 1);
    x = writer.add(Op::Concat, {x, writer.conv(y, path + ".1.conv_1", 12, 3)}, path);
  }
  writer.linear(writer.add(Op::GlobalAveragePool, {x}, "global_average_pool_1"), "linear_1", 10);
  return std::move(writer.network());
}

/// An encoder and decoder with long skips (Ronneberger et al. 2015), pooling undone by strided
/// convolutions' absence: `depth` levels, each of two convolutions.
inline Network encoder_decoder(int depth) {
  NetworkWriter writer({1, 2, {64, 64, 1}});
  std::int32_t x = 0;
  std::vector<std::int32_t> levels;
  const auto block = [&](std::int32_t from, const std::string& path, std::int64_t channels) {
    return writer.conv_bn_relu(writer.conv_bn_relu(from, path + ".a", channels, 3), path + ".b", channels, 3);
  };
  for (int i = 0; i < depth; ++i) {
    x = block(x, "down." + std::to_string(i), 16);
    levels.push_back(x);
  }
  x = block(x, "middle", 32);
  for (int i = depth; i-- > 0;) {
    const std::string path = "up." + std::to_string(depth - 1 - i);
    x = writer.add(Op::Concat, {x, levels[static_cast<std::size_t>(i)]}, path + ".concat_1");
    x = block(x, path, 16);
  }
  writer.conv(x, "conv_1", 2, 1);
  return std::move(writer.network());
}

/// Cells that read the last two, all alike but for the first (as NASNet's normal cells do).
inline Network two_input_cells(int count) {
  NetworkWriter writer({3, 2, {32, 32, 1}});
  std::int32_t before = writer.conv_bn(0, "stem", 16, 3), last = before;
  for (int i = 0; i < count; ++i) {
    const std::string path = "cells." + std::to_string(i);
    const std::int32_t a = writer.conv_bn(before, path + ".prepare.0", 16, 1);
    const std::int32_t b = writer.conv_bn(last, path + ".prepare.1", 16, 1);
    const std::int32_t left = writer.conv_bn(a, path + ".2.0", 16, 3);
    const std::int32_t sum = writer.add(Op::Add, {left, b}, path + ".2");
    before = last;
    last = writer.add(Op::Concat, {sum, a}, path + ".concat");
  }
  writer.linear(writer.add(Op::Concat, {before, last}, "concat_1"), "linear_1", 10);
  return std::move(writer.network());
}

/// The normal cell of NASNet-A (Zoph et al. 2018, figure 4); input 0 is h[i-1].
inline CellGraph nasnet_a_normal() {
  CellGraph cell;
  cell.name = "NASNet-A, normal cell";
  cell.inputs = 2;
  cell.nodes = {{{{1, "sep3"}, {1, "identity"}}, ""},
                {{{0, "sep3"}, {1, "sep5"}}, ""},
                {{{1, "avg3"}, {0, "identity"}}, ""},
                {{{0, "avg3"}, {0, "avg3"}}, ""},
                {{{0, "sep5"}, {0, "sep3"}}, ""}};
  cell.output = {0, 2, 3, 4, 5, 6};
  cell.output_concat = true;
  return cell;
}

/// The reduction cell of NASNet-A; nodes read nodes.
inline CellGraph nasnet_a_reduction() {
  CellGraph cell;
  cell.name = "NASNet-A, reduction cell";
  cell.inputs = 2;
  cell.nodes = {{{{0, "sep7"}, {1, "sep5"}}, ""},
                {{{1, "max3"}, {0, "sep7"}}, ""},
                {{{1, "avg3"}, {0, "sep5"}}, ""},
                {{{1, "max3"}, {2, "sep3"}}, ""},
                {{{2, "avg3"}, {3, "identity"}}, ""}};
  cell.output = {3, 4, 5, 6};
  cell.output_concat = true;
  return cell;
}

}  // namespace nas::testing
