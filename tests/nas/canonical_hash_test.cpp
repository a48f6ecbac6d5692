#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/operation.h"
#include "nas/rng.h"
#include "tests/nas/nas_bench_201.h"

namespace nas {
namespace {

using testing::NetworkBuilder;

const Shape kImage{4, 2, {8, 8, 1}};

Network cell_network(int cell) {
  NetworkBuilder net(kImage);
  testing::add_cell_201(net, testing::digits_201(cell), 0);
  return net.network();
}

bool inputs_match(const Node& a, const Node& b, const std::vector<std::int32_t>& image) {
  std::vector<std::int32_t> mapped;
  for (const std::int32_t input : a.inputs) mapped.push_back(image[static_cast<std::size_t>(input)]);
  std::vector<std::int32_t> wanted = b.inputs;
  if (operation(a.op).commutative) {
    std::sort(mapped.begin(), mapped.end());
    std::sort(wanted.begin(), wanted.end());
  }
  return mapped == wanted;
}

// Tries every assignment of the nodes of `a` to those of `b`, in `a`'s topological order.
bool match_from(const Network& a, const Network& b, std::vector<std::int32_t>& image, std::vector<bool>& taken) {
  const std::size_t i = image.size();
  if (i == a.nodes.size()) return image[static_cast<std::size_t>(a.output)] == b.output;
  for (std::size_t j = 0; j < b.nodes.size(); ++j) {
    const bool same = a.nodes[i].op == b.nodes[j].op && a.nodes[i].attributes == b.nodes[j].attributes;
    if (taken[j] || !same || !inputs_match(a.nodes[i], b.nodes[j], image)) continue;
    taken[j] = true;
    image.push_back(static_cast<std::int32_t>(j));
    if (match_from(a, b, image, taken)) return true;
    image.pop_back();
    taken[j] = false;
  }
  return false;
}

bool isomorphic(const Result<Network>& a, const Result<Network>& b) {
  if (!a.ok() || !b.ok()) return a.ok() == b.ok();
  if (a->nodes.size() != b->nodes.size()) return false;
  std::vector<std::int32_t> image;
  std::vector<bool> taken(b->nodes.size());
  return match_from(*a, *b, image, taken);
}

TEST(CanonicalHash, EqualExactlyForIsomorphicCells) {
  // Cells of few kinds of operations, so that many pairs are isomorphic.
  std::vector<int> cells;
  Rng rng(1, 0, Stream::Test);
  for (int i = 0; i < 160; ++i) {
    int cell = 0;
    for (int edge = 0; edge < 6; ++edge) cell = 5 * cell + static_cast<int>(rng.below(3) == 0 ? 3 : rng.below(2));
    cells.push_back(cell);
  }
  int equal = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Network a = cell_network(cells[i]);
    for (std::size_t j = 0; j < i; ++j) {
      const Network b = cell_network(cells[j]);
      const bool same = canonical_hash(a) == canonical_hash(b);
      ASSERT_EQ(same, isomorphic(simplify(a), simplify(b)))
          << testing::digits_201(cells[i]) << " " << testing::digits_201(cells[j]);
      equal += same && cells[i] != cells[j] ? 1 : 0;
    }
  }
  EXPECT_GT(equal, 100) << "the sample holds isomorphic pairs";
}

// The same graph with its nodes in another topological order, other names and shuffled sums.
Network relabelled(const Network& network, Rng& rng) {
  const std::size_t count = network.nodes.size();
  std::vector<std::int32_t> moved(count, -1);
  moved[0] = 0;
  Network result = make_network(network.nodes[0].shape);
  const auto is_ready = [&](std::size_t i) {
    const auto& inputs = network.nodes[i].inputs;
    return moved[i] < 0 && std::all_of(inputs.begin(), inputs.end(),
                                       [&](std::int32_t input) { return moved[static_cast<std::size_t>(input)] >= 0; });
  };
  while (result.nodes.size() < count) {
    const std::size_t i = rng.index(count);
    if (!is_ready(i)) continue;
    std::vector<std::int32_t> inputs;
    for (const std::int32_t input : network.nodes[i].inputs) inputs.push_back(moved[static_cast<std::size_t>(input)]);
    if (operation(network.nodes[i].op).commutative) rng.shuffle(std::span(inputs));
    const std::string name = "renamed." + std::to_string(i);
    moved[i] = add_node(result, network.nodes[i].op, network.nodes[i].attributes, inputs, name).value();
  }
  result.output = moved[static_cast<std::size_t>(network.output)];
  return result;
}

TEST(CanonicalHash, DoesNotSeeOrderOrNames) {
  Rng rng(2, 0, Stream::Test);
  for (int cell = 0; cell < testing::kCells201; cell += 331) {
    const Network network = testing::network_201(testing::digits_201(cell), {4, 1});
    const Network other = relabelled(network, rng);
    EXPECT_EQ(canonical_hash(network), canonical_hash(other)) << testing::digits_201(cell);
    const auto simple = simplify(other);
    if (simple.ok()) {
      EXPECT_EQ(canonical_hash(*simple), canonical_hash(network));
    }
  }
}

TEST(CanonicalHash, SharedIsNotCopied) {
  NetworkBuilder shared(kImage);
  const auto once = shared.conv(0, 4, 3);
  shared.add(Op::Add, {shared.add(Op::Relu, {once}), shared.add(Op::Tanh, {once})});
  NetworkBuilder copied(kImage);
  const auto first = copied.conv(0, 4, 3);
  const auto second = copied.conv(0, 4, 3);
  copied.add(Op::Add, {copied.add(Op::Relu, {first}), copied.add(Op::Tanh, {second})});
  EXPECT_NE(canonical_hash(shared.network()), canonical_hash(copied.network()));
}

// Two convolutions of the input; relu and tanh of the one and sigmoid and silu of the other, or
// relu and silu of the one: alike below and alike in numbers, different in who shares with whom.
TEST(CanonicalHash, SeesWhoSharesWithWhom) {
  const auto paired = [](std::vector<Op> first, std::vector<Op> second) {
    NetworkBuilder net(kImage);
    const auto a = net.conv(0, 4, 3);
    const auto b = net.conv(0, 4, 3);
    std::vector<std::int32_t> summands;
    for (const Op op : first) summands.push_back(net.add(op, {a}));
    for (const Op op : second) summands.push_back(net.add(op, {b}));
    net.add(Op::Add, summands);
    return canonical_hash(net.network());
  };
  EXPECT_NE(paired({Op::Relu, Op::Tanh}, {Op::Sigmoid, Op::Silu}),
            paired({Op::Relu, Op::Silu}, {Op::Sigmoid, Op::Tanh}));
  EXPECT_EQ(paired({Op::Relu, Op::Tanh}, {Op::Sigmoid, Op::Silu}),
            paired({Op::Silu, Op::Sigmoid}, {Op::Tanh, Op::Relu}));
}

TEST(CanonicalHash, SeesAttributesShapesAndOrderOfConcatenation) {
  const auto conv_hash = [](std::int64_t channels, std::int32_t kernel, std::int32_t stride) {
    NetworkBuilder net(kImage);
    net.conv(0, channels, kernel, stride);
    return canonical_hash(net.network());
  };
  EXPECT_NE(conv_hash(4, 3, 1), conv_hash(5, 3, 1));
  EXPECT_NE(conv_hash(4, 3, 1), conv_hash(4, 1, 1));
  EXPECT_NE(conv_hash(4, 3, 1), conv_hash(4, 3, 2));
  EXPECT_NE(canonical_hash(make_network(kImage)), canonical_hash(make_network({4, 1, {8, 1, 1}})));
  const auto concat_hash = [](bool swapped) {
    NetworkBuilder net(kImage);
    const auto a = net.add(Op::Relu, {0});
    net.add(Op::Concat, swapped ? std::vector{a, 0} : std::vector{0, a});
    return canonical_hash(net.network());
  };
  EXPECT_NE(concat_hash(false), concat_hash(true));
}

TEST(CanonicalHash, CountsRepeatedSummands) {
  const auto multiple = [](std::vector<std::int32_t> summands) {
    NetworkBuilder net(kImage);
    net.add(Op::Relu, {net.add(Op::Add, std::move(summands))});
    return canonical_hash(net.network());
  };
  EXPECT_NE(multiple({0}), multiple({0, 0}));
  EXPECT_NE(multiple({0, 0, 0}), multiple({0, 0}));
}

// People compare hashes across versions (`nas space cost`): a change belongs in the change log.
TEST(CanonicalHash, IsTheSameInEveryVersion) {
  EXPECT_EQ(canonical_hash(testing::network_201("333333")), 16257325600999513565u);
  EXPECT_EQ(canonical_hash(testing::network_201("000000")), kNoNetwork);
}

}  // namespace
}  // namespace nas
