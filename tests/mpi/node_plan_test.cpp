#include "mpi/node_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>

#include "mpi/command_check.h"
#include "mpi/launch.h"
#include "mpi/node_facts.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Words = std::vector<std::string>;

std::vector<std::int32_t> cores(std::int32_t count, std::int32_t first = 0) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), first);
  return all;
}

/// `nodes[i]` is the node of rank i; every rank of a node sees all its devices and cores.
std::vector<RankFacts> facts(const std::vector<std::int32_t>& nodes, const Words& devices, std::int32_t core_count) {
  std::vector<RankFacts> all;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    all.push_back(
        {static_cast<std::int32_t>(i), nodes[i], "node" + std::to_string(nodes[i]), devices, cores(core_count), 0});
  }
  return all;
}

/// The devices of each rank's slots, "cpu" for a slot without one.
std::vector<Words> slots(const NodePlan& plan) {
  std::vector<Words> all;
  for (const RankPlan& rank : plan.ranks) {
    Words& words = all.emplace_back();
    for (const PlannedSlot& slot : rank.slots) words.push_back(slot.device.empty() ? "cpu" : slot.device);
  }
  return all;
}

TEST(NodePlan, OneRankUsesAllDevices) {
  const NodePlan plan = plan_slots(facts({0}, {"0", "1", "2", "3"}, 16), {});
  EXPECT_THAT(slots(plan), ElementsAre(Words{"0", "1", "2", "3"}));
  EXPECT_EQ(plan.threads, 4);
  EXPECT_EQ(plan.slots(), 4U);
  EXPECT_THAT(plan.notes, IsEmpty());
}

TEST(NodePlan, DevicesAreDividedAmongTheOtherRanks) {
  EXPECT_THAT(slots(plan_slots(facts({0, 0, 0}, {"0", "1", "2", "3"}, 8), {})),
              ElementsAre(Words{}, Words{"0", "2"}, Words{"1", "3"}));
  EXPECT_THAT(slots(plan_slots(facts({0, 0, 0}, {"0", "1", "2"}, 8), {})),
              ElementsAre(Words{}, Words{"0", "2"}, Words{"1"}));
  EXPECT_THAT(slots(plan_slots(facts({0, 0}, {"0", "1"}, 8), {})), ElementsAre(Words{}, Words{"0", "1"}));
}

TEST(NodePlan, OneRankANode) {
  const NodePlan plan = plan_slots(facts({0, 1, 2}, {"0", "1"}, 8), {});
  EXPECT_THAT(slots(plan), ElementsAre(Words{"0", "1"}, Words{"0", "1"}, Words{"0", "1"}));
  EXPECT_EQ(plan.threads, 4);
}

TEST(NodePlan, RanksWithoutADeviceStayIdleAndAreNamed) {
  const NodePlan plan = plan_slots(facts({0, 0, 0, 0}, {"0", "1"}, 8), {});
  EXPECT_THAT(slots(plan), ElementsAre(Words{}, Words{"0"}, Words{"1"}, Words{}));
  EXPECT_THAT(plan.notes, ElementsAre(HasSubstr("no GPU is left for rank 3")));
}

TEST(NodePlan, NodesWithoutDevicesTrainNothingWhereOthersHaveThem) {
  std::vector<RankFacts> mixed = facts({0, 1}, {"0"}, 4);
  mixed[0].devices.clear();
  EXPECT_THAT(slots(plan_slots(mixed, {})), ElementsAre(Words{}, Words{"0"}));
}

TEST(NodePlan, DeviceListsOfABatchSystemStayWithTheirRanks) {
  std::vector<RankFacts> bound = facts({0, 0, 0}, {}, 4);
  bound[0].devices = {"0"};
  bound[1].devices = {"1"};
  bound[2].devices = {"2"};
  EXPECT_THAT(slots(plan_slots(bound, {})), ElementsAre(Words{"0"}, Words{"1"}, Words{"2"}))
      << "only the coordinator sees device 0";
}

TEST(NodePlan, WithoutDevicesOneSlotAWorker) {
  const NodePlan plan = plan_slots(facts({0, 0, 0}, {}, 2), {});
  EXPECT_THAT(slots(plan), ElementsAre(Words{}, Words{"cpu"}, Words{"cpu"}));
  EXPECT_EQ(plan.threads, 1);
  EXPECT_EQ(plan_slots(facts({0, 0, 0}, {}, 16), {}).threads, 8);
}

TEST(NodePlan, AloneWithoutDevicesOneSlotACore) {
  const NodePlan plan = plan_slots(facts({0}, {}, 3), {});
  EXPECT_THAT(slots(plan), ElementsAre(Words{"cpu", "cpu", "cpu"}));
  EXPECT_EQ(plan.threads, 1);
}

TEST(NodePlan, WorkersAskedFor) {
  EXPECT_THAT(slots(plan_slots(facts({0}, {}, 2), {.workers = 3})), ElementsAre(Words{"cpu", "cpu", "cpu"}));
  EXPECT_THAT(slots(plan_slots(facts({0}, {"0", "1"}, 2), {.workers = 3})), ElementsAre(Words{"0", "1", "0"}));
  EXPECT_THAT(slots(plan_slots(facts({0, 0}, {}, 2), {.workers = 2})), ElementsAre(Words{}, Words{"cpu", "cpu"}));
  const NodePlan fewer = plan_slots(facts({0}, {"0", "1"}, 2), {.workers = 1});
  EXPECT_THAT(slots(fewer), ElementsAre(Words{"0"}));
  EXPECT_THAT(fewer.notes, ElementsAre(HasSubstr("leaves 1 of its 2 GPUs unused")));
}

TEST(NodePlan, CpuOnlyIgnoresDevices) {
  EXPECT_THAT(slots(plan_slots(facts({0, 0}, {"0"}, 4), {.devices = DeviceUse::CpuOnly})),
              ElementsAre(Words{}, Words{"cpu"}));
}

TEST(NodePlan, ThreadsAreTheLeastThatAnySlotHas) {
  std::vector<RankFacts> uneven = facts({0, 1}, {}, 16);
  uneven[1].cores = cores(4);
  EXPECT_EQ(plan_slots(uneven, {}).threads, 4);
  uneven[1].core_limit = 2.5;
  EXPECT_EQ(plan_slots(uneven, {}).threads, 2);
}

TEST(NodePlan, RanksBoundToTheirOwnCores) {
  std::vector<RankFacts> bound = facts({0, 0, 0}, {}, 0);
  for (std::int32_t rank = 0; rank < 3; ++rank) bound[static_cast<std::size_t>(rank)].cores = cores(2, 2 * rank);
  EXPECT_EQ(plan_slots(bound, {}).threads, 2) << "3 cores a slot on the node, but a rank reaches only 2";
}

TEST(NodePlan, SaysWhenWorkersShareACore) {
  const NodePlan plan = plan_slots(facts({0}, {}, 1), {.workers = 2});
  EXPECT_EQ(plan.threads, 1);
  EXPECT_THAT(plan.notes, ElementsAre(HasSubstr("rank 0 may use 1 core for 2 workers")));
}

TEST(VisibleDevices, AsCudaReadsThem) {
  EXPECT_THAT(visible_devices(nullptr, 0), IsEmpty());
  EXPECT_THAT(visible_devices(nullptr, 2), ElementsAre("0", "1"));
  EXPECT_THAT(visible_devices("", 2), IsEmpty());
  EXPECT_THAT(visible_devices("1", 2), ElementsAre("1"));
  EXPECT_THAT(visible_devices("3,1", 4), ElementsAre("3", "1"));
  EXPECT_THAT(visible_devices(" 3 , 1 ", 4), ElementsAre("3", "1"));
  EXPECT_THAT(visible_devices("1,7,0", 2), ElementsAre("1")) << "ends at the first that is not there";
  EXPECT_THAT(visible_devices("-1,0", 2), IsEmpty());
  EXPECT_THAT(visible_devices("NoDevFiles", 2), IsEmpty());
  EXPECT_THAT(visible_devices("GPU-1a2b,MIG-3c4d", 2), ElementsAre("GPU-1a2b", "MIG-3c4d"));
  EXPECT_THAT(visible_devices("0,1", 0), IsEmpty()) << "no driver, no device";
}

TEST(NodePlan, SaysWhereWorkersPerDeviceChangesNothing) {
  const auto shared = [](DeviceUse use, std::int32_t workers) {
    return PlanRequest{.devices = use, .workers = workers, .workers_per_device = 3};
  };
  const auto bare = facts({0}, {}, 4);
  const auto gpu = facts({0}, {"0"}, 4);
  EXPECT_THAT(plan_slots(bare, shared(DeviceUse::Auto, 0)).notes,
              ElementsAre("workers_per_device: 3 changes nothing without GPUs (no rank sees any), ask for "
                          "resources.workers instead"));
  EXPECT_THAT(plan_slots(gpu, shared(DeviceUse::CpuOnly, 0)).notes, ElementsAre(HasSubstr("none is needed here")));
  EXPECT_THAT(plan_slots(gpu, shared(DeviceUse::Auto, 2)).notes, ElementsAre(HasSubstr("beside workers: 2")));
  EXPECT_THAT(plan_slots(gpu, shared(DeviceUse::Auto, 0)).notes, IsEmpty());
}

TEST(CpuMax, Forms) {
  EXPECT_EQ(parse_cpu_max("max 100000"), 0);
  EXPECT_EQ(parse_cpu_max("150000 100000"), 1.5);
  EXPECT_EQ(parse_cpu_max("-1 100000"), 0);
  EXPECT_EQ(parse_cpu_max(""), 0);
  EXPECT_EQ(parse_cpu_max("nonsense"), 0);
}

TEST(NodeFacts, InWords) {
  RankFacts facts{.cores = {0, 1}};
  EXPECT_EQ(describe(facts), "2 cores");
  facts.devices = {"0"};
  facts.memory_bytes = std::int64_t{24} << 30;
  EXPECT_EQ(describe(facts), "1 GPU, 2 cores, 24 GiB");
}

TEST(NodeFacts, OfThisMachine) {
  const RankFacts here = facts_of_this_rank(2, 1);
  EXPECT_EQ(here.rank, 2);
  EXPECT_EQ(here.node, 1);
  EXPECT_FALSE(here.host.empty());
  EXPECT_GE(here.cores.size(), 1U);
  EXPECT_GE(here.core_limit, 0);
  EXPECT_GT(here.memory_bytes, 1 << 26);
  EXPECT_THAT(here.started_as, ::testing::StartsWith("nas "));
  EXPECT_THAT(own_executable(), HasSubstr("node_plan_test"));
}

TEST(Launch, FromTheEnvironment) {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) unsetenv(name);
  EXPECT_FALSE(launched_by_mpirun());
  setenv("OMPI_COMM_WORLD_RANK", "2", 1);
  setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
  ASSERT_TRUE(launched_by_mpirun());
  EXPECT_EQ(mpirun_launch()->rank, 2);
  EXPECT_EQ(mpirun_launch()->size, 4);
  unsetenv("OMPI_COMM_WORLD_RANK");
  unsetenv("OMPI_COMM_WORLD_SIZE");
}

TEST(CommandCheck, FindsWhatExecWouldFind) {
  EXPECT_TRUE(check_command({"sh", "-c", "true"}));
  EXPECT_TRUE(check_command({"/bin/sh"}));
  EXPECT_THAT(check_command({}).error().message, HasSubstr("the command is empty"));
  EXPECT_THAT(check_command({"no-such-program-anywhere"}).error().message, HasSubstr("not found on PATH"));
  EXPECT_THAT(check_command({"/no/such/file"}).error().message, HasSubstr("no such file"));
  EXPECT_THAT(check_command({"/etc/passwd"}).error().message, HasSubstr("not an executable file"));
  EXPECT_THAT(check_command({"sh", "no_such_script.sh"}).error().message, HasSubstr("the script does not exist"));
}

}  // namespace
}  // namespace nas
