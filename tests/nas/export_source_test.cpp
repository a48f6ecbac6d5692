// Nested modules and their names, and the source as a person reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nas/export/module_names.h"
#include "nas/export/python_layout.h"
#include "nas/export/python_source.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ModuleNames, TellWhatAndOfWhichKind) {
  const std::vector<std::string> path = {"choose_1", "stage_2", "repeat_1", "0", "mbconv_1", "residual_1"};
  EXPECT_EQ(detail::telling_name(path), "stage");
  EXPECT_EQ(detail::kind_name(path), "mbconv");
  EXPECT_TRUE(detail::is_structure({"choose_1", "body", "3"}));
  EXPECT_THAT(detail::path_of("a.0.b"), ElementsAre("a", "0", "b"));
}

TEST(ModuleNames, AreFreeForModules) {
  EXPECT_EQ(detail::attribute_name("conv"), "conv");
  EXPECT_EQ(detail::attribute_name("train"), "train_");
  EXPECT_EQ(detail::attribute_name("lambda"), "lambda_");
  EXPECT_EQ(detail::attribute_name("3x3"), "part_3x3");
  EXPECT_EQ(detail::attribute_name("__init"), "init");
  EXPECT_EQ(detail::class_name("sep_conv_5x5"), "SepConv5x5");
  EXPECT_THAT(detail::unique_names({"conv", "relu", "conv"}), ElementsAre("conv_1", "relu", "conv_2"));
  EXPECT_THAT(detail::unique_names({"a", "a_1", "a"}), ElementsAre("a_1_", "a_1", "a_2"));
}

TEST(PythonLayout, BreaksLinesAsBlackDoes) {
  const std::string name(60, 'n');
  EXPECT_EQ(detail::python_lines(4, "x = ", {"f(", {{"1"}, {"2"}}, ")"}), "    x = f(1, 2)\n");
  EXPECT_EQ(detail::python_lines(4, "x = ", {"f(", {{name}, {"a_further_argument"}}, ")"}),
            "    x = f(\n        " + name + ", a_further_argument\n    )\n");
  EXPECT_EQ(detail::python_lines(4, "x = ", {"f(", {{name}, {name}}, ")"}),
            "    x = f(\n        " + name + ",\n        " + name + ",\n    )\n");
}

/// Three alike units of a convolution and a sum, in a repeat; a head of another kind.
Network repeated_units() {
  Network network = make_network({4, 2, {8, 8, 1}});
  Attributes attributes;
  std::int32_t x = 0;
  for (const std::int64_t channels : {4, 4, 4}) {
    const std::string path = "stage_1.repeat_1." + std::to_string(x / 2) + ".unit_1";
    attributes.channels = channels;
    const std::int32_t conv = add_node(network, Op::Conv, attributes, {x}, path + ".conv_1").value();
    x = add_node(network, Op::Add, {}, {x, conv}, path + ".residual_1").value();
  }
  attributes.channels = 2;
  (void)add_node(network, Op::Linear, attributes, {x}, "linear_1").value();
  return network;
}

std::string source_of(const Network& network) {
  const ExportGraph graph = make_export_graph(network);
  return python_source(graph, make_module_tree(graph), {"Net", "Title.", "Origin."});
}

TEST(PythonSource, RepeatsAreOneClassInALoop) {
  EXPECT_EQ(source_of(repeated_units()), R"("""Title.

Origin.
"""

import torch
from torch import Tensor, nn


class Unit(nn.Module):
    """At its first use: 4x8x8 -> 4x8x8."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, kernel_size=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        conv = self.conv(x)
        return x + conv


class Net(nn.Module):
    """Shapes without the batch: 4x8x8 -> 2."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = nn.Sequential(*(Unit() for _ in range(3)))
        self.linear = nn.Linear(256, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage(x)
        return self.linear(torch.flatten(x, 1))
)");
}

TEST(PythonSource, ARepeatInARepeatIsOneSequence) {
  Network network = make_network({4, 2, {8, 8, 1}});
  std::int32_t x = 0;
  for (const char* const place : {"0.repeat_1.0", "0.repeat_1.1", "1.repeat_1.0", "1.repeat_1.1"}) {
    const std::string path = std::string("stage_1.repeat_1.") + place + ".unit_1.";
    x = add_node(network, Op::BatchNorm, {}, {x}, path + "batch_norm_1").value();
    x = add_node(network, Op::Relu, {}, {x}, path + "relu_1").value();
  }
  const ExportGraph graph = make_export_graph(network);
  const ModuleTree tree = make_module_tree(graph);
  EXPECT_EQ(tree.paths.at(1), "stage.0.batch_norm");
  EXPECT_EQ(tree.paths.at(7), "stage.3.batch_norm");
  EXPECT_THAT(source_of(network), HasSubstr("self.stage = nn.Sequential(*(Unit() for _ in range(4)))"));
}

TEST(PythonSource, NumbersThatDifferAreParameters) {
  Network network = make_network({4, 2, {8, 8, 1}});
  Attributes attributes;
  attributes.channels = 6;
  (void)add_node(network, Op::Conv, attributes, {0}, "a_1.block_1.conv_1").value();
  (void)add_node(network, Op::BatchNorm, {}, {1}, "a_1.block_1.batch_norm_1").value();
  attributes.channels = 9;
  (void)add_node(network, Op::Conv, attributes, {2}, "b_1.block_1.conv_1").value();
  (void)add_node(network, Op::BatchNorm, {}, {3}, "b_1.block_1.batch_norm_1").value();
  const std::string source = source_of(network);
  EXPECT_THAT(source, HasSubstr("def __init__(self, in_channels: int, out_channels: int) -> None:"));
  EXPECT_THAT(source, HasSubstr("self.a = Block(in_channels=4, out_channels=6)"));
  EXPECT_THAT(source, HasSubstr("self.b = Block(in_channels=6, out_channels=9)"));
  EXPECT_THAT(source, HasSubstr("nn.BatchNorm2d(out_channels)"));
}

TEST(PythonSource, ATitleCannotEndItsDocstring) {
  Network network = make_network({4, 0, {1, 1, 1}});
  (void)add_node(network, Op::Relu, {}, {0}, "relu_1").value();
  const ExportGraph graph = make_export_graph(network);
  const std::string source = python_source(graph, make_module_tree(graph), {"Net", R"(a """ b \)", ""});
  EXPECT_THAT(source, HasSubstr("\"\"\"a ' b '\"\"\""));
  EXPECT_THAT(source, Not(HasSubstr("\\")));
}

TEST(ExportGraph, WhatOnlyRenamesIsGone) {
  Network network = make_network({4, 1, {8, 1, 1}});
  (void)add_node(network, Op::Identity, {}, {0}).value();
  (void)add_node(network, Op::Zero, {}, {1}).value();
  (void)add_node(network, Op::Relu, {}, {1}).value();
  (void)add_node(network, Op::Add, {}, {2, 3}).value();
  (void)add_node(network, Op::Dropout, {}, {4}).value();
  const ExportGraph graph = make_export_graph(network);
  ASSERT_EQ(graph.steps.size(), 1U);
  EXPECT_EQ(graph.steps[0].node, 3);
  EXPECT_THAT(graph.steps[0].inputs, ElementsAre(0));
  EXPECT_EQ(graph.outputs[0].value, 3);
}

TEST(ExportGraph, AZeroReadsTheInputWhereNothingElseIsNeeded) {
  Network network = make_network({4, 1, {8, 1, 1}});
  (void)add_node(network, Op::Relu, {}, {0}).value();
  (void)add_node(network, Op::Zero, {}, {1}).value();
  (void)add_node(network, Op::Concat, {}, {0, 2}).value();
  const ExportGraph graph = make_export_graph(network);
  ASSERT_EQ(graph.steps.size(), 2U);
  EXPECT_THAT(graph.steps[0].inputs, ElementsAre(0));
}

}  // namespace
}  // namespace nas
