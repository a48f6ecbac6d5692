#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "nas/operation.h"
#include "nas/picture/fold_repeats.h"
#include "nas/picture/merge_chains.h"
#include "nas/picture/operation_label.h"
#include "nas/picture/svg.h"
#include "tests/nas/picture_examples.h"
#include "tests/nas/picture_geometry.h"

namespace nas {
namespace {

using detail::FoldBox;
using detail::Repeat;
using testing::faults;
using testing::NetworkWriter;

std::vector<std::string> group_labels(const Picture& picture) {
  std::vector<std::string> labels;
  for (const PictureGroup& group : picture.groups) labels.push_back(group.label);
  return labels;
}

std::vector<std::string> box_labels(const Network& network) {
  std::vector<std::string> labels;
  for (const auto& box : detail::merge_chains(network)) {
    labels.push_back(box.sublabel.empty() ? box.label : box.label + " | " + box.sublabel);
  }
  return labels;
}

TEST(NetworkPicture, ResNet50FoldsToOnePage) {
  const Network network = testing::resnet_50();
  const Picture picture = picture_of(network, "ResNet-50");
  std::multiset<std::string> labels;
  for (const std::string& label : group_labels(picture)) labels.insert(label);
  EXPECT_EQ(labels, (std::multiset<std::string>{"× 2", "× 2", "× 3", "× 5"}));
  // Input, stem, pooling; a first block of 5 and one frame of 4 a stage; pooling, linear, output.
  EXPECT_EQ(picture.boxes.size(), 3u + 4 * (5 + 4) + 3);
  EXPECT_EQ(picture.subtitle, "25,557,032 params, 4,089,184,256 MACs, input 3x224x224");
  const Drawing drawing = arrange(picture);
  EXPECT_EQ(faults(picture, drawing), "");
  EXPECT_LT(drawing.height, 1400);
  EXPECT_LT(drawing.width, 1400);
}

TEST(NetworkPicture, DenselyConnectedLayersAreOneFrameThatSaysItsShapes) {
  const Picture picture = picture_of(testing::dense_block(12), "dense");
  ASSERT_EQ(picture.groups.size(), 1u);
  EXPECT_EQ(picture.groups[0].label, "× 12");
  EXPECT_EQ(picture.groups[0].sublabel, "36x32x32 to 168x32x32");
  EXPECT_EQ(faults(picture, arrange(picture)), "");
}

TEST(NetworkPicture, CellsThatReadTheLastTwoFold) {
  const Picture picture = picture_of(testing::two_input_cells(6), "cells");
  ASSERT_EQ(picture.groups.size(), 1u);
  EXPECT_EQ(picture.groups[0].label, "× 6");
  // What follows reads the last cell, and the one before it by a dashed line from the same box.
  const PictureBox& concat = picture.boxes[picture.boxes.size() - 3];
  ASSERT_EQ(concat.inputs.size(), 2u);
  EXPECT_EQ(concat.inputs[0].from, concat.inputs[1].from);
  EXPECT_EQ(concat.inputs[0].style, LineStyle::Dashed);
  EXPECT_EQ(concat.inputs[1].style, LineStyle::Solid);
  EXPECT_EQ(faults(picture, arrange(picture)), "");
}

TEST(NetworkPicture, LongSkipsKeepPartsApart) {
  const Picture picture = picture_of(testing::encoder_decoder(4), "encoder-decoder");
  EXPECT_TRUE(picture.groups.empty());
  EXPECT_EQ(picture.boxes.size(), 1u + 2 * 4 + 2 + 3 * 4 + 1 + 1);
  EXPECT_EQ(faults(picture, arrange(picture)), "");
}

TEST(NetworkPicture, ThousandsOfOperationsAreAPageOrTwo) {
  NetworkWriter writer({3, 2, {32, 32, 1}});
  std::int32_t x = writer.conv(0, "stem", 16, 3);
  for (int i = 0; i < 900; ++i) {
    const std::string path = "body." + std::to_string(i) + ".residual_1";
    const std::int32_t y = writer.conv_bn(x, path + ".body", 16, 3);
    x = writer.add(Op::Add, {x, y}, path);
  }
  const Picture same = picture_of(writer.network(), "alike");
  EXPECT_EQ(group_labels(same), std::vector<std::string>{"× 900"});
  EXPECT_EQ(same.boxes.size(), 5u);

  NetworkWriter mixed({3, 2, {32, 32, 1}});
  x = 0;
  for (int i = 0; i < 1500; ++i) x = mixed.conv(x, "conv_" + std::to_string(i), 8 + i * i % 31, 1 + i * i % 3);
  EXPECT_FALSE(to_svg(picture_of(mixed.network(), "all different")).empty());
}

TEST(NetworkPicture, LinesThatWouldFillThePageBecomeWords) {
  NetworkWriter writer({3, 2, {32, 32, 1}});
  std::vector<std::int32_t> all = {0};
  for (int i = 0; i < 1500; ++i) {
    all.push_back(writer.conv(all.back(), "conv_" + std::to_string(i), 1 + i * i % 29, 1 + i * i % 3));
  }
  writer.add(Op::Concat, all, "concat_1");
  const Picture picture = picture_of(writer.network(), "dense");
  const PictureBox& concat = picture.boxes[picture.boxes.size() - 2];
  EXPECT_EQ(concat.sublabel, "and 1461 from further up");
  EXPECT_EQ(concat.inputs.size(), 40u);
  EXPECT_LT(to_svg(picture).size(), 5'000'000u);
}

TEST(NetworkPicture, ExitsHaveBoxes) {
  NetworkWriter writer({3, 2, {8, 8, 1}});
  const std::int32_t early = writer.conv(0, "a", 4, 3);
  writer.conv(early, "b", 4, 3);
  writer.network().exits.push_back({"early", early, false, 1});
  const Picture picture = picture_of(writer.network(), "exits");
  ASSERT_EQ(picture.boxes.size(), 5u);
  EXPECT_EQ(picture.boxes[3].label, "exit early");
  EXPECT_EQ(picture.boxes[3].inputs, (std::vector<PictureEdge>{{1, LineStyle::Solid}}));
  EXPECT_EQ(picture.boxes[4].label, "output");
}

TEST(NetworkPicture, TooltipsSayAll) {
  NetworkWriter writer({3, 2, {8, 8, 1}});
  writer.conv_bn_relu(0, "stem", 16, 3);
  const Picture picture = picture_of(writer.network(), "tooltip");
  EXPECT_NE(picture.boxes[1].tooltip.find("stem.conv_1: conv channels=16 kernel=3x3"), std::string::npos);
  EXPECT_NE(picture.boxes[1].tooltip.find("16x8x8, 432 params, 27,648 MACs\n"), std::string::npos);
  EXPECT_NE(picture.boxes[1].tooltip.find("stem.relu_1: relu"), std::string::npos);
  EXPECT_EQ(picture.boxes[1].edge_label, "16x8x8");
}

TEST(MergeChains, FollowersStandInTheBoxOfTheirOperation) {
  NetworkWriter writer({8, 2, {16, 16, 1}});
  std::int32_t x = writer.conv_bn_relu(0, "a", 32, 5, 2);
  const std::int32_t y = writer.conv_bn(writer.add(Op::Relu, {x}, "b.relu"), "b", 32, 3);
  x = writer.add(Op::Relu, {writer.add(Op::Add, {x, y}, "c")}, "c.relu");
  writer.linear(writer.add(Op::Flatten, {writer.add(Op::GlobalAveragePool, {x}, "d")}, "d.flatten"), "e", 10);
  EXPECT_EQ(box_labels(writer.network()),
            (std::vector<std::string>{"input", "conv 5x5, 32 / 2 | BN ReLU", "conv 3x3, 32 | after ReLU, then BN",
                                      "add | ReLU", "global avg pool", "linear 10"}));
}

TEST(MergeChains, DepthwiseAndPointwiseAreOneSeparableConvolution) {
  NetworkWriter writer({8, 2, {16, 16, 1}});
  const std::int32_t x = writer.conv(writer.conv(0, "a.depthwise", 8, 5, 2, 8), "a.pointwise", 24, 1);
  writer.conv(writer.add(Op::Relu6, {writer.conv(x, "b", 24, 3, 1, 24)}, "c"), "d", 24, 1);
  EXPECT_EQ(box_labels(writer.network()), (std::vector<std::string>{"input", "sep conv 5x5, 24 / 2",
                                                                    "depthwise conv 3x3, 24 | ReLU6", "conv 1x1, 24"}));
}

TEST(MergeChains, AnActivationAfterASumBelongsWhereItsNameSays) {
  NetworkWriter writer({8, 2, {16, 16, 1}});
  const std::int32_t sum = writer.add(Op::Add, {0, writer.conv(0, "part.0.conv", 8, 3)}, "part.0");
  writer.conv(writer.add(Op::Relu, {sum}, "part.1.prepare.relu"), "part.1.prepare.conv", 8, 1);
  EXPECT_EQ(box_labels(writer.network()),
            (std::vector<std::string>{"input", "conv 3x3, 8", "add", "conv 1x1, 8 | after ReLU"}));
}

TEST(MergeChains, WhatFollowsARepeatIsNotItsLastJoins) {
  NetworkWriter writer({8, 2, {16, 16, 1}});
  const std::int32_t sum = writer.add(Op::Add, {0, writer.conv(0, "part.4.conv", 8, 3)}, "part.4");
  writer.add(Op::GlobalAveragePool, {writer.add(Op::Relu, {sum}, "relu_1")}, "pool_1");
  EXPECT_EQ(box_labels(writer.network()),
            (std::vector<std::string>{"input", "conv 3x3, 8", "add", "global avg pool | after ReLU"}));
}

TEST(MergeChains, IdentitiesAreLines) {
  NetworkWriter writer({8, 2, {16, 16, 1}});
  const std::int32_t x = writer.conv(writer.add(Op::Identity, {0}, "i"), "a", 8, 3);
  const std::int32_t y = writer.add(Op::Relu, {writer.add(Op::Identity, {x}, "j")}, "b");
  writer.add(Op::Identity, {writer.add(Op::Add, {y, writer.add(Op::Identity, {0}, "k")}, "c")}, "l");
  const Picture picture = picture_of(writer.network(), "identities");
  ASSERT_EQ(picture.boxes.size(), 4u);
  EXPECT_EQ(picture.boxes[1].sublabel, "ReLU");
  EXPECT_EQ(picture.boxes[2].inputs, (std::vector<PictureEdge>{{1, LineStyle::Solid}, {0, LineStyle::Solid}}));
  EXPECT_EQ(picture.boxes[3].inputs, (std::vector<PictureEdge>{{2, LineStyle::Solid}}));
}

TEST(MergeChains, WhatTwoReadEndsItsBox) {
  NetworkWriter writer({8, 2, {16, 16, 1}});
  const std::int32_t x = writer.conv(0, "a", 8, 3);
  writer.add(Op::Add, {x, writer.add(Op::Relu, {x}, "b")}, "c");
  EXPECT_EQ(box_labels(writer.network()), (std::vector<std::string>{"input", "conv 3x3, 8", "ReLU", "add"}));
}

/// A box a letter, upper case is the same but for its shapes; each reads the one before it.
std::vector<FoldBox> chain(const std::string& letters) {
  std::vector<FoldBox> boxes;
  for (const char letter : letters) {
    FoldBox box;
    box.exact = static_cast<std::size_t>(letter);
    box.loose = static_cast<std::size_t>(letter | 0x20);
    if (!boxes.empty()) box.inputs = {static_cast<std::int32_t>(boxes.size() - 1)};
    boxes.push_back(std::move(box));
  }
  return boxes;
}

TEST(FoldRepeats, ByHand) {
  using Repeats = std::vector<Repeat>;
  EXPECT_EQ(detail::find_repeats(chain("abcd")), Repeats{});
  EXPECT_EQ(detail::find_repeats(chain("aa")), Repeats{});  // a frame would take the room that it saves
  EXPECT_EQ(detail::find_repeats(chain("xaaay")), (Repeats{{1, 1, 3, true, -1}}));
  EXPECT_EQ(detail::find_repeats(chain("xababab")), (Repeats{{1, 2, 3, true, -1}}));
  EXPECT_EQ(detail::find_repeats(chain("xcaaabcaaab")), (Repeats{{1, 5, 2, true, -1}, {7, 1, 3, true, 0}}));
  EXPECT_EQ(detail::find_repeats(chain("xababyccc")), (Repeats{{6, 1, 3, true, -1}, {1, 2, 2, true, -1}}));
}

TEST(FoldRepeats, ThreePartsMayDifferInShapes) {
  EXPECT_EQ(detail::find_repeats(chain("xabABaB")), (std::vector<Repeat>{{1, 2, 3, false, -1}}));
  EXPECT_EQ(detail::find_repeats(chain("xabAB")), std::vector<Repeat>{});
}

TEST(FoldRepeats, BordersAreThoseOfPaths) {
  auto boxes = chain("xbabab");
  const char* paths[] = {"x.", "x.", "r.0.a.", "r.0.b.", "r.1.a.", "r.1.b."};
  for (std::size_t b = 0; b < boxes.size(); ++b) boxes[b].path = paths[b];
  EXPECT_EQ(detail::find_repeats(boxes), (std::vector<Repeat>{{2, 2, 2, true, -1}}));
}

TEST(FoldRepeats, BranchesSideBySideAreNone) {
  auto boxes = chain("xaaaay");
  for (std::size_t b = 1; b < 5; ++b) boxes[b].inputs = {0};
  boxes[5].inputs = {1, 2, 3, 4};
  EXPECT_EQ(detail::find_repeats(boxes), std::vector<Repeat>{});
}

TEST(FoldRepeats, WhatOthersReadIsNotHidden) {
  auto boxes = chain("xababababy");
  boxes.back().inputs.push_back(4);
  for (const Repeat& repeat : detail::find_repeats(boxes)) EXPECT_FALSE(repeat.start <= 4 && 4 < repeat.last_part());
}

TEST(FoldRepeats, PartsThatReadDifferentOutsidersAreNotAlike) {
  auto boxes = chain("uvwabab");
  boxes[3].inputs = {2, 0};
  boxes[5].inputs = {4, 1};
  EXPECT_EQ(detail::find_repeats(boxes), std::vector<Repeat>{});
  boxes[5].inputs = {4, 0};  // both read the same one
  EXPECT_EQ(detail::find_repeats(boxes), (std::vector<Repeat>{{3, 2, 2, true, -1}}));
}

TEST(OperationLabel, EveryOperationHasAKind) {
  const std::set<std::string> plain = {"dropout",  "drop_path", "flatten",         "reshape", "pad",
                                       "upsample", "slice",     "channel_shuffle", "input"};
  for (const Operation& row : operations()) {
    const bool is_plain = plain.contains(std::string(row.name));
    EXPECT_EQ(kind_of_name(row.name) == BoxKind::Other, is_plain) << row.name;
  }
}

TEST(OperationLabel, ThreeAxesAndUnequalOnes) {
  Network network = make_network({4, 3, {8, 8, 8}});
  Attributes attributes;
  attributes.channels = 8;
  attributes.kernel = {1, 3, 3};
  attributes.stride = {1, 2, 2};
  attributes.dilation = {1, 1, 1};
  attributes.groups = 2;
  ASSERT_TRUE(add_node(network, Op::Conv, attributes, {0}));
  EXPECT_EQ(detail::short_label(network, 1), "conv 1x3x3, 8 / 1x2x2, 2 groups");
}

TEST(OperationLabel, Commas) {
  EXPECT_EQ(detail::with_commas(0), "0");
  EXPECT_EQ(detail::with_commas(999), "999");
  EXPECT_EQ(detail::with_commas(1000), "1,000");
  EXPECT_EQ(detail::with_commas(-1234567), "-1,234,567");
}

}  // namespace
}  // namespace nas
