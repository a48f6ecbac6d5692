#include "mpi/farm_rules.h"

#include <gtest/gtest.h>

#include "mpi/desks.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

Evaluation outcome(std::uint64_t id, const std::string& worker, std::optional<FailureType> failure = {}) {
  Evaluation evaluation;
  evaluation.id = CandidateId{id};
  evaluation.worker = worker;
  if (failure) evaluation.failure = Failure{*failure, "it broke", {}};
  return evaluation;
}

TEST(FarmTiming, HeartbeatsStayFewHoweverManyRanksThereAre) {
  EXPECT_EQ(FarmTiming::of(60, 4).heartbeat, 5s);
  EXPECT_EQ(FarmTiming::of(60, 4).patience, 60s);
  EXPECT_EQ(FarmTiming::of(60, 27'649).heartbeat, 27'649ms) << "a thousand a second";
  EXPECT_EQ(FarmTiming::of(60, 27'649).patience, 3 * 27'649ms);
}

TEST(RetryRules, SomeFailuresAreFinal) {
  const RetryRules rules;
  EXPECT_TRUE(rules.try_again(FailureType::Crashed, 1));
  EXPECT_TRUE(rules.try_again(FailureType::WorkerLost, 2));
  EXPECT_FALSE(rules.try_again(FailureType::Crashed, 3));
  EXPECT_FALSE(rules.try_again(FailureType::Diverged, 1));
  EXPECT_FALSE(rules.try_again(FailureType::TimedOut, 1));
  EXPECT_FALSE((RetryRules{3, {}}.try_again(FailureType::Crashed, 1)));
}

TEST(WorkerHealth, SetsAsideWhoFailsWhereOthersDoNot) {
  WorkerHealth health;
  EXPECT_FALSE(health.note(outcome(0, "bad", FailureType::Crashed)));
  EXPECT_FALSE(health.note(outcome(1, "bad", FailureType::Crashed)));
  EXPECT_FALSE(health.note(outcome(2, "good")));
  EXPECT_TRUE(health.note(outcome(3, "bad", FailureType::Reported)));
  EXPECT_FALSE(health.note(outcome(4, "bad", FailureType::Crashed))) << "once";
  EXPECT_EQ(health.set_aside(), 1U);
}

TEST(WorkerHealth, ASuccessBetweenEndsTheRow) {
  WorkerHealth health;
  for (std::uint64_t id = 0; id < 20; ++id) {
    EXPECT_FALSE(health.note(outcome(2 * id, "good")));
    EXPECT_FALSE(health.note(outcome(2 * id + 1, "other", FailureType::Crashed)));
    if (id % 2 == 0) continue;
    EXPECT_FALSE(health.note(outcome(100 + id, "other")));
  }
}

TEST(WorkerHealth, OneCandidateThatCrashesAgainAndAgainIsToBlameItself) {
  WorkerHealth health;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(health.note(outcome(7, "bad", FailureType::Crashed)));
    EXPECT_FALSE(health.note(outcome(100, "good")));
  }
}

TEST(WorkerHealth, WhereEverythingFailsNobodyIsSetAside) {
  WorkerHealth health;
  for (std::uint64_t id = 0; id < 30; ++id) {
    EXPECT_FALSE(health.note(outcome(id, id % 2 == 0 ? "a" : "b", FailureType::Crashed)));
  }
}

TEST(WorkerHealth, ADivergedTrainingSaysNothingAboutTheMachine) {
  WorkerHealth health;
  for (std::uint64_t id = 0; id < 30; ++id) {
    EXPECT_FALSE(health.note(outcome(2 * id, "a", FailureType::Diverged)));
    EXPECT_FALSE(health.note(outcome(2 * id + 1, "b")));
  }
}

TEST(Pace, NothingAheadOfLongTrainings) {
  Pace pace;
  EXPECT_EQ(pace.ahead(), 0U) << "nothing is known yet";
  for (int i = 0; i < 10; ++i) {
    pace.note_duration(600, 1, true);
    pace.note_round_trip(0.05);
  }
  EXPECT_EQ(pace.ahead(), 0U);
}

TEST(Pace, AsManyAheadAsTheRoundTripIsWorth) {
  Pace pace;
  pace.note_round_trip(0.005);
  pace.note_duration(0.02, 1, true);
  EXPECT_EQ(pace.ahead(), 1U);
  for (int i = 0; i < 64; ++i) pace.note_duration(0.001, 1, true);
  EXPECT_EQ(pace.ahead(), 5U);
  for (int i = 0; i < 64; ++i) pace.note_duration(0, 1, true);
  EXPECT_EQ(pace.ahead(), Pace::kMostAhead);
}

TEST(Pace, ALateNoticeIsHarmlessWhereCandidatesWaitAtTheWorker) {
  Pace pace;
  EXPECT_EQ(pace.harmless_delay(), 0) << "nothing is known yet";
  pace.note_duration(0.02, 1, true);
  EXPECT_DOUBLE_EQ(pace.harmless_delay(), 0.0001);
  pace.note_round_trip(0.001);
  EXPECT_EQ(pace.ahead(), 1U);
  EXPECT_DOUBLE_EQ(pace.harmless_delay(), 0.002);
  Pace slow;
  slow.note_duration(3600, 1, true);
  EXPECT_DOUBLE_EQ(slow.harmless_delay(), Pace::kLatestNotice);
}

TEST(Pace, LearnsALimitFromWhatFinished) {
  Pace pace;
  for (std::size_t i = 0; i < Pace::kFinishedForLimit; ++i) {
    EXPECT_EQ(pace.seconds_per_epoch(), 0);
    pace.note_duration(1e6, 1, false);
    pace.note_duration(i == 3 ? 60 : 30, 3, true);
  }
  EXPECT_DOUBLE_EQ(pace.seconds_per_epoch(), 200);
  EXPECT_DOUBLE_EQ(learnt_limit(200, 9), 1800);
  EXPECT_DOUBLE_EQ(learnt_limit(0.01, 9), Pace::kLeastLimit);
}

// Desks

LeaseNumber hand_out(Desks& desks, int rank) {
  static LeaseNumber next = 1;
  desks.add(desks[rank], next);
  return next++;
}

TEST(Desks, GoRoundThoseWithAnEmptySlotFirst) {
  Desks desks(4);
  EXPECT_EQ(desks.pick(Desks::kNobody), Desks::kNobody);
  for (int rank = 1; rank < 4; ++rank) desks.open(desks[rank], rank == 3 ? 2 : 1);
  desks.set_ahead(1);
  EXPECT_EQ(desks.slots(), 4U);
  EXPECT_EQ(desks.room(), 8U);
  std::vector<int> order;
  while (desks.room() > 0) {
    const int rank = desks.pick(Desks::kNobody);
    ASSERT_NE(rank, Desks::kNobody);
    EXPECT_EQ(desks[rank].leases.size() < desks[rank].slots, order.size() < 4);
    order.push_back(rank);
    hand_out(desks, rank);
  }
  EXPECT_EQ(order.size(), 8U);
  EXPECT_EQ(desks.idle(), 0U);
  EXPECT_EQ(desks.pick(Desks::kNobody), Desks::kNobody);
}

TEST(Desks, AvoidOneIfAnotherIsThere) {
  Desks desks(3);
  desks.open(desks[1], 1);
  desks.open(desks[2], 1);
  const int first = desks.pick(1);
  EXPECT_EQ(first, 2);
  hand_out(desks, first);
  EXPECT_EQ(desks.pick(1), Desks::kNobody) << "the other one is busy, not gone";
  EXPECT_EQ(desks.pick(Desks::kNobody), 1);
  desks.close(desks[2], Desk::State::Lost);
  desks.open(desks[1], 1);
  EXPECT_EQ(desks.pick(1), 1) << "nobody else";
}

TEST(Desks, CountsFollowEveryChange) {
  Desks desks(3);
  desks.open(desks[1], 2);
  desks.open(desks[2], 3);
  const LeaseNumber first = hand_out(desks, 1);
  const LeaseNumber second = hand_out(desks, 1);
  hand_out(desks, 2);
  EXPECT_EQ(desks.room(), 2U);
  desks.close(desks[1], Desk::State::Lost);
  EXPECT_EQ(desks.ready(), 1U);
  EXPECT_EQ(desks.slots(), 3U);
  EXPECT_EQ(desks.room(), 2U);
  desks.remove(desks[1], first);
  EXPECT_EQ(desks.room(), 2U) << "a lost rank has none";
  desks.open(desks[1], 2);
  EXPECT_EQ(desks.room(), 3U);
  desks.open(desks[1], 1);
  EXPECT_EQ(desks.room(), 2U) << "one of its slots was set aside";
  desks.remove(desks[1], second);
  EXPECT_EQ(desks.room(), 3U);
  EXPECT_EQ(desks.idle(), 3U);
}

}  // namespace
}  // namespace nas
