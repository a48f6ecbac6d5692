// What a coordinator knows of its workers: who is there, who holds which leases, who gets the next
// candidate.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "mpi/wire.h"

namespace nas {

/// One rank, as the coordinator sees it.
struct Desk {
  enum class State : std::uint8_t {
    Expected,  // has not reported that it is ready
    Ready,
    Lost,  // silent for too long; ready again once it is heard
    Gone,  // for good
  };

  int rank = 0;
  std::string host;
  State state = State::Expected;
  std::size_t slots = 0;
  std::deque<LeaseNumber> leases;  // held, in the order of handing out
  std::chrono::steady_clock::time_point heard{};
  std::uint64_t letters = 0;  // WorkMessages sent
  std::vector<Handout> outbox;
  std::vector<LeaseNumber> to_withdraw;
  bool recalled = false;  // asked to give back what waits, not answered yet

  [[nodiscard]] bool is_ready() const { return state == State::Ready; }
  [[nodiscard]] std::size_t waiting() const { return leases.size() > slots ? leases.size() - slots : 0; }

 private:
  friend class Desks;
  bool in_idle_ = false;
  bool in_ahead_ = false;
};

/// All desks, by rank. Finds the next one with room without looking at those that have none.
class Desks {
 public:
  static constexpr int kNobody = -1;

  explicit Desks(std::size_t count);

  [[nodiscard]] Desk& operator[](int rank) { return desks_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] const Desk& operator[](int rank) const { return desks_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] auto begin() { return desks_.begin(); }
  [[nodiscard]] auto end() { return desks_.end(); }
  [[nodiscard]] std::size_t size() const { return desks_.size(); }

  /// Candidates that may be under way at once, and how many more may be handed out: with those that
  /// wait at a worker.
  [[nodiscard]] std::size_t slots() const { return slots_; }
  [[nodiscard]] std::size_t room() const;
  /// Slots that stand empty.
  [[nodiscard]] std::size_t idle() const;
  [[nodiscard]] std::size_t ready() const { return ready_; }

  /// Ready with so many slots.
  void open(Desk& desk, std::size_t slots);
  /// No longer ready; its leases stay until they are ended.
  void close(Desk& desk, Desk::State state);
  /// Candidates that may wait for each slot of the desks of other ranks; rank 0's own have none.
  void set_ahead(std::size_t per_slot);

  /// From now on `pick` stays with a desk until it has no empty slot, instead of taking them in turn.
  void fill_up() { fills_up_ = true; }

  /// The next desk in turn, those with an empty slot first, and never `avoid` while another is
  /// ready. kNobody: no room there.
  [[nodiscard]] int pick(int avoid);
  void add(Desk& desk, LeaseNumber lease);
  void remove(Desk& desk, LeaseNumber lease);

 private:
  [[nodiscard]] std::size_t capacity(const Desk& desk) const;
  [[nodiscard]] int pick_from(std::deque<int>& queue, bool Desk::*flag, int avoid, bool only_idle);
  void enqueue(Desk& desk);
  void count(const Desk& desk, int sign);

  std::vector<Desk> desks_;
  std::deque<int> idle_;        // ranks with an empty slot, and some that had one
  std::deque<int> with_ahead_;  // the same for room behind others
  bool fills_up_ = false;
  std::size_t ahead_ = 0;
  std::size_t ready_ = 0;
  std::size_t slots_ = 0;
  std::size_t room_ = 0;
  std::size_t empty_ = 0;
};

}  // namespace nas
