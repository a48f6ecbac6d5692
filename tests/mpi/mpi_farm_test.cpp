// The farm under a real mpirun. Every rank runs every test in the same order; rank 0 coordinates.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "mpi/farm.h"
#include "mpi/handshake.h"
#include "mpi/mpi_session.h"
#include "mpi/node_facts.h"
#include "mpi/worker.h"
#include "nas/check.h"
#include "tests/mpi/fake_evaluator.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

MpiSession* session = nullptr;

class MpiFarm : public ::testing::Test {
 protected:
  MpiFarm() : transport_(session->make_transport()) {}

  /// No rank begins the next test before the coordinator has ended this one.
  void TearDown() override {
    if (!coordinates()) {
      EXPECT_TRUE(transport_->receive(60s));
      return;
    }
    for (int rank = 1; rank < session->size(); ++rank) transport_->send(rank, {std::byte{1}});
    EXPECT_TRUE(transport_->flush(30s));
  }

  bool coordinates() const { return session->rank() == kCoordinatorRank; }
  int workers() const { return session->size() - 1; }

  void work(std::size_t slots) {
    FakeEvaluator local(slots, fmt::format("{}:{}.0", host_name(), session->rank()));
    EXPECT_EQ(run_worker(*transport_, &local, {}), Departure::Together);
  }

  std::unique_ptr<Transport> transport_;
};

TEST_F(MpiFarm, SessionKnowsItsRanks) {
  EXPECT_EQ(session->size(), mpirun_launch()->size);
  EXPECT_EQ(session->rank(), mpirun_launch()->rank);
  EXPECT_EQ(session->node(), 0) << "all ranks of this test share a machine";
  EXPECT_EQ(transport_->rank(), session->rank());
  EXPECT_EQ(transport_->size(), session->size());
  EXPECT_NE(mpi_library_version().find("MPI"), std::string::npos);
}

TEST_F(MpiFarm, Handshake) {
  const RankFacts own = facts_of_this_rank(session->rank(), session->node());
  if (!coordinates()) {
    send_facts(*transport_, own);
    EXPECT_EQ(receive_setup(*transport_), fmt::format("setup of rank {}", session->rank()));
    EXPECT_FALSE(receive_setup(*transport_)) << "the coordinator says stop";
    return;
  }
  const Result<std::vector<RankFacts>> facts = gather_facts(*transport_, own, 30s);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ((*facts)[0], own);
  for (int rank = 1; rank < session->size(); ++rank) {
    EXPECT_EQ((*facts)[static_cast<std::size_t>(rank)].rank, rank);
    send_setup(*transport_, rank, fmt::format("setup of rank {}", rank));
  }
  EXPECT_TRUE(stop_ranks(*transport_, {}, 30s));
}

TEST_F(MpiFarm, Conformance) {
  if (!coordinates()) return work(3);
  Farm evaluator(transport_.get(), nullptr, {.prefetch = 0});
  if (workers() > 0) {
    expect_conformance(evaluator, fake_candidates(500));
    wait_for_slots(evaluator, 3 * static_cast<std::size_t>(workers()));
    EXPECT_EQ(evaluator.counts().ready, static_cast<std::size_t>(workers()));
  }
  EXPECT_TRUE(stop_ranks(*transport_, {}, 30s));
}

TEST_F(MpiFarm, StopWithWorkUnderWay) {
  if (!coordinates()) return work(64);
  Farm evaluator(transport_.get(), nullptr, {.prefetch = 0});
  if (workers() > 0) {
    wait_for_slots(evaluator, 64);
    for (const Candidate& candidate : fake_candidates(64)) evaluator.submit(candidate);
  }
  EXPECT_TRUE(stop_ranks(*transport_, {}, 30s));
}

// Beyond every eager limit, in both directions at once.
TEST_F(MpiFarm, LargeMessagesArriveInOrder) {
  constexpr std::size_t kSize = 3U << 20;
  constexpr int kCount = 4;
  const auto fill = [](int rank, int index) { return static_cast<std::byte>(16 * rank + index); };
  const auto send_all = [&](int to) {
    for (int i = 0; i < kCount; ++i) {
      transport_->send(to, std::vector<std::byte>(kSize + static_cast<std::size_t>(i), fill(session->rank(), i)));
    }
  };
  const int expected = coordinates() ? kCount * workers() : kCount;
  if (coordinates()) {
    for (int rank = 1; rank < session->size(); ++rank) send_all(rank);
  } else {
    send_all(kCoordinatorRank);
  }
  std::vector<int> next(static_cast<std::size_t>(session->size()), 0);
  for (int received = 0; received < expected; ++received) {
    const std::optional<Message> message = transport_->receive(30s);
    ASSERT_TRUE(message);
    const int index = next[static_cast<std::size_t>(message->from)]++;
    EXPECT_EQ(message->bytes,
              std::vector<std::byte>(kSize + static_cast<std::size_t>(index), fill(message->from, index)));
  }
  EXPECT_TRUE(transport_->flush(30s));
}

TEST_F(MpiFarm, NothingToReceive) {
  if (!coordinates()) return;  // its next message may come at any moment
  EXPECT_FALSE(transport_->receive(5ms));
}

}  // namespace
}  // namespace nas

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  try {
    nas::MpiSession session;
    nas::session = &session;
    return RUN_ALL_TESTS();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    nas::MpiSession::abort_all(1);
    return 1;
  }
}
