#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <thread>

#include "experiments/train/final_order.h"
#include "experiments/train/places.h"
#include "mpi/handshake.h"
#include "mpi/local_transport.h"
#include "mpi/wire.h"
#include "trainer/data_options.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();

/// `nodes[i]` is the node of rank i; every rank of a node sees all its devices and eight cores.
std::vector<RankFacts> facts(const std::vector<std::int32_t>& nodes, const std::vector<std::string>& devices) {
  std::vector<RankFacts> all;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    RankFacts rank;
    rank.rank = static_cast<std::int32_t>(i);
    rank.node = nodes[i];
    rank.host = "node" + std::to_string(nodes[i]);
    rank.devices = devices;
    for (std::int32_t core = 0; core < 8; ++core) rank.cores.push_back(core);
    all.push_back(rank);
  }
  return all;
}

std::vector<std::size_t> slots(const NodePlan& plan) {
  std::vector<std::size_t> counts;
  for (const RankPlan& rank : plan.ranks) counts.push_back(rank.slots.size());
  return counts;
}

TEST(TrainingPlace, HasANumberOfItsOwn) {
  const TrainingCounts counts{3, 2};
  std::uint64_t next = 0;
  for (std::size_t attempt = 0; attempt < 4; ++attempt) {
    for (std::size_t training = 0; training < 3; ++training) {
      for (std::size_t rank = 0; rank < 2; ++rank) {
        const TrainingPlace place{training, attempt, rank};
        EXPECT_EQ(number(id_of(place, counts)), next++);
        EXPECT_EQ(place_of(id_of(place, counts), counts), place);
      }
    }
  }
}

TEST(PlanTrainers, ALoneProcessGivesItsCoresToFewerSlots) {
  const auto alone = facts({0}, {});
  EXPECT_THAT(slots(plan_trainers(alone, {}, kMany)), ElementsAre(8));
  const NodePlan plan = plan_trainers(alone, {}, 2);
  EXPECT_THAT(slots(plan), ElementsAre(2));
  EXPECT_EQ(plan.threads, 4);
}

TEST(PlanTrainers, LowerRanksFirst) {
  const auto ranks = facts({0, 1, 2}, {"0", "1", "2", "3"});
  EXPECT_THAT(slots(plan_trainers(ranks, {}, kMany)), ElementsAre(4, 4, 4));
  EXPECT_THAT(slots(plan_trainers(ranks, {}, 6)), ElementsAre(4, 2, 0));
  EXPECT_THAT(slots(plan_trainers(facts({0, 0, 0}, {}), {}, kMany)), ElementsAre(0, 1, 1));
}

TEST(SpansNodes, WhereSlotsOfSeveralNodesMayComeFreeTogether) {
  const auto spans = [](const std::vector<std::int32_t>& nodes, std::size_t wanted, std::size_t processes) {
    const auto ranks = facts(nodes, {"0", "1", "2", "3"});
    return spans_nodes(plan_trainers(ranks, {}, wanted), ranks, processes);
  };
  EXPECT_TRUE(spans({0, 1}, 8, 4)) << "four on each node, of which the first process ends last";
  EXPECT_TRUE(spans({0, 1}, 8, 2));
  EXPECT_FALSE(spans({0, 1}, 3, 3)) << "the second node has none";
  EXPECT_TRUE(spans({0, 1}, 6, 3)) << "four and two";
  EXPECT_TRUE(spans({0, 1}, 8, 8));
  EXPECT_FALSE(spans({0, 0, 0}, 4, 4)) << "two ranks of one node";
  EXPECT_FALSE(spans({0, 1, 2}, 12, 1));
}

FinalOrder small_order() {
  FinalOrder order;
  order.jobs = {{{"seed", 1}}, {{"seed", 2}}};
  order.rendezvous = {"/run/a", "/run/b"};
  order.data_words = "10 of 20 records";
  order.processes = 3;
  order.sync_batch_norm = false;
  order.interface = "eth0";
  order.log_folder = "/run/logs";
  order.threads = 5;
  order.seconds_of_silence = 7;
  order.slots = {{"GPU-1"}, {""}};
  return order;
}

TEST(FinalOrder, CrossesTheWire) {
  const auto order = decode_final_order(encode(small_order()));
  ASSERT_TRUE(order);
  EXPECT_EQ(encode(*order), encode(small_order()));
  EXPECT_EQ(order->slots, small_order().slots);
  EXPECT_FALSE(decode_final_order("{}"));
  EXPECT_FALSE(decode_final_order("no JSON"));
}

TEST(FinalOrder, EachPlaceHasItsJob) {
  const TrainingCounts counts{2, 3};
  const CandidateId id = id_of({1, 4, 2}, counts);
  const auto job = nlohmann::json::parse(job_line(small_order(), id));
  EXPECT_EQ(
      job,
      (nlohmann::json{
          {"id", number(id)},
          {"seed", 2},
          {"parallel",
           {{"rank", 2}, {"size", 3}, {"store", "/run/b-4"}, {"interface", "eth0"}, {"sync_batch_norm", false}}}}));
}

TEST(ServeTraining, AHostWithoutTheDataSaysSoBeforeAnythingIsTrained) {
  LocalNetwork network(2);
  const auto coordinator = network.endpoint(0);
  std::thread worker([&network] {
    const auto transport = network.endpoint(1);
    RankFacts own;
    own.rank = 1;
    EXPECT_EQ(serve_training(*transport, own), Departure::Together);
  });
  FinalOrder order = small_order();
  DataOptions data;
  data.folder = "/nowhere";
  for (nlohmann::json& job : order.jobs) job["data"] = options_to_json(options(data));
  send_setup(*coordinator, 1, encode(order));
  std::string trouble;
  while (trouble.empty()) {
    const auto message = coordinator->receive(std::chrono::seconds(60));
    if (!message) break;
    const auto decoded = decode(message->bytes);
    if (decoded && std::holds_alternative<TroubleMessage>(*decoded))
      trouble = std::get<TroubleMessage>(*decoded).message;
  }
  EXPECT_THAT(trouble, HasSubstr("/nowhere"));
  worker.join();
}

}  // namespace
}  // namespace nas
