// Ranks as threads of one process, with faults on demand: the protocol's tests run on it, and
// whatever runs there runs under MPI.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "mpi/transport.h"

namespace nas {

struct LocalFaults {
  std::uint64_t seed = 0;  // of the delays
  std::chrono::microseconds least_delay{0};
  std::chrono::microseconds greatest_delay{0};
  /// True: this message is lost. `index` counts the messages of this pair from 0.
  std::function<bool(int from, int to, std::uint64_t index)> drop = {};
};

/// Connects `size` endpoints, each used by one thread. Outlives nothing: endpoints share it.
class LocalNetwork {
 public:
  explicit LocalNetwork(int size, LocalFaults faults = {});

  /// REQUIRES: 0 <= rank < size; one endpoint a rank.
  [[nodiscard]] std::unique_ptr<Transport> endpoint(int rank);

  /// From now on whatever this rank sends or is sent vanishes, as after SIGKILL. Any thread.
  void kill(int rank);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace nas
