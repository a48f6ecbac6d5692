// The surrogate's model and archive against brute force.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <set>

#include "nas/operation.h"
#include "nas/surrogate/archive.h"
#include "nas/surrogate/gaussian_process.h"
#include "nas/surrogate/graph_features.h"
#include "nas/surrogate/proposal_pool.h"
#include "nas/testing/fake_objective.h"
#include "nas/testing/gene_space.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using testing::GeneSpace;
using testing::plain_genes;

std::vector<ModelPoint> random_points(std::size_t count, std::size_t genes, std::size_t options, std::uint64_t seed) {
  Rng rng(seed, 0, Stream::Test);
  std::vector<ModelPoint> points(count);
  for (ModelPoint& point : points) {
    for (std::size_t i = 0; i < genes; ++i) point.options.push_back(static_cast<std::uint16_t>(rng.index(options)));
    for (auto& counts : point.graph.counts) {
      for (std::uint64_t label = 0; label < 5; ++label) counts.emplace_back(label, static_cast<float>(rng.below(3)));
    }
  }
  return points;
}

ModelInputs inputs_of(const std::vector<ModelPoint>& points, LabelRows& rows) {
  std::vector<const ModelPoint*> all;
  for (const ModelPoint& point : points) {
    rows.add(point);
    all.push_back(&point);
  }
  return rows.inputs_of(all);
}

TEST(Kernel, GradientIsThatOfFiniteDifferences) {
  LabelRows rows;
  const ModelInputs inputs = inputs_of(random_points(12, 4, 3, 1), rows);
  Kernel kernel(layout_of(plain_genes(4, 3)));
  kernel.start(inputs);
  Rng rng(2, 0, Stream::Test);
  for (double& parameter : kernel.parameters()) parameter += rng.uniform() - 0.5;
  Eigen::MatrixXd m = Eigen::MatrixXd::NullaryExpr(12, 12, [&] { return rng.uniform() - 0.5; });
  m = (m + m.transpose()).eval();
  const auto distances = graph_distances(inputs, inputs);
  const auto sum = [&] {
    const Kernel::Parts parts = kernel.parts(inputs, inputs, distances);
    return m.cwiseProduct(parts.genes + parts.networks).sum() + m.trace() * kernel.noise();
  };
  const Eigen::VectorXd gradient = kernel.gradient(inputs, distances, kernel.parts(inputs, inputs, distances), m);
  for (Eigen::Index i = 0; i < gradient.size(); ++i) {
    constexpr double kStep = 1e-5;
    const double middle = kernel.parameters()[i];
    kernel.parameters()[i] = middle + kStep;
    const double above = sum();
    kernel.parameters()[i] = middle - kStep;
    const double below = sum();
    kernel.parameters()[i] = middle;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-7) << i;
  }
}

TEST(Kernel, LabelsThatOneSideNeverMetCount) {
  std::vector<ModelPoint> points = random_points(3, 2, 3, 1);
  LabelRows rows;
  const ModelInputs before = inputs_of({points[0], points[1]}, rows);
  points[2].graph.counts[0].emplace_back(99, 7.0F);
  const ModelInputs after = inputs_of({points[2], points[0]}, rows);
  ASSERT_GT(after.graph[0].rows(), before.graph[0].rows());
  const Eigen::MatrixXd whole = graph_distances(inputs_of(points, rows), inputs_of(points, rows))[0];
  const Eigen::MatrixXd mixed = graph_distances(before, after)[0];
  EXPECT_EQ(mixed(0, 0), whole(0, 2));
  EXPECT_EQ(mixed(1, 0), whole(1, 2));
  EXPECT_EQ(mixed(0, 1), 0);
}

TEST(GaussianProcess, PredictsAsTheTextbookSays) {
  LabelRows rows;
  const std::vector<ModelPoint> points = random_points(20, 4, 3, 3);
  const ModelInputs known = inputs_of({points.begin(), points.begin() + 15}, rows);
  const ModelInputs asked = inputs_of({points.begin() + 15, points.end()}, rows);
  const Eigen::VectorXd y = Eigen::VectorXd::LinSpaced(15, -2, 2);
  GaussianProcess process(layout_of(plain_genes(4, 3)));
  process.fit(known, y, 1);  // one evaluation: the parameters stay in the middle of their priors
  process.condition(known, y);
  const Prediction prediction = process.predict(asked);

  Kernel kernel(layout_of(plain_genes(4, 3)));
  kernel.start(known);
  Eigen::MatrixXd covariance = kernel.between(known, known);
  covariance.diagonal().array() += kernel.noise() + 1e-6;
  const Eigen::MatrixXd inverse = covariance.inverse();
  const Eigen::MatrixXd cross = kernel.between(known, asked);
  const Eigen::VectorXd mean = cross.transpose() * inverse * y;
  const Eigen::VectorXd variance = kernel.variance() - (cross.transpose() * inverse * cross).diagonal().array();
  EXPECT_TRUE(prediction.mean.isApprox(mean, 1e-9));
  EXPECT_TRUE(prediction.sd.isApprox(variance.cwiseSqrt(), 1e-9));
}

TEST(GaussianProcess, PendingPointsMoveNoMeanButMakeCertain) {
  LabelRows rows;
  const std::vector<ModelPoint> points = random_points(20, 4, 3, 4);
  const ModelInputs known = inputs_of({points.begin(), points.begin() + 10}, rows);
  const ModelInputs with_pending = inputs_of({points.begin(), points.begin() + 16}, rows);
  const ModelInputs asked = inputs_of({points.begin() + 14, points.end()}, rows);
  const Eigen::VectorXd y = Eigen::VectorXd::LinSpaced(10, -2, 2);
  GaussianProcess process(layout_of(plain_genes(4, 3)));
  process.fit(known, y, 10);
  process.condition(known, y);
  const Prediction before = process.predict(asked);
  process.condition(with_pending, y);
  const Prediction after = process.predict(asked);
  EXPECT_TRUE(after.mean.isApprox(before.mean, 1e-9));
  EXPECT_LT(after.sd[0], 0.5 * before.sd[0]) << "it is pending itself";
  EXPECT_TRUE((after.sd.array() <= before.sd.array() + 1e-12).all());
}

TEST(GaussianProcess, LearnsOnAsIfAllHadComeAtOnce) {
  LabelRows rows;
  const std::vector<ModelPoint> points = random_points(30, 8, 4, 6);
  // Results 0 to 9 with 10 to 12 pending; then results 0 to 13 with two others pending.
  std::vector<ModelPoint> later(points.begin(), points.begin() + 14);
  later.push_back(points[17]);
  later.push_back(points[12]);
  const Eigen::VectorXd y = Eigen::VectorXd::LinSpaced(14, -2, 2);
  const ModelInputs first = inputs_of({points.begin(), points.begin() + 13}, rows);
  const ModelInputs second = inputs_of(later, rows);
  const ModelInputs asked = inputs_of({points.begin() + 18, points.end()}, rows);
  GaussianProcess in_steps(layout_of(plain_genes(8, 4)));
  in_steps.fit(first, y.head(13), 5);
  GaussianProcess at_once = in_steps;
  in_steps.condition(first, y.head(10));
  in_steps.condition(second, y);
  at_once.condition(second, y);
  EXPECT_TRUE(in_steps.predict(asked).mean.isApprox(at_once.predict(asked).mean, 1e-9));
  EXPECT_TRUE(in_steps.predict(asked).sd.isApprox(at_once.predict(asked).sd, 1e-9));
  const ModelInputs fewer = inputs_of({points.begin(), points.begin() + 9}, rows);
  in_steps.condition(fewer, y.head(9));
  GaussianProcess anew = at_once;
  anew.condition(fewer, y.head(9));
  at_once.condition(asked, y.head(12));
  at_once.condition(fewer, y.head(9));
  EXPECT_TRUE(in_steps.predict(asked).sd.isApprox(at_once.predict(asked).sd, 1e-9)) << "points may go";
  EXPECT_TRUE(anew.predict(asked).mean.isApprox(at_once.predict(asked).mean, 1e-9));
  in_steps.fit(second, Eigen::VectorXd::LinSpaced(16, 1, -1), 5);
  at_once = in_steps;
  in_steps.condition(second, y.reverse());
  at_once.condition(first, y.head(13));
  at_once.condition(second, y.reverse());
  EXPECT_TRUE(in_steps.predict(asked).mean.isApprox(at_once.predict(asked).mean, 1e-9)) << "a fit begins anew";
}

TEST(GaussianProcess, FitsWhatDependsOnOneGene) {
  LabelRows rows;
  std::vector<ModelPoint> points = random_points(160, 6, 4, 5);
  Eigen::VectorXd y(160);
  for (Eigen::Index i = 0; i < 160; ++i) {
    points[static_cast<std::size_t>(i)].graph = {};
    y[i] = static_cast<double>(points[static_cast<std::size_t>(i)].options[2]) - 1.5;
  }
  const ModelInputs known = inputs_of({points.begin(), points.begin() + 60}, rows);
  const ModelInputs asked = inputs_of({points.begin() + 60, points.end()}, rows);
  GaussianProcess process(layout_of(plain_genes(6, 4)));
  process.fit(known, y.head(60), 30);
  process.condition(known, y.head(60));
  EXPECT_LT((process.predict(asked).mean - y.tail(100)).cwiseAbs().maxCoeff(), 0.3);
}

Network chain(Op first, Op second) {
  Network network = make_network(Shape{4, 2, {8, 8, 1}});
  Attributes window;
  window.kernel = {3, 3, 1};
  window.channels = 4;
  pad_same(window);
  const auto left = add_node(network, first, window, {0}).value();
  const auto right = add_node(network, second, window, {0}).value();
  EXPECT_TRUE(add_node(network, Op::Add, {}, {left, right}).ok());
  return network;
}

TEST(GraphFeatures, IsomorphicNetworksHaveEqualOnes) {
  const GraphFeatures features = graph_features({chain(Op::Conv, Op::MaxPool), {}});
  EXPECT_EQ(features, graph_features({chain(Op::MaxPool, Op::Conv), {}}));
  EXPECT_NE(features, graph_features({chain(Op::Conv, Op::Conv), {}}));
  EXPECT_NE(features, graph_features({chain(Op::MaxPool, Op::MaxPool), {}}));
}

TEST(GraphFeatures, WhatIsNotUsedDoesNotCount) {
  Network network = chain(Op::Conv, Op::MaxPool);
  const std::int32_t output = network.output;
  const GraphFeatures features = graph_features({network, {}});
  ASSERT_TRUE(add_node(network, Op::Relu, {}, {1}).ok());
  network.output = output;
  EXPECT_EQ(graph_features({network, {}}), features);
}

TEST(GraphFeatures, OfACellAreThoseOfItsNodesAlone) {
  Network network = chain(Op::Conv, Op::MaxPool);
  const auto end = static_cast<std::int32_t>(network.nodes.size());
  Attributes window;
  window.kernel = {5, 5, 1};
  pad_same(window);
  const CellGraph cell{.name = "c", .nodes = {}, .output = {}, .begin = 1, .end = end};
  const GraphFeatures alone = graph_features({network, {cell}});
  ASSERT_TRUE(add_node(network, Op::AveragePool, window, {network.output}).ok());
  EXPECT_EQ(graph_features({network, {cell}}), alone);
  EXPECT_NE(graph_features({network, {}}), alone);
}

Outcome outcome(std::uint64_t id, std::vector<double> objectives, double violation = 0) {
  Outcome result;
  result.candidate.id = static_cast<CandidateId>(id);
  result.objectives = std::move(objectives);
  result.violation = violation;
  return result;
}

TEST(Archive, KeepsTheBestInOrder) {
  Archive archive(4);
  for (std::uint64_t i = 0; i < 30; ++i) archive.add(outcome(i, {static_cast<double>((i * 7) % 30)}, i == 0 ? 1 : 0));
  std::vector<double> values;
  for (const std::size_t index : archive.best()) values.push_back(archive[index].point.objectives[0]);
  EXPECT_THAT(values, ElementsAre(1, 2, 3, 4));  // 0 is over a limit
  EXPECT_EQ(archive.front(), 1U);
}

TEST(Archive, SamplesTheBestAndOthers) {
  Archive archive(10);
  for (std::uint64_t i = 0; i < 500; ++i) archive.add(outcome(i, {static_cast<double>(i)}));
  Rng rng(1, 0, Stream::Test);
  const std::vector<std::size_t> sample = archive.sample(20, rng);
  EXPECT_EQ(std::set<std::size_t>(sample.begin(), sample.end()).size(), 20U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(sample[i], i);
  EXPECT_GT(sample[19], 100U);
}

TEST(ProposeChildren, ComeFromTheirParents) {
  const GeneSpace space(plain_genes(6, 4));
  Rng rng(3, 0, Stream::Test);
  std::vector<Parent> parents;
  for (std::uint64_t id = 0; id < 5; ++id) parents.push_back({static_cast<CandidateId>(id), space.sample(rng)});
  const auto differences = [&](const Genotype& genotype, CandidateId parent) {
    std::size_t count = 0;
    const Genotype& other = parents[number(parent)].genotype;
    for (std::size_t i = 0; i < 6; ++i) count += genotype.genes[i] != other.genes[i] ? 1U : 0U;
    return count;
  };
  std::set<Genotype> of_the_first;
  for (const Proposal& proposal : propose_children(space, Neighbourhood(space.genes()), parents, rng)) {
    EXPECT_EQ(proposal.parents.empty(), proposal.origin == "sample");
    if (proposal.parents.size() != 1) continue;
    EXPECT_LE(differences(proposal.genotype, proposal.parents[0]), 2U);
    if (number(proposal.parents[0]) == 0 && differences(proposal.genotype, proposal.parents[0]) == 1) {
      of_the_first.insert(proposal.genotype);
    }
  }
  EXPECT_EQ(of_the_first.size(), 6U * 3U) << "all its neighbours";
}

}  // namespace
}  // namespace nas
