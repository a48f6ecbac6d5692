#include "experiments/search/exit_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "experiments/search/job.h"
#include "experiments/search/screening.h"
#include "nas/check.h"
#include "nas/testing/gene_space.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// Two linear layers of 4 features, an exit `early` behind the first, and behind the second an
/// auxiliary head. Option 1 of the gene has an exit `late` too, behind the second.
class ExitSpace final : public SearchSpace {
 public:
  const std::string& name() const override { return genes_.name(); }
  const std::vector<Gene>& genes() const override { return genes_.genes(); }
  Genotype sample(Rng& rng) const override { return genes_.sample(rng); }
  Genotype mutate(const Genotype& parent, Rng& rng) const override { return genes_.mutate(parent, rng); }
  Genotype crossover(const Genotype& a, const Genotype& b, Rng& rng) const override {
    return genes_.crossover(a, b, rng);
  }
  bool has_network() const override { return true; }
  Result<Network> decode(const Genotype& genotype) const override {
    Network network = make_network({4, 0, {1, 1, 1}});
    const auto linear = [&](std::int32_t input) {
      return add_node(network, Op::Linear, {.channels = 4}, {input}).value();
    };
    const std::int32_t first = linear(0);
    const std::int32_t second = linear(first);
    const std::int32_t head = linear(second);
    network.output = second;
    add(network, {"early", first, false, 1});
    add(network, {"head", head, true, 0.3});
    if (genotype.genes[0] == 1) add(network, {"late", second, false, 1});
    return network;
  }

 private:
  static void add(Network& network, const Exit& exit) { NAS_CHECK(add_exit(network, exit).ok(), exit.name); }

  testing::GeneSpace genes_{testing::plain_genes(1, 2)};
};

TEST(ExitMetrics, OfExitsThatEveryNetworkHas) {
  EXPECT_THAT(exit_names(ExitSpace()), ElementsAre("early"));
  EXPECT_THAT(exit_names(testing::GeneSpace(testing::plain_genes(1, 2))), IsEmpty());
  EXPECT_THAT(metrics_of_exits({"val_loss", "val_accuracy"}, {"a", "b"}),
              ElementsAre("val_loss.a", "val_loss.b", "val_accuracy.a", "val_accuracy.b"));
  EXPECT_THAT(count_names({"early"}), ElementsAre("params", "macs", "params.early", "macs.early"));
}

TEST(ExitMetrics, AreComputedBeforeTraining) {
  const ExitSpace space;
  const Screening screening = make_screen(space, {.limits = {}, .count_networks = true, .table = {}})(Genotype{{0}});
  EXPECT_THAT(screening.computed,
              ElementsAre(Pair("macs", 32), Pair("macs.early", 16), Pair("params", 32), Pair("params.early", 16)));
}

TEST(ExitMetrics, MayBeLimited) {
  const ExitSpace space;
  const auto verdict = [&](const char* limit) {
    const Screen screen =
        make_screen(space, {.limits = {parse_limit(limit).value()}, .count_networks = true, .table = {}});
    return screen(Genotype{{0}}).verdict;
  };
  EXPECT_EQ(verdict("macs.early <= 16"), Screening::Verdict::Accepted);
  EXPECT_EQ(verdict("macs.early <= 15"), Screening::Verdict::OverLimit);
}

TEST(ExitMetrics, StandInJobs) {
  const ExitSpace space;
  ExperimentConfig config;
  config.evaluator.type = EvaluatorType::Command;
  Candidate candidate;
  candidate.genotype = {{0}};
  const auto job = nlohmann::json::parse(make_job_writer(config, space, "checkpoints")(candidate).value());
  EXPECT_EQ(job["macs.early"], 16);
  EXPECT_EQ(job["params"], 32);
  EXPECT_EQ(job["network"]["exits"][0]["name"], "early");
}

TEST(Jobs, APartialTraining) {
  const ExitSpace space;
  ExperimentConfig config;
  config.evaluator.type = EvaluatorType::Command;
  config.objectives = {{Direction::Maximise, "val_accuracy"}};
  const auto job_of = [&](const Candidate& candidate) {
    return nlohmann::json::parse(make_job_writer(config, space, "/run/checkpoints")(candidate).value());
  };
  Candidate candidate;
  candidate.id = CandidateId{17};
  candidate.genotype = {{0}};
  candidate.budget = 3;
  candidate.full_budget = 9;
  nlohmann::json job = job_of(candidate);
  EXPECT_EQ(job["budget"], 3);
  EXPECT_EQ(job["full_budget"], 9);
  EXPECT_EQ(job["checkpoint"], "/run/checkpoints/17");
  for (const char* key : {"continues", "continue_from", "stop_above"}) EXPECT_FALSE(job.contains(key)) << key;
  candidate.continues = CandidateId{4};
  candidate.stop_above = {std::numeric_limits<double>::infinity(), -0.5, std::numeric_limits<double>::max()};
  job = job_of(candidate);
  EXPECT_EQ(job["continues"], 4);
  EXPECT_EQ(job["continue_from"], "/run/checkpoints/4");
  EXPECT_EQ(
      job["stop_above"],
      nlohmann::json::parse(R"({"objective": "val_accuracy", "direction": "maximize", "bounds": [null, -0.5, null]})"));
}

}  // namespace
}  // namespace nas
