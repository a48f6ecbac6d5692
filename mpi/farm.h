// The coordinator's side of the farm: candidates to workers, results back, and what happens when a
// candidate or a worker fails. What a worker does with a candidate is its own affair (mpi/worker.h).
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mpi/desks.h"
#include "mpi/farm_rules.h"
#include "mpi/transport.h"
#include "mpi/wire.h"
#include "nas/evaluator.h"
#include "nas/result.h"

namespace nas {

struct FarmOptions {
  static constexpr std::int64_t kAutoPrefetch = -1;
  enum class Order {
    InTurn,         // each rank in turn, so that all are busy soon
    RankAfterRank,  // as many as a rank has slots before the next one gets any: what is handed out together is together
  };

  std::vector<std::string> hosts = {};  // by rank; empty: "rank 3" names it well enough
  FarmTiming timing = {};
  RetryRules retry = {};
  std::int64_t prefetch = kAutoPrefetch;  // candidates that may wait for each slot of another rank
  bool learn_limit = false;               // Evaluator::limit_time by what finished
  Order order = Order::InTurn;
  /// What a person should know: a worker was lost, set aside, heard again; a candidate is tried
  /// again. `kind`: one word. Called from within the farm's functions.
  std::function<void(std::string_view kind, std::string_view text)> on_event = {};
  /// Points of learning curves that other ranks send as they come, also of candidates that have been given up. May be
  /// empty.
  std::function<void(CandidateId id, const CurvePoint& point)> on_epoch = {};
};

/// Hands candidates round the ranks of `transport` that have reported, and to `local`. Every
/// handing-out is a lease. A lease ends with its result, with the silence of its rank, or when the
/// rank says that it does not hold it (a message was lost); in the last two cases as WorkerLost. A
/// candidate whose failure RetryRules forgives goes out again, to another worker if there is one.
/// Late results of ended leases are dropped. Damaged messages are dropped too: what was in them is
/// found missing later. Used from one thread.
///
/// Its functions throw nas::Exception where the search cannot go on: a worker reports that it
/// can't work at all, speaks another version, or no worker is left.
class Farm final : public Evaluator {
 public:
  /// Either may be null, not both; what is given must outlive it. `local` works at rank 0.
  Farm(Transport* transport, Evaluator* local, FarmOptions options);

  [[nodiscard]] std::size_t free_slots() const override;
  /// 0 until the first worker is ready.
  [[nodiscard]] std::size_t slots() const override { return desks_.slots(); }
  void submit(Candidate candidate) override;
  [[nodiscard]] std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override;
  void withdraw_waiting() override;
  void withdraw(CandidateId id) override;
  [[nodiscard]] std::vector<CandidateId> take_withdrawn() override;

  struct Counts {
    std::size_t ready = 0;      // ranks with work, the own one among them
    std::size_t lost = 0;       // at this moment
    std::size_t waiting = 0;    // candidates queued behind others, at workers or to be tried again
    std::uint64_t late = 0;     // results of ended leases, dropped
    std::uint64_t damaged = 0;  // messages, dropped
    std::uint64_t retries = 0;
    std::size_t set_aside = 0;  // workers
  };
  [[nodiscard]] Counts counts() const;
  /// Ranks that did not answer any more when last looked at.
  [[nodiscard]] std::vector<int> lost_ranks() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Lease {
    CandidateId id{};
    int rank = 0;
    std::uint64_t letter = 0;  // of the message that carried it; 0: not sent yet
    TimePoint sent{};
    bool direct = false;  // it found an empty slot
  };
  struct Outstanding {
    Candidate candidate;
    LeaseNumber lease = 0;  // 0: waits to be handed out again
    std::int64_t attempts = 0;
    int avoid = Desks::kNobody;
    bool called_back = false;
  };

  [[nodiscard]] TimePoint now() const;
  void event(std::string_view kind, std::string_view text) const;
  [[nodiscard]] std::string name_of(const Desk& desk) const;

  // Handing out.
  void place(Outstanding& outstanding, Desk& desk);
  void place_again();
  void flush();
  void flush_work(Desk& desk);
  void flush_withdrawals(Desk& desk);

  // Taking in.
  void take_from_local(std::chrono::milliseconds timeout);
  [[nodiscard]] bool take_from_ranks(std::chrono::milliseconds timeout);
  void wait_for_news(std::chrono::milliseconds timeout);
  void handle(const Message& message);
  void hear_who_wrote_meanwhile(TimePoint begin);
  void handle_status(Desk& desk, const StatusMessage& status);
  void handle_results(ResultsMessage&& results);
  void compare_leases(Desk& desk, const StatusMessage& status);
  void heard(Desk& desk);

  // Ends of leases.
  [[nodiscard]] Lease end_lease(LeaseNumber lease);
  void finish(LeaseNumber lease, Evaluation evaluation);
  void give_back(LeaseNumber lease);
  /// To be handed out again, or back to the search where it withdraws.
  void hand_back(std::unordered_map<CandidateId, Outstanding>::iterator at);
  void set_aside(const std::string& worker, const Desk& desk);
  using Evaluator::set_aside;
  void lose_lease(LeaseNumber lease, const std::string& why);
  void lose_rank(Desk& desk, Desk::State state, const std::string& why);

  // The clock's business.
  void beat();
  void find_silent();
  void find_dead();
  void recall_for_idle();
  /// Asks for the latest `count` of a desk's leases, as far as they have not begun.
  void recall(Desk& desk, std::size_t count);
  void check_anybody_left();

  Transport* transport_;
  Evaluator* local_;
  FarmOptions options_;
  Desks desks_;
  WorkerHealth health_;
  Pace pace_;
  std::unordered_map<LeaseNumber, Lease> leases_;
  std::unordered_map<CandidateId, Outstanding> outstanding_;
  std::deque<CandidateId> again_;
  std::size_t stuck_ = 0;  // of them
  std::vector<int> to_flush_;
  std::vector<Evaluation> done_;
  std::vector<CandidateId> withdrawn_;
  Counts counts_;
  LeaseNumber next_lease_ = 1;
  std::size_t dead_seen_ = 0;
  bool withdrawing_ = false;
  bool given_all_ = false;  // the search had room and gave nothing more
  TimePoint next_beat_{};
  TimePoint left_at_{};      // when wait_some returned
  double busy_seconds_ = 0;  // between two waits, of late
  double delay_ = 0;         // Pace::harmless_delay at the last beat
  TimePoint nobody_since_{};
};

/// Tells every other rank but `gone` to stop and waits until all have said goodbye, so that nothing
/// is on the wire any more and MPI can be finalised; late results are dropped. Error: the ranks that
/// are silent after `patience`; then only MpiSession::abort ends the job for certain.
[[nodiscard]] Result<Unit> stop_ranks(Transport& transport, const std::vector<int>& gone,
                                      std::chrono::milliseconds patience);

}  // namespace nas
