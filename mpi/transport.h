// Bytes between ranks; knows nothing of searches. Implementations: threads in one process (with
// injected faults, for tests) and MPI.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace nas {

struct Message {
  int from = 0;
  std::vector<std::byte> bytes;
};

/// One instance a rank, used from one thread. Messages between two ranks keep their order.
struct Transport {
  virtual ~Transport() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;

  /// Never blocks on the receiver: the bytes are copied and sent as it can.
  virtual void send(int to, std::vector<std::byte> bytes) = 0;

  /// The next message, or none within `timeout`; none at once when a rank is newly known to have
  /// died. Sleeps, never spins.
  [[nodiscard]] virtual std::optional<Message> receive(std::chrono::milliseconds timeout) = 0;

  /// Until the next call messages may be noticed so late: the longer, the less waiting costs. An
  /// implementation may know no delays.
  virtual void allow_delay(std::chrono::microseconds) {}

  /// Time as the ranks live it: the machine's, or a simulation's.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const { return std::chrono::steady_clock::now(); }

  /// Ranks that are known to have died, in the order in which that was noticed; only where the
  /// message layer says so. Nothing is received from them and what is sent to them is lost.
  [[nodiscard]] virtual std::vector<int> lost_ranks() const { return {}; }

  /// Waits until everything sent has been handed over, at most `timeout`; false if something is
  /// left. To be called before the ranks part.
  [[nodiscard]] virtual bool flush(std::chrono::milliseconds timeout) = 0;
};

}  // namespace nas
