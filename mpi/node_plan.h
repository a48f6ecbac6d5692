// Which rank supervises which devices or CPU slots. Pure functions of what the ranks report about
// their machines (mpi/node_facts.h reads that).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

/// What one rank may use of its machine.
struct RankFacts {
  std::int32_t rank = 0;
  std::int32_t node = 0;  // equal for ranks of one machine, e.g. the lowest rank there
  std::string host = {};
  std::vector<std::string> devices = {};  // words for CUDA_VISIBLE_DEVICES: "0", "GPU-1a2b...", "MIG-..."
  std::vector<std::int32_t> cores = {};   // numbers of the CPU cores it may run on
  double core_limit = 0;                  // of its control group, in cores; 0: none
  std::int64_t memory_bytes = 0;          // of its machine, or of its control group if that has less; 0: unknown
  std::string started_as = {};            // the program's version and its arguments: equal for all ranks of a search
  bool operator==(const RankFacts&) const = default;
};

enum class DeviceUse {
  Auto,     // the GPUs, where any rank has one; otherwise the CPU
  CpuOnly,  // for training on the CPU, tables, and commands that need no device
};

struct PlanRequest {
  DeviceUse devices = DeviceUse::Auto;
  std::int32_t workers = 0;             // slots of each supervising rank; 0: one a device, or as plan_slots says
  std::int32_t workers_per_device = 1;  // where `workers` is 0
};

struct PlannedSlot {
  std::string device;  // CUDA_VISIBLE_DEVICES of its child; empty: none
  bool operator==(const PlannedSlot&) const = default;
};

struct RankPlan {
  std::int32_t rank = 0;
  std::vector<PlannedSlot> slots;
  bool operator==(const RankPlan&) const = default;
};

struct NodePlan {
  std::vector<RankPlan> ranks;     // in the order of the facts
  std::int32_t threads = 1;        // CPU threads a slot so that no core has two; the same everywhere
  std::vector<std::string> notes;  // what a person should know: idle ranks, cores out of reach
  bool operator==(const NodePlan&) const = default;

  [[nodiscard]] std::size_t slots() const;
};

/// Rank 0 supervises only where no other rank is on its node. The devices of a node are divided
/// among the ranks that supervise there and see them, evenly, lower ranks first; a rank without a
/// device stays idle where any node has one. Without devices: one slot a rank, or, for a run of one
/// rank, one a core. REQUIRES: facts of every rank, each once.
[[nodiscard]] NodePlan plan_slots(std::span<const RankFacts> facts, const PlanRequest& request);

/// "2 GPUs, 64 cores, 503 GiB", for a person.
[[nodiscard]] std::string describe(const RankFacts& facts);

/// The devices that CUDA shows to a process with this CUDA_VISIBLE_DEVICES (null: not set) on a
/// machine with `installed` devices. As CUDA has it, a list ends at its first index out of range.
[[nodiscard]] std::vector<std::string> visible_devices(const char* variable, std::int32_t installed);

/// Cores that "max 100000" or "150000 100000" (cgroup v2's cpu.max) allow; 0: no limit.
[[nodiscard]] double parse_cpu_max(std::string_view text);

}  // namespace nas
