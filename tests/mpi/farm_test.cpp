// Coordinator and workers over local threads: the protocol without MPI.
#include <gmock/gmock.h>

#include <thread>

#include "mpi/handshake.h"
#include "mpi/local_transport.h"
#include "mpi/remote_evaluator.h"
#include "mpi/worker.h"
#include "nas/check.h"
#include "tests/mpi/child_fixture.h"
#include "tests/mpi/fake_evaluator.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Ranks 1 .. n as threads, each with a fake evaluator.
class Workers {
 public:
  Workers(LocalNetwork& network, int count, std::size_t slots) {
    for (int rank = 1; rank <= count; ++rank) {
      threads_.emplace_back([&network, rank, slots] {
        const auto transport = network.endpoint(rank);
        FakeEvaluator local(slots, fmt::format("host:{}.0", rank));
        run_worker(*transport, local, {0, "host", "fake"});
      });
    }
  }
  ~Workers() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<std::thread> threads_;
};

struct FarmCase {
  int workers;
  std::size_t slots;
  std::chrono::microseconds greatest_delay;
};

class FarmTest : public ::testing::TestWithParam<FarmCase> {};

TEST_P(FarmTest, Conformance) {
  LocalNetwork network(GetParam().workers + 1, {.seed = 5, .greatest_delay = GetParam().greatest_delay});
  const auto transport = network.endpoint(0);
  const Workers workers(network, GetParam().workers, GetParam().slots);
  RemoteEvaluator evaluator(*transport);
  EXPECT_EQ(evaluator.slots(), 0U);
  expect_conformance(evaluator, fake_candidates(400));
  wait_for_slots(evaluator, static_cast<std::size_t>(GetParam().workers) * GetParam().slots);
  EXPECT_TRUE(evaluator.stop(30s));
}

TEST_P(FarmTest, ResultsAreThoseOfTheCandidates) {
  LocalNetwork network(GetParam().workers + 1, {.seed = 6, .greatest_delay = GetParam().greatest_delay});
  const auto transport = network.endpoint(0);
  const Workers workers(network, GetParam().workers, GetParam().slots);
  RemoteEvaluator evaluator(*transport);
  const std::vector<Candidate> candidates = fake_candidates(100);
  for (auto& [id, result] : evaluate_all(evaluator, candidates)) {
    EXPECT_EQ(result, fake_evaluation(candidates[id], result.worker));
  }
  EXPECT_TRUE(evaluator.stop(30s));
}

INSTANTIATE_TEST_SUITE_P(Sizes, FarmTest,
                         ::testing::Values(FarmCase{1, 1, 0us}, FarmCase{3, 1, 2000us}, FarmCase{2, 64, 500us}));

TEST(Farm, CandidatesForOneWorkerTravelTogether) {
  LocalNetwork network(2);
  const auto transport = network.endpoint(0);
  const auto worker = network.endpoint(1);
  RemoteEvaluator evaluator(*transport);
  send_message(*worker, 0, HelloMessage{3, "host", "three slots"});
  wait_for_slots(evaluator, 3);
  ASSERT_EQ(evaluator.workers().size(), 1U);
  EXPECT_EQ(evaluator.workers()[0].description, "three slots");

  const std::vector<Candidate> candidates = fake_candidates(3);
  evaluator.submit(candidates[0]);
  evaluator.submit(candidates[1]);
  EXPECT_FALSE(worker->receive(0ms)) << "there may be more for this worker";
  evaluator.submit(candidates[2]);
  const std::optional<Message> full = worker->receive(10s);
  ASSERT_TRUE(full) << "a worker without a free slot need not wait for the round to end";
  EXPECT_EQ(std::get<WorkMessage>(decode(full->bytes).value()).candidates, candidates);
  EXPECT_EQ(evaluator.free_slots(), 0U);
}

TEST(Farm, AResultThatNobodyWaitsForIsDropped) {
  LocalNetwork network(2);
  const auto transport = network.endpoint(0);
  const auto worker = network.endpoint(1);
  RemoteEvaluator evaluator(*transport);
  send_message(*worker, 0, HelloMessage{2, "host", ""});
  wait_for_slots(evaluator, 2);
  const std::vector<Candidate> candidates = fake_candidates(2);
  evaluator.submit(candidates[1]);
  const Evaluation good = fake_evaluation(candidates[1], "host:1.0");
  send_message(*worker, 0, ResultsMessage{{fake_evaluation(candidates[0], "host:1.0"), good, good}});
  EXPECT_EQ(evaluator.wait_some(10s), std::vector<Evaluation>{good});
  EXPECT_EQ(evaluator.free_slots(), 2U);
}

TEST(Farm, TroubleAndNonsenseEndTheSearch) {
  LocalNetwork network(2);
  const auto transport = network.endpoint(0);
  const auto worker = network.endpoint(1);
  RemoteEvaluator evaluator(*transport);
  send_trouble(*worker, "the disk is full");
  try {
    (void)evaluator.wait_some(10s);
    ADD_FAILURE() << "no exception";
  } catch (const Exception& error) {
    EXPECT_STREQ(error.what(), "rank 1: the disk is full");
  }
  worker->send(0, {std::byte{1}});
  EXPECT_THROW((void)evaluator.wait_some(10s), Exception);
}

TEST(Farm, StopNamesTheSilent) {
  LocalNetwork network(3);
  const auto transport = network.endpoint(0);
  network.kill(2);
  const Workers workers(network, 1, 1);
  RemoteEvaluator evaluator(*transport);
  wait_for_slots(evaluator, 1);
  const Result<Unit> stopped = evaluator.stop(500ms);
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error().message, HasSubstr("rank 2 did not stop"));
}

TEST(Farm, StopDropsWhatIsUnderWay) {
  LocalNetwork network(3);
  const auto transport = network.endpoint(0);
  const Workers workers(network, 2, 4);
  RemoteEvaluator evaluator(*transport);
  wait_for_slots(evaluator, 8);
  for (const Candidate& candidate : fake_candidates(8)) evaluator.submit(candidate);
  EXPECT_TRUE(evaluator.stop(30s));
}

TEST(Farm, IdleRanksTakePart) {
  LocalNetwork network(3);
  const auto transport = network.endpoint(0);
  const Workers workers(network, 1, 2);
  std::thread idle([&] { run_idle_worker(*network.endpoint(2), {0, "host", "no GPU is left"}); });
  RemoteEvaluator evaluator(*transport);
  EXPECT_EQ(evaluate_all(evaluator, fake_candidates(20)).size(), 20U);
  EXPECT_EQ(evaluator.workers().size(), 1U);
  EXPECT_TRUE(evaluator.stop(30s));
  idle.join();
}

TEST(Handshake, FactsUpSetupDown) {
  LocalNetwork network(3);
  const auto coordinator = network.endpoint(0);
  std::vector<std::string> texts(3);
  std::vector<std::thread> threads;
  for (int rank = 1; rank < 3; ++rank) {
    threads.emplace_back([&network, &texts, rank] {
      const auto transport = network.endpoint(rank);
      send_facts(*transport, {rank, 0, "host" + std::to_string(rank), {"0"}, {0, 1}, 0});
      texts[static_cast<std::size_t>(rank)] = receive_setup(*transport).value_or("stopped");
    });
  }
  const Result<std::vector<RankFacts>> facts = gather_facts(*coordinator, {0, 0, "host0", {}, {0}, 0}, 30s);
  ASSERT_TRUE(facts);
  ASSERT_EQ(facts->size(), 3U);
  for (int rank = 0; rank < 3; ++rank) {
    EXPECT_EQ((*facts)[static_cast<std::size_t>(rank)].rank, rank);
    EXPECT_EQ((*facts)[static_cast<std::size_t>(rank)].host, "host" + std::to_string(rank));
  }
  send_setup(*coordinator, 1, "evaluate this");
  send_message(*coordinator, 2, StopMessage{});
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(texts[1], "evaluate this");
  EXPECT_EQ(texts[2], "stopped");
}

TEST(Handshake, ASilentRankIsAnError) {
  LocalNetwork network(2);
  const Result<std::vector<RankFacts>> facts = gather_facts(*network.endpoint(0), {}, 20ms);
  ASSERT_FALSE(facts);
  EXPECT_THAT(facts.error().message, HasSubstr("1 of 2 ranks did not report"));
}

// The whole way: candidates through a worker to children and back.
class FarmOfChildren : public ChildFixture {};

TEST_F(FarmOfChildren, Conformance) {
  LocalNetwork network(2);
  std::thread worker([&] {
    ChildEvaluator local(options(2));
    run_worker(*network.endpoint(1), local, {0, "host", "children"});
  });
  const auto transport = network.endpoint(0);
  RemoteEvaluator evaluator(*transport);
  std::vector<Candidate> candidates;
  for (std::uint64_t id = 0; id < 40; ++id) {
    candidates.push_back(job(id, id % 4 == 1 ? Misbehaviour::SegmentationFault : Misbehaviour::CurveThenAnswer));
  }
  expect_conformance(evaluator, candidates);
  EXPECT_TRUE(evaluator.stop(30s));
  worker.join();
}

}  // namespace
}  // namespace nas
