// Candidates evaluated by persistent child processes on this machine, one a slot: nas-trainer or a
// user's own command. Whatever a child does costs at most its one candidate.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mpi/child_slot.h"
#include "nas/evaluator.h"
#include "nas/result.h"

namespace nas {

struct ChildEvaluatorOptions {
  ChildRules rules;
  std::vector<ChildSlotOptions> slots;
  /// The candidate as one line of JSON with its "id", without a newline (docs/command_protocol.md).
  /// Error: the candidate is Invalid and no child hears of it.
  std::function<Result<std::string>(const Candidate&)> job_line;
  /// How long idle children may take on destruction to leave by themselves.
  std::chrono::milliseconds grace{2000};
};

/// Children start with the evaluator, so that they load while the search starts, and serve one
/// candidate after the other. A child is replaced after every failure but an ordinary "error"
/// answer. Failures: Crashed, TimedOut, Protocol and what the child reports; each with the last
/// lines of its standard error since the candidate began.
class ChildEvaluator final : public Evaluator {
 public:
  /// Throws nas::Exception if a log cannot be written. A command that cannot be started shows in
  /// the evaluations; check_command finds it earlier.
  explicit ChildEvaluator(ChildEvaluatorOptions options);
  /// Ends all children and their descendants and waits for that.
  ~ChildEvaluator() override;
  ChildEvaluator(const ChildEvaluator&) = delete;
  ChildEvaluator& operator=(const ChildEvaluator&) = delete;

  [[nodiscard]] std::size_t free_slots() const override;
  [[nodiscard]] std::size_t slots() const override;
  /// To another slot than the one where this candidate failed last, if one is free.
  void submit(Candidate candidate) override;
  /// Also returns early, with nothing, when a signal arrives.
  [[nodiscard]] std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override;
  /// Its child is asked to keep a checkpoint and leave it, where the rules say that it knows how; else, and when it
  /// takes too long, it is killed: what was trained beyond the last checkpoint is lost.
  void withdraw(CandidateId id) override;
  [[nodiscard]] std::vector<CandidateId> take_withdrawn() override;
  void set_aside(std::string_view worker) override;
  void limit_time(double seconds_per_epoch) override;

 private:
  using Clock = ChildSlot::Clock;
  enum class PollEnd { Something, Timeout, Signal };

  [[nodiscard]] ChildSlot& slot_for(CandidateId id);
  void advance_all();
  PollEnd poll_until(Clock::time_point deadline);
  void collect(ChildSlot& slot);
  [[nodiscard]] bool all_down() const;
  void wait_until_down(std::chrono::milliseconds patience);

  ChildEvaluatorOptions options_;
  std::vector<ChildSlot> slots_;
  std::vector<Evaluation> finished_;
  std::vector<CandidateId> withdrawn_;
  Clock::time_point next_tick_{};
};

}  // namespace nas
