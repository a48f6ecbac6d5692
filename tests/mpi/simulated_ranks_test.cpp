// The farm's own code against workers in simulated time.
#include "mpi/simulated_ranks.h"

#include <gtest/gtest.h>

#include <map>

#include "mpi/farm.h"
#include "nas/rng.h"
#include "tests/mpi/fake_evaluator.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

struct Played {
  std::vector<Evaluation> results;  // in the order of arrival
  SimulatedRanks::Figures figures;
  Farm::Counts counts;
  double seconds = 0;
};

SimulationRules rules(std::size_t workers, std::size_t slots, double seconds) {
  SimulationRules rules;
  rules.workers = workers;
  rules.slots = slots;
  rules.latency = 0.001;
  rules.evaluate = [seconds](const Candidate& candidate) {
    Evaluation evaluation = fake_evaluation(candidate, "");
    evaluation.seconds = seconds;
    return evaluation;
  };
  return rules;
}

Played play(const SimulationRules& rules, std::uint64_t count, std::int64_t attempts = 100) {
  SimulatedRanks transport(rules);
  FarmOptions options;
  options.timing = rules.timing;
  options.retry.max_attempts = attempts;
  Farm farm(&transport, nullptr, options);
  const std::vector<Candidate> candidates = fake_candidates(count);
  Played played;
  for (std::size_t next = 0; played.results.size() < count;) {
    while (next < count && farm.free_slots() > 0) farm.submit(candidates[next++]);
    for (Evaluation& evaluation : farm.wait_some(200ms)) played.results.push_back(std::move(evaluation));
  }
  played.figures = transport.figures();
  played.counts = farm.counts();
  played.seconds = transport.seconds();
  return played;
}

TEST(SimulatedRanks, WorkTakesItsTime) {
  const Played played = play(rules(4, 2, 100), 80);
  // Ten rounds of eight.
  EXPECT_NEAR(played.seconds, 1000, 1);
  EXPECT_NEAR(played.figures.last_handout, 900, 1);
  EXPECT_NEAR(played.figures.busy_until_then / (8 * played.figures.last_handout), 1, 1e-3);
  EXPECT_EQ(played.counts.retries, 0U);
}

TEST(SimulatedRanks, EachResultOnceAlthoughWorkersDie) {
  SimulationRules mortal = rules(50, 1, 100);
  mortal.mean_life = 2000;
  const Played played = play(mortal, 500);
  EXPECT_GT(played.figures.deaths, 5U);
  EXPECT_GE(played.counts.retries, played.figures.deaths / 2);
  std::map<std::uint64_t, int> times;
  for (const Evaluation& evaluation : played.results) {
    ++times[number(evaluation.id)];
    EXPECT_FALSE(evaluation.failure && evaluation.failure->type == FailureType::WorkerLost);
  }
  EXPECT_EQ(times.size(), 500U);
  for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << id;
}

TEST(SimulatedRanks, TheSameRulesGiveTheSameResultsInTheSameOrder) {
  SimulationRules some = rules(20, 1, 0);
  some.mean_life = 3000;
  some.evaluate = [](const Candidate& candidate) {
    Evaluation evaluation = fake_evaluation(candidate, "");
    evaluation.seconds = 200 * Rng(1, number(candidate.id), Stream::Test).uniform();
    return evaluation;
  };
  const Played first = play(some, 300);
  const Played second = play(some, 300);
  EXPECT_EQ(first.results, second.results);
  EXPECT_EQ(first.seconds, second.seconds);
  some.seed = 2;
  EXPECT_NE(play(some, 300).results, first.results);
}

TEST(SimulatedRanks, ABusyCoordinatorMakesMessagesWait) {
  SimulationRules slow = rules(100, 1, 1);
  slow.seconds_per_message = 0.05;
  const Played played = play(slow, 1000);
  EXPECT_GT(played.figures.longest_queue, 10U);
  // Twenty messages a second are all that it can take.
  EXPECT_GT(played.seconds, 1000 * 0.05 * 0.9);
}

// Candidates of 20 ms with a round trip of 2 ms: without queueing ahead a tenth would be lost.
TEST(SimulatedRanks, QueueingAheadHidesTheWayThereAndBack) {
  SimulationRules quick = rules(8, 1, 0.02);
  quick.timing.heartbeat = 100ms;
  const Played played = play(quick, 40'000);
  const double utilisation = played.figures.busy_until_then / (8 * played.figures.last_handout);
  EXPECT_GT(utilisation, 0.98);
}

}  // namespace
}  // namespace nas
