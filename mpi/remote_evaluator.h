// The coordinator's side of the farm: candidates to workers, results back. What a worker does with
// a candidate is its own affair (mpi/worker.h).
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "mpi/transport.h"
#include "mpi/wire.h"
#include "nas/evaluator.h"
#include "nas/result.h"

namespace nas {

/// Works with whichever workers have said Hello; candidates go round them, and those for one
/// worker travel in one message. Throws nas::Exception when a worker reports that it cannot go on
/// or sends what is no message: then the search cannot be trusted to end.
class RemoteEvaluator final : public Evaluator {
 public:
  /// `transport` must outlive it.
  explicit RemoteEvaluator(Transport& transport);

  [[nodiscard]] std::size_t free_slots() const override { return free_; }
  /// 0 until the first worker is ready.
  [[nodiscard]] std::size_t slots() const override { return slots_; }
  void submit(Candidate candidate) override;
  [[nodiscard]] std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override;

  struct Worker {
    int rank = 0;
    std::string host;
    std::string description;
    std::size_t slots = 0;
  };
  /// Those that are ready, in the order of their ranks.
  [[nodiscard]] std::vector<Worker> workers() const;

  /// Tells every other rank to stop and waits until all have said goodbye, so that nothing is on
  /// the wire any more and MPI can be finalised; late results are dropped. Error: the ranks that
  /// are silent after `patience`; then only MpiSession::abort ends the job for certain.
  [[nodiscard]] Result<Unit> stop(std::chrono::milliseconds patience);

 private:
  struct Desk {  // what the coordinator knows of one rank
    Worker worker;
    std::size_t free = 0;
    std::vector<Candidate> outbox;
  };

  void flush_outbox(Desk& desk);
  void flush_all();
  /// Results are appended to `done`.
  void handle(const Message& message, std::vector<Evaluation>& done);
  void welcome(Desk& desk, HelloMessage&& hello);
  void accept(ResultsMessage&& results, std::vector<Evaluation>& done);

  Transport& transport_;
  std::vector<Desk> desks_;                    // by rank
  std::deque<int> ready_;                      // ranks with a free slot, each once
  std::vector<int> to_flush_;                  // ranks with a letter in their outbox
  std::unordered_map<std::uint64_t, int> at_;  // candidate number -> rank that has it
  std::size_t slots_ = 0;
  std::size_t free_ = 0;
};

}  // namespace nas
