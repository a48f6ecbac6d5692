// Ranks as threads of one process, with faults on demand: the protocol's tests run on it, and
// whatever runs there runs under MPI.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "mpi/transport.h"

namespace nas {

struct LocalFaults {
  std::uint64_t seed = 0;  // of the delays
  std::chrono::microseconds least_delay{0};
  std::chrono::microseconds greatest_delay{0};
  /// What becomes of a message; `index` counts those of this pair from 0. It may change the bytes
  /// (damage them on the way). How often it arrives is returned: 0 if it is lost. Called under the
  /// network's lock.
  std::function<int(int from, int to, std::uint64_t index, std::vector<std::byte>& bytes)> treat = {};
};

/// Connects `size` endpoints, each used by one thread. Outlives nothing: endpoints share it.
class LocalNetwork {
 public:
  explicit LocalNetwork(int size, LocalFaults faults = {});

  /// REQUIRES: 0 <= rank < size; one endpoint a rank.
  [[nodiscard]] std::unique_ptr<Transport> endpoint(int rank);

  /// From now on whatever this rank sends or is sent vanishes, as after SIGKILL. Any thread.
  void kill(int rank);
  /// As kill, and every other rank hears of it (Transport::lost_ranks), as with a message layer that
  /// notices. Any thread.
  void kill_noticed(int rank);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace nas
