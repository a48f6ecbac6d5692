// Formats of exported files, byte by byte, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nas/export/model_weights.h"
#include "nas/export/protobuf.h"
#include "nas/export/safetensors.h"
#include "nas/operation.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

// Examples of https://protobuf.dev/programming-guides/encoding/
TEST(Protobuf, IsEncodedAsInItsGuide) {
  detail::ProtobufMessage one;
  one.integer(1, 150);
  EXPECT_EQ(one.bytes(), bytes({0x08, 0x96, 0x01}));
  detail::ProtobufMessage two;
  two.text(2, "testing");
  EXPECT_EQ(two.bytes(), bytes({0x12, 0x07}) + "testing");
  detail::ProtobufMessage three;
  three.message(3, one);
  EXPECT_EQ(three.bytes(), bytes({0x1a, 0x03, 0x08, 0x96, 0x01}));
  detail::ProtobufMessage negative;
  negative.integer(1, -1);
  EXPECT_EQ(negative.bytes(), bytes({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));
  detail::ProtobufMessage number;
  number.number(5, 1.0F);
  EXPECT_EQ(number.bytes(), bytes({0x2d, 0x00, 0x00, 0x80, 0x3f}));
}

std::string a_file() {
  const std::vector<TensorEntry> entries = {{"b", "F32", {2}, 0, 8}, {"a", "I64", {}, 8, 16}};
  return safetensors_head(entries, {{"format", "pt"}}) + std::string(16, 'x');
}

TEST(Safetensors, RoundTrip) {
  const std::string text = a_file();
  const auto file = read_safetensors(text);
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->tensors, ElementsAre(TensorEntry{"b", "F32", {2}, 0, 8}, TensorEntry{"a", "I64", {}, 8, 16}));
  EXPECT_EQ(file->metadata.at("format"), "pt");
  EXPECT_EQ(file->bytes_of(file->tensors[1]), std::string(8, 'x'));
  EXPECT_EQ((text.size() - 16) % 8, 0U) << "tensors are aligned";
}

TEST(Safetensors, EveryCutIsRefused) {
  const std::string text = a_file();
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(read_safetensors(text.substr(0, size))) << size;
  EXPECT_FALSE(read_safetensors(text + "x"));
}

std::string with_header(const std::string& header, std::size_t data) {
  std::string text(8, '\0');
  text[0] = static_cast<char>(header.size());
  return text + header + std::string(data, '\0');
}

TEST(Safetensors, HeadersThatDoNotFitAreRefused) {
  EXPECT_TRUE(read_safetensors(with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4)));
  for (const char* const header : {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",
                                   R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})",
                                   R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})",
                                   R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})",
                                   R"({"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,4]}})",
                                   R"({"a":{"dtype":"F32"}})", R"([])", R"({"a":5})", R"(nonsense)"}) {
    EXPECT_FALSE(read_safetensors(with_header(header, 4))) << header;
  }
}

/// conv (2 channels) -> batch_norm -> linear (3 units with bias), on 1x4.
Network a_network() {
  Network network = make_network({1, 1, {4, 1, 1}});
  Attributes attributes;
  attributes.channels = 2;
  (void)add_node(network, Op::Conv, attributes, {0}, "block_1.conv_1").value();
  (void)add_node(network, Op::BatchNorm, {}, {1}, "block_1.batch_norm_1").value();
  attributes.channels = 3;
  attributes.bias = true;
  (void)add_node(network, Op::Linear, attributes, {2}, "linear_1").value();
  return network;
}

TEST(ModelWeights, HaveTwoNamesAndPyTorchsShapes) {
  const Network network = a_network();
  const ExportGraph graph = make_export_graph(network);
  const auto expected = expected_weights(graph, make_module_tree(graph));
  ASSERT_EQ(expected.size(), 7U);
  EXPECT_EQ(expected[0].node_name, "block_1.conv_1.weight");
  EXPECT_EQ(expected[0].model_name, "block.conv.weight");
  EXPECT_THAT(expected[0].shape, ElementsAre(2, 1, 1));
  EXPECT_EQ(expected[3].model_name, "block.batch_norm.running_mean");
  EXPECT_FALSE(expected[3].learnt);
  EXPECT_THAT(expected[5].shape, ElementsAre(3, 8));
}

TEST(ModelWeights, EveryOperationsLearntTensorsAreItsParams) {
  const Network network = a_network();
  const ExportGraph graph = make_export_graph(network);
  std::int64_t learnt = 0;
  for (const ExpectedWeight& weight : expected_weights(graph, make_module_tree(graph))) {
    std::int64_t count = weight.learnt ? 1 : 0;
    for (const std::int64_t axis : weight.shape) count *= axis;
    learnt += count;
  }
  EXPECT_EQ(learnt, count_cost(network).params);
}

TEST(ModelWeights, WhatDoesNotBelongIsNamed) {
  const Network network = a_network();
  const ExportGraph graph = make_export_graph(network);
  const auto expected = expected_weights(graph, make_module_tree(graph));
  std::vector<TensorEntry> entries;
  std::size_t offset = 0;
  for (const ExpectedWeight& weight : expected) {
    std::size_t size = 4;
    for (const std::int64_t axis : weight.shape) size *= static_cast<std::size_t>(axis);
    entries.push_back({weight.model_name, "F32", weight.shape, offset, offset + size});
    offset += size;
  }
  const std::string data(offset, '\0');
  const auto match = [&] { return match_weights(expected, {{}, entries, data}); };
  ASSERT_TRUE(match().ok());
  EXPECT_EQ(match()->at(0).name, "block.conv.weight");
  entries[0].shape = {1, 2, 1};
  EXPECT_THAT(match().error().message,
              HasSubstr("block.conv.weight is F32 (1, 2, 1), the architecture has F32 (2, 1, 1)"));
  entries[0].name = "head.weight";
  EXPECT_THAT(match().error().message, HasSubstr("block.conv.weight (2, 1, 1) is missing"));
  EXPECT_THAT(match().error().message, HasSubstr("head.weight (1, 2, 1) belongs to no operation"));
}

TEST(Operations, EachHasItsExports) {
  for (const Operation& row : operations()) {
    const bool is_no_code = row.op == Op::Input || row.op == Op::Identity;
    EXPECT_EQ(row.python_code == nullptr, is_no_code) << row.name;
    EXPECT_EQ(row.onnx_nodes == nullptr, is_no_code) << row.name;
  }
}

}  // namespace
}  // namespace nas
