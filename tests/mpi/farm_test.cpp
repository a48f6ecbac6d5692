// Coordinator and workers over local threads: the protocol without MPI.
#include "mpi/farm.h"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "mpi/handshake.h"
#include "mpi/local_transport.h"
#include "mpi/worker.h"
#include "nas/check.h"
#include "tests/mpi/child_fixture.h"
#include "tests/mpi/fake_evaluator.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Nothing queued ahead, every failure final.
const FarmOptions kPlain{.retry = {.max_attempts = 1}, .prefetch = 0};

/// Ranks 1 .. n as threads, each with a fake evaluator.
class Workers {
 public:
  Workers(LocalNetwork& network, int count, std::size_t slots) {
    for (int rank = 1; rank <= count; ++rank) {
      threads_.emplace_back([&network, rank, slots] {
        const auto transport = network.endpoint(rank);
        FakeEvaluator local(slots, fmt::format("host:{}.0", rank));
        EXPECT_EQ(run_worker(*transport, &local, {}), Departure::Together);
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
  Farm evaluator(transport.get(), nullptr, kPlain);
  EXPECT_EQ(evaluator.slots(), 0U);
  expect_conformance(evaluator, fake_candidates(400));
  wait_for_slots(evaluator, static_cast<std::size_t>(GetParam().workers) * GetParam().slots);
  EXPECT_TRUE(stop_ranks(*transport, {}, 30s));
}

TEST_P(FarmTest, ResultsAreThoseOfTheCandidates) {
  LocalNetwork network(GetParam().workers + 1, {.seed = 6, .greatest_delay = GetParam().greatest_delay});
  const auto transport = network.endpoint(0);
  const Workers workers(network, GetParam().workers, GetParam().slots);
  Farm evaluator(transport.get(), nullptr, kPlain);
  const std::vector<Candidate> candidates = fake_candidates(100);
  for (auto& [id, result] : evaluate_all(evaluator, candidates)) {
    EXPECT_EQ(result, fake_evaluation(candidates[id], result.worker));
  }
  EXPECT_TRUE(stop_ranks(*transport, {}, 30s));
}

INSTANTIATE_TEST_SUITE_P(Sizes, FarmTest,
                         ::testing::Values(FarmCase{1, 1, 0us}, FarmCase{3, 1, 2000us}, FarmCase{2, 64, 500us}));

/// Rank 1 by hand.
class FarmByHand : public ::testing::Test {
 protected:
  explicit FarmByHand(const FarmOptions& options = kPlain) : farm_(transport_.get(), nullptr, options) {}

  void report(std::int32_t slots, std::uint64_t letter = 0, std::vector<LeaseNumber> held = {}) {
    send_message(*worker_, 0, StatusMessage{slots, letter, std::move(held)});
  }
  /// The next message for the worker that is no heartbeat.
  std::optional<WireMessage> next(std::chrono::milliseconds timeout = 10s) {
    while (const auto message = worker_->receive(timeout)) {
      WireMessage decoded = decode(message->bytes).value();
      if (!std::holds_alternative<AliveMessage>(decoded)) return decoded;
    }
    return std::nullopt;
  }
  std::vector<Handout> next_work() {
    const auto message = next();
    return message ? std::get<WorkMessage>(*message).handouts : std::vector<Handout>();
  }

  LocalNetwork network_{2};
  std::unique_ptr<Transport> transport_ = network_.endpoint(0);
  std::unique_ptr<Transport> worker_ = network_.endpoint(1);
  Farm farm_;
};

TEST_F(FarmByHand, CandidatesForOneWorkerTravelTogether) {
  report(3);
  wait_for_slots(farm_, 3);
  const std::vector<Candidate> candidates = fake_candidates(3);
  farm_.submit(candidates[0]);
  farm_.submit(candidates[1]);
  EXPECT_FALSE(next(0ms)) << "there may be more for this worker";
  farm_.submit(candidates[2]);
  const std::vector<Handout> work = next_work();
  ASSERT_EQ(work.size(), 3U) << "a worker without a free slot need not wait for the round to end";
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(work[i].candidate, candidates[i]);
  EXPECT_EQ(farm_.free_slots(), 0U);
}

TEST_F(FarmByHand, AResultThatNobodyWaitsForIsDropped) {
  report(2);
  wait_for_slots(farm_, 2);
  const std::vector<Candidate> candidates = fake_candidates(2);
  farm_.submit(candidates[1]);
  EXPECT_TRUE(farm_.wait_some(0ms).empty());
  const LeaseNumber lease = next_work().at(0).lease;
  const Evaluation good = fake_evaluation(candidates[1], "host:1.0");
  send_message(*worker_, 0,
               ResultsMessage{{{lease + 1, fake_evaluation(candidates[0], "host:1.0")}, {lease, good}, {lease, good}}});
  EXPECT_EQ(farm_.wait_some(10s), std::vector<Evaluation>{good});
  EXPECT_EQ(farm_.free_slots(), 2U);
  EXPECT_EQ(farm_.counts().late, 2U);
}

TEST_F(FarmByHand, TroubleAndAnotherVersionEndTheSearch) {
  send_trouble(*worker_, "the disk is full");
  try {
    (void)farm_.wait_some(10s);
    ADD_FAILURE() << "no exception";
  } catch (const Exception& error) {
    EXPECT_STREQ(error.what(), "rank 1: the disk is full");
  }
  worker_->send(0, {std::byte{0xA5}, std::byte{2}, std::byte{1}});
  try {
    (void)farm_.wait_some(10s);
    ADD_FAILURE() << "no exception";
  } catch (const Exception& error) {
    EXPECT_THAT(error.what(), HasSubstr("wire version 2 (this program speaks 4)"));
  }
}

TEST_F(FarmByHand, ADamagedMessageIsDroppedAndCounted) {
  report(1);
  wait_for_slots(farm_, 1);
  worker_->send(0, {std::byte{0xA5}, std::byte{kWireVersion}, std::byte{1}});
  EXPECT_TRUE(farm_.wait_some(100ms).empty());
  EXPECT_EQ(farm_.counts().damaged, 1U);
}

class FarmAhead : public FarmByHand {
 protected:
  FarmAhead() : FarmByHand({.retry = {.max_attempts = 1}, .prefetch = 2}) {}
};

TEST_F(FarmAhead, QueuesAheadAndCallsBackWhatHasNotBegun) {
  report(1);
  wait_for_slots(farm_, 1);
  EXPECT_EQ(farm_.free_slots(), 3U);
  for (const Candidate& candidate : fake_candidates(3)) farm_.submit(candidate);
  EXPECT_TRUE(farm_.wait_some(0ms).empty());
  std::vector<LeaseNumber> leases;
  while (leases.size() < 3) {
    for (const Handout& handout : next_work()) leases.push_back(handout.lease);
  }
  EXPECT_EQ(farm_.counts().waiting, 2U);

  farm_.withdraw_waiting();
  EXPECT_EQ(farm_.free_slots(), 0U) << "nothing is to be submitted any more";
  const auto message = next();
  ASSERT_TRUE(message);
  EXPECT_TRUE(std::get<WithdrawMessage>(*message).only_waiting);
  send_message(*worker_, 0, ReturnedMessage{{leases[1], leases[2]}});
  EXPECT_TRUE(farm_.wait_some(10s).empty());
  EXPECT_EQ(farm_.take_withdrawn(), (std::vector{CandidateId{1}, CandidateId{2}}));

  farm_.withdraw(CandidateId{0});
  EXPECT_TRUE(farm_.wait_some(0ms).empty());
  EXPECT_EQ(std::get<WithdrawMessage>(next().value()), (WithdrawMessage{{leases[0]}, false}));
  send_message(*worker_, 0, ReturnedMessage{{leases[0]}});
  EXPECT_TRUE(farm_.wait_some(10s).empty());
  EXPECT_EQ(farm_.take_withdrawn(), std::vector{CandidateId{0}});
}

TEST_F(FarmAhead, OneThatIsCalledBackDoesNotGoOutAgainWhileOthersDo) {
  report(1);
  wait_for_slots(farm_, 1);
  for (const Candidate& candidate : fake_candidates(2)) farm_.submit(candidate);
  EXPECT_TRUE(farm_.wait_some(0ms).empty());
  std::vector<LeaseNumber> leases;
  while (leases.size() < 2) {
    for (const Handout& handout : next_work()) leases.push_back(handout.lease);
  }
  farm_.withdraw(CandidateId{0});
  EXPECT_TRUE(farm_.wait_some(0ms).empty());
  EXPECT_EQ(std::get<WithdrawMessage>(next().value()), (WithdrawMessage{{leases[0]}, false}));
  send_message(*worker_, 0, ReturnedMessage{leases});  // the other one by itself
  EXPECT_TRUE(farm_.wait_some(10s).empty());
  EXPECT_EQ(farm_.take_withdrawn(), std::vector{CandidateId{0}});
  const std::vector<Handout> again = next_work();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].candidate.id, CandidateId{1});
}

TEST(Farm, RankAfterRankKeepsTogetherWhatIsHandedOutTogether) {
  LocalNetwork network(4);
  const auto transport = network.endpoint(0);
  const Workers workers(network, 3, 4);
  FarmOptions options = kPlain;
  options.order = FarmOptions::Order::RankAfterRank;
  Farm farm(transport.get(), nullptr, options);
  wait_for_slots(farm, 12);
  std::map<std::string, std::set<std::uint64_t>> groups;  // candidate / 4, by worker
  for (const Candidate& candidate : fake_candidates(12)) farm.submit(candidate);
  for (std::size_t done = 0; done < 12;) {
    for (const Evaluation& evaluation : farm.wait_some(10s)) {
      groups[evaluation.worker].insert(number(evaluation.id) / 4);
      ++done;
    }
  }
  for (const auto& [worker, of_worker] : groups) EXPECT_EQ(of_worker.size(), 1U) << worker;
  EXPECT_EQ(groups.size(), 3U);
  EXPECT_TRUE(stop_ranks(*transport, {}, 30s));
}

class FarmCurves : public FarmByHand {
 protected:
  FarmCurves()
      : FarmByHand({.on_epoch = [this](CandidateId id, const CurvePoint& point) { points_.emplace_back(id, point); }}) {
  }
  std::vector<std::pair<CandidateId, CurvePoint>> points_;
};

TEST_F(FarmCurves, ArePassedOn) {
  report(1);
  wait_for_slots(farm_, 1);
  const CurvePoint point{3, {{"loss", 0.5}}};
  send_message(*worker_, 0, CurveMessage{CandidateId{8}, point});
  for (int i = 0; i < 1000 && points_.empty(); ++i) (void)farm_.wait_some(10ms);
  EXPECT_EQ(points_, (std::vector{std::pair(CandidateId{8}, point)}));
}

TEST(Farm, StopNamesTheSilent) {
  LocalNetwork network(3);
  const auto transport = network.endpoint(0);
  network.kill(2);
  const Workers workers(network, 1, 1);
  Farm evaluator(transport.get(), nullptr, kPlain);
  wait_for_slots(evaluator, 1);
  const Result<Unit> stopped = stop_ranks(*transport, {}, 500ms);
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error().message, HasSubstr("rank 2 did not stop"));
}

TEST(Farm, StopDropsWhatIsUnderWay) {
  LocalNetwork network(3);
  const auto transport = network.endpoint(0);
  const Workers workers(network, 2, 4);
  Farm evaluator(transport.get(), nullptr, kPlain);
  wait_for_slots(evaluator, 8);
  for (const Candidate& candidate : fake_candidates(8)) evaluator.submit(candidate);
  EXPECT_TRUE(stop_ranks(*transport, {}, 30s));
}

TEST(Farm, IdleRanksTakePart) {
  LocalNetwork network(3);
  const auto transport = network.endpoint(0);
  const Workers workers(network, 1, 2);
  std::thread idle([&] { (void)run_worker(*network.endpoint(2), nullptr, {}); });
  Farm evaluator(transport.get(), nullptr, kPlain);
  EXPECT_EQ(evaluate_all(evaluator, fake_candidates(20)).size(), 20U);
  EXPECT_EQ(evaluator.counts().ready, 1U);
  EXPECT_TRUE(stop_ranks(*transport, {}, 30s));
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
      send_facts(*transport, {rank, 0, "host" + std::to_string(rank), {"0"}, {0, 1}, 0, 0, "nas"});
      texts[static_cast<std::size_t>(rank)] = receive_setup(*transport).value_or("stopped");
    });
  }
  const Result<std::vector<RankFacts>> facts = gather_facts(*coordinator, {0, 0, "host0", {}, {0}, 0, 0, "nas"}, 30s);
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

TEST(Handshake, RanksOfOneSearchAreStartedAlike) {
  LocalNetwork network(2);
  std::thread other([&] { send_facts(*network.endpoint(1), {1, 1, "node7", {}, {0}, 0, 0, "nas 1 search b.yaml"}); });
  RankFacts own;
  own.started_as = "nas 1 search a.yaml";
  const auto facts = gather_facts(*network.endpoint(0), own, 30s);
  other.join();
  ASSERT_FALSE(facts);
  EXPECT_THAT(facts.error().message,
              HasSubstr("rank 1 on node7 was started as `nas 1 search b.yaml`, this one as `nas 1 search a.yaml`"));
}

// The whole way: candidates through a worker to children and back.
class FarmOfChildren : public ChildFixture {};

TEST_F(FarmOfChildren, Conformance) {
  LocalNetwork network(2);
  std::thread worker([&] {
    ChildEvaluator local(options(2));
    EXPECT_EQ(run_worker(*network.endpoint(1), &local, {}), Departure::Together);
  });
  const auto transport = network.endpoint(0);
  Farm evaluator(transport.get(), nullptr, kPlain);
  std::vector<Candidate> candidates;
  for (std::uint64_t id = 0; id < 40; ++id) {
    candidates.push_back(job(id, id % 4 == 1 ? Misbehaviour::SegmentationFault : Misbehaviour::CurveThenAnswer));
  }
  expect_conformance(evaluator, candidates);
  EXPECT_TRUE(stop_ranks(*transport, {}, 30s));
  worker.join();
}

}  // namespace
}  // namespace nas
