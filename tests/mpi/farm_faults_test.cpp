// What may go wrong between coordinator and workers, on local threads: messages lost, doubled,
// damaged, late; ranks that die or fall silent; children that crash.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "mpi/farm.h"
#include "mpi/handshake.h"
#include "mpi/local_transport.h"
#include "mpi/worker.h"
#include "nas/check.h"
#include "tests/mpi/fake_evaluator.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr FarmTiming kFast{10ms, 200ms};

/// Workers as threads that may be cut off; whoever is left is told to stop.
class FarmFaults : public ::testing::Test {
 protected:
  void start(int workers, LocalFaults faults = {}) {
    network_.emplace(workers + 1, std::move(faults));
    transport_ = network_->endpoint(0);
    for (int rank = 1; rank <= workers; ++rank) threads_.emplace_back([this, rank] { work(rank); });
  }
  void TearDown() override {
    if (!transport_) return;
    network_->kill_noticed(0);
    for (std::thread& thread : threads_) thread.join();
  }

  void work(int rank) {
    const auto transport = network_->endpoint(rank);
    FakeEvaluator local(2, fmt::format("host:{}.0", rank));
    try {
      (void)run_worker(*transport, &local, kFast);
    } catch (const Exception&) {
      ++gave_up_;
    }
  }

  FarmOptions options(std::int64_t max_attempts = 100) {
    FarmOptions options;
    options.timing = kFast;
    options.retry.max_attempts = max_attempts;
    options.prefetch = 1;
    options.on_event = [this](std::string_view kind, std::string_view text) {
      events_.push_back(fmt::format("{}: {}", kind, text));
    };
    return options;
  }

  void expect_all_results(Farm& farm, std::uint64_t count) {
    const std::vector<Candidate> candidates = fake_candidates(count);
    wait_for_slots(farm, 1);
    std::map<std::uint64_t, Evaluation> results;
    std::size_t next = 0;
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (results.size() < count && std::chrono::steady_clock::now() < deadline) {
      while (next < candidates.size() && farm.free_slots() > 0) farm.submit(candidates[next++]);
      for (Evaluation& evaluation : farm.wait_some(50ms)) {
        EXPECT_TRUE(results.emplace(number(evaluation.id), evaluation).second) << "two results for one candidate";
      }
    }
    ASSERT_EQ(results.size(), count);
    for (const auto& [id, result] : results) {
      EXPECT_EQ(result, fake_evaluation(candidates[id], result.worker)) << "as in an undisturbed run";
    }
  }

  std::optional<LocalNetwork> network_;
  std::unique_ptr<Transport> transport_;
  std::vector<std::thread> threads_;
  std::vector<std::string> events_;
  std::atomic<int> gave_up_ = 0;
};

void cut(std::vector<std::byte>& bytes, std::size_t size) {
  bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end());
}

/// The first messages of each pair get through: before the search MPI's own care has to do.
constexpr std::uint64_t kProtected = 2;

LocalFaults faults(std::uint64_t seed, std::function<int(Rng&, std::vector<std::byte>&)> treat) {
  LocalFaults faults{.seed = seed, .greatest_delay = 3ms};
  faults.treat = [seed, treat = std::move(treat)](int from, int to, std::uint64_t index,
                                                  std::vector<std::byte>& bytes) {
    if (index < kProtected) return 1;
    Rng rng(seed + static_cast<std::uint64_t>(100 * from + to), index, Stream::Test);
    return treat(rng, bytes);
  };
  return faults;
}

TEST_F(FarmFaults, LostMessages) {
  start(3, faults(1, [](Rng& rng, std::vector<std::byte>&) { return rng.uniform() < 0.05 ? 0 : 1; }));
  Farm farm(transport_.get(), nullptr, options());
  expect_all_results(farm, 400);
  EXPECT_THAT(events_, Contains(HasSubstr("was lost")));
}

TEST_F(FarmFaults, DoubledMessages) {
  start(3, faults(2, [](Rng& rng, std::vector<std::byte>&) { return rng.uniform() < 0.3 ? 2 : 1; }));
  FarmOptions patient = options(1);  // a busy machine must not look like a silent rank here
  patient.timing.patience = 1min;
  Farm farm(transport_.get(), nullptr, patient);
  expect_all_results(farm, 400);
  EXPECT_EQ(farm.counts().retries, 0U);
}

TEST_F(FarmFaults, TruncatedAndCorruptedMessages) {
  start(3, faults(3, [](Rng& rng, std::vector<std::byte>& bytes) {
          if (rng.uniform() < 0.05) cut(bytes, rng.index(bytes.size()));
          if (!bytes.empty() && rng.uniform() < 0.05) bytes[rng.index(bytes.size())] ^= std::byte{0x20};
          return 1;
        }));
  Farm farm(transport_.get(), nullptr, options());
  expect_all_results(farm, 400);
  EXPECT_GT(farm.counts().damaged, 0U);
}

TEST_F(FarmFaults, AllAtOnce) {
  start(4, faults(4, [](Rng& rng, std::vector<std::byte>& bytes) {
          if (rng.uniform() < 0.02) cut(bytes, rng.index(bytes.size()));
          if (!bytes.empty() && rng.uniform() < 0.02) bytes[rng.index(bytes.size())] ^= std::byte{0x01};
          const double luck = rng.uniform();
          return luck < 0.02 ? 0 : luck < 0.1 ? 3 : 1;
        }));
  Farm farm(transport_.get(), nullptr, options());
  expect_all_results(farm, 400);
}

TEST_F(FarmFaults, ASilentRankIsGivenUpAndTheOthersGoOn) {
  start(2);
  Farm farm(transport_.get(), nullptr, options());
  wait_for_slots(farm, 4);
  network_->kill(2);
  expect_all_results(farm, 100);
  EXPECT_THAT(events_, Contains(HasSubstr("rank 2 was silent")));
  EXPECT_EQ(farm.lost_ranks(), std::vector{2});
}

TEST_F(FarmFaults, WhileNobodyListensNoRankIsSilent) {
  start(2);
  Farm farm(transport_.get(), nullptr, options());
  wait_for_slots(farm, 4);
  (void)farm.wait_some(1ms);
  std::this_thread::sleep_for(3 * kFast.patience);  // the caller exports a network, say
  (void)farm.wait_some(50ms);
  EXPECT_THAT(events_, Not(Contains(HasSubstr("silent"))));
  expect_all_results(farm, 20);
}

TEST_F(FarmFaults, ADeathThatMpiNoticesNeedsNoSilence) {
  start(2);
  FarmOptions patient = options();
  patient.timing.patience = 1h;
  Farm farm(transport_.get(), nullptr, patient);
  wait_for_slots(farm, 4);
  network_->kill_noticed(2);
  expect_all_results(farm, 100);
  EXPECT_THAT(events_, Contains(HasSubstr("rank 2 has died")));
}

TEST_F(FarmFaults, WithoutAnotherAttemptTheLossIsATypedFailure) {
  start(1);
  Farm farm(transport_.get(), nullptr, options(1));
  wait_for_slots(farm, 2);
  network_->kill(1);
  farm.submit(fake_candidates(1)[0]);
  std::vector<Evaluation> results;
  while (results.empty()) results = farm.wait_some(1s);
  ASSERT_EQ(results.size(), 1U);
  ASSERT_TRUE(results[0].failure);
  EXPECT_EQ(results[0].failure->type, FailureType::WorkerLost);
  EXPECT_THAT(results[0].failure->message, HasSubstr("rank 1 was silent"));
}

TEST_F(FarmFaults, WhereNobodyIsLeftTheSearchEndsInsteadOfHanging) {
  start(2);
  Farm farm(transport_.get(), nullptr, options());
  wait_for_slots(farm, 4);
  network_->kill(1);
  network_->kill(2);
  farm.submit(fake_candidates(1)[0]);
  const auto wait = [&] {
    for (int i = 0; i < 600; ++i) (void)farm.wait_some(100ms);
  };
  EXPECT_THROW(wait(), Exception);
}

TEST_F(FarmFaults, AWorkerLeavesWhenTheCoordinatorIsGone) {
  start(1);
  {
    Farm farm(transport_.get(), nullptr, options());
    wait_for_slots(farm, 2);
  }
  network_->kill_noticed(0);
  threads_[0].join();
  threads_.clear();
  EXPECT_EQ(gave_up_, 1);
}

// Rank 1 by hand.
TEST(FarmSilence, ARankThatIsHeardAgainGetsWorkAgainAndItsLateResultIsDropped) {
  LocalNetwork network(2);
  const auto transport = network.endpoint(0);
  const auto worker = network.endpoint(1);
  std::vector<std::string> events;
  FarmOptions options{.timing = kFast, .prefetch = 0};
  options.on_event = [&](std::string_view, std::string_view text) { events.emplace_back(text); };
  Farm farm(transport.get(), nullptr, options);
  send_message(*worker, 0, StatusMessage{1});
  wait_for_slots(farm, 1);
  const Candidate candidate = fake_candidates(1)[0];
  farm.submit(candidate);
  while (farm.counts().lost == 0) EXPECT_TRUE(farm.wait_some(20ms).empty());
  EXPECT_EQ(farm.slots(), 0U);

  const auto next_work = [&] {
    for (;;) {
      const auto message = worker->receive(10s);
      if (!message) return Handout{};
      const WireMessage decoded = decode(message->bytes).value();
      if (const auto* work = std::get_if<WorkMessage>(&decoded)) return work->handouts.at(0);
    }
  };
  const Handout first = next_work();
  send_message(*worker, 0, ResultsMessage{{{first.lease, fake_evaluation(candidate, "late")}}});
  send_message(*worker, 0, StatusMessage{1, 1});
  while (farm.counts().ready == 0) EXPECT_TRUE(farm.wait_some(20ms).empty());
  EXPECT_THAT(events, Contains(HasSubstr("is heard again")));
  EXPECT_EQ(farm.counts().late, 1U);
  const Handout second = next_work();
  EXPECT_NE(second.lease, first.lease);
  EXPECT_EQ(second.candidate, candidate);
  send_message(*worker, 0, ResultsMessage{{{second.lease, fake_evaluation(candidate, "in time")}}});
  EXPECT_EQ(farm.wait_some(10s).at(0).worker, "in time");
}

/// Crashes on everything, or on nothing; stops where it is set aside.
class FragileEvaluator final : public Evaluator {
 public:
  FragileEvaluator(std::string worker, bool broken) : worker_(std::move(worker)), broken_(broken) {}
  std::size_t free_slots() const override { return slots() - done_.size(); }
  std::size_t slots() const override { return aside_ ? 0 : 1; }
  void submit(Candidate candidate) override {
    done_.push_back(fake_evaluation(candidate, worker_));
    if (!broken_) return;
    done_.back().metrics.clear();
    done_.back().failure = Failure{FailureType::Crashed, "the GPU fell off the bus", {}};
  }
  std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override {
    if (done_.empty()) std::this_thread::sleep_for(timeout);
    return std::exchange(done_, {});
  }
  void set_aside(std::string_view worker) override { aside_ = aside_ || worker == worker_; }

 private:
  std::string worker_;
  bool broken_;
  bool aside_ = false;
  std::vector<Evaluation> done_;
};

TEST(FarmHealth, ABrokenWorkerIsSetAsideAndCostsNoCandidate) {
  LocalNetwork network(3);
  std::vector<std::thread> threads;
  for (const int rank : {1, 2}) {
    threads.emplace_back([&network, rank] {
      FragileEvaluator local(fmt::format("host:{}.0", rank), rank == 1);
      (void)run_worker(*network.endpoint(rank), &local, kFast);
    });
  }
  const auto transport = network.endpoint(0);
  std::vector<std::string> events;
  FarmOptions options{.prefetch = 0};
  options.on_event = [&](std::string_view, std::string_view text) { events.emplace_back(text); };
  Farm farm(transport.get(), nullptr, options);
  wait_for_slots(farm, 2);
  const std::vector<Candidate> candidates = fake_candidates(60);
  for (const auto& [id, result] : evaluate_all(farm, candidates)) {
    EXPECT_EQ(result, fake_evaluation(candidates[id], "host:2.0"));
  }
  EXPECT_THAT(events, Contains(HasSubstr("host:1.0 failed 3 different candidates in a row")));
  EXPECT_EQ(farm.counts().set_aside, 1U);
  while (farm.slots() > 1) (void)farm.wait_some(20ms);
  EXPECT_TRUE(stop_ranks(*transport, {}, 30s));
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace nas
