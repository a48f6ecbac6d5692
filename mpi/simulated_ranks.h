// Workers in simulated time: the coordinator's own code meets as many of them as are wished for, on
// one core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "mpi/farm_rules.h"
#include "mpi/transport.h"
#include "mpi/wire.h"

namespace nas {

struct SimulationRules {
  std::size_t workers = 1;  // ranks beside the coordinator
  std::size_t slots = 1;    // of each
  FarmTiming timing;
  double latency = 0;              // seconds that a message is under way
  double seconds_per_message = 0;  // that the coordinator takes for one
  double mean_life = 0;            // of a rank, seconds, exponential; 0: for ever
  std::uint64_t seed = 1;          // of the lives
  /// What a candidate costs and brings; its lease and worker are filled in.
  std::function<Evaluation(const Candidate&)> evaluate;
};

/// The coordinator's transport. Time stands still but in receive(), where it goes on to the next
/// event; so everything is a function of the rules and of what the coordinator sends. Used from one
/// thread.
class SimulatedRanks final : public Transport {
 public:
  explicit SimulatedRanks(SimulationRules rules);

  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int size() const override { return static_cast<int>(rules_.workers) + 1; }
  void send(int to, std::vector<std::byte> bytes) override;
  [[nodiscard]] std::optional<Message> receive(std::chrono::milliseconds timeout) override;
  [[nodiscard]] bool flush(std::chrono::milliseconds) override { return true; }
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override;

  /// Simulated seconds since the beginning.
  [[nodiscard]] double seconds() const { return now_; }

  struct Figures {
    double last_handout = 0;        // when the last candidate was sent, in simulated seconds
    double busy_until_then = 0;     // slot-seconds of work before it
    std::size_t longest_queue = 0;  // messages that waited for the coordinator at once
    std::size_t deaths = 0;
    std::uint64_t messages = 0;  // received
    double own_seconds = 0;      // real seconds spent in here, not in the coordinator
  };
  /// REQUIRES: nothing runs any more.
  [[nodiscard]] Figures figures() const;

 private:
  enum class Kind : std::uint8_t { Ready, Finish, Heartbeat, Death };
  struct Event {
    double time = 0;
    std::uint64_t order = 0;  // among events of one time
    Kind kind = Kind::Ready;
    int rank = 0;
    LeaseNumber lease = 0;
    bool operator>(const Event& other) const { return time != other.time ? time > other.time : order > other.order; }
  };
  struct Running {
    Evaluation evaluation;
    double begin = 0;
  };
  struct Worker {
    bool dead = false;
    std::size_t free = 0;
    std::uint64_t letter = 0;
    std::deque<Handout> queue;
    std::unordered_map<LeaseNumber, Running> running;
  };
  struct Work {
    double begin = 0;
    double end = 0;
  };

  void schedule(double time, Kind kind, int rank, LeaseNumber lease = 0);
  void take(Worker& worker, int rank, WorkMessage&& work);
  void give_back(Worker& worker, int rank, const WithdrawMessage& withdraw);
  void begin(Worker& worker, int rank, double time);
  void happen(const Event& event);
  void finish(Worker& worker, const Event& event);
  void report(const Worker& worker, int rank);
  void post(int rank, const WireMessage& message);

  SimulationRules rules_;
  double now_ = 0;
  std::uint64_t next_order_ = 0;
  std::vector<Worker> workers_;  // by rank - 1
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::deque<Message> arrived_;  // waits for the coordinator
  std::vector<Work> done_;       // all work, also what a death cut short
  Figures figures_;
};

}  // namespace nas
