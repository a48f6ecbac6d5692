// What this process may use of its machine: GPUs (without touching CUDA) and CPU cores.
#pragma once

#include <cstdint>
#include <string>

#include "mpi/node_plan.h"

namespace nas {

/// Reads CUDA_VISIBLE_DEVICES, /dev, /proc, the CPU affinity and the control group.
[[nodiscard]] RankFacts facts_of_this_rank(std::int32_t rank, std::int32_t node);

[[nodiscard]] std::string host_name();

/// The path of the running executable.
[[nodiscard]] std::string own_executable();

}  // namespace nas
