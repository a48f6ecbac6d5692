// One slot of a ChildEvaluator: at most one child, at most one job, and what becomes of both.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mpi/child_log.h"
#include "mpi/child_process.h"
#include "mpi/child_protocol.h"
#include "nas/candidate.h"

namespace nas {

/// What else a child may write on its standard output.
enum class OtherLines {
  AreProtocolErrors,  // nas-trainer: nothing
  GoToLog,            // a user's command: what it likes
};

/// For nas-trainer: a step and a file. Within what StopRequest keeps for the end of a job.
inline constexpr std::chrono::seconds kCheckpointPatience{10};

struct ChildSlotOptions {
  std::vector<std::string> environment;  // "NAME=value", e.g. CUDA_VISIBLE_DEVICES, OMP_NUM_THREADS
  std::string log_path;                  // standard error is appended
  std::string worker;                    // "host:rank.slot"
};

/// What all slots of an evaluator share.
struct ChildRules {
  std::vector<std::string> command;
  std::string guard_program;
  OtherLines other_lines = OtherLines::GoToLog;
  double seconds_per_candidate = 0;  // 0: only Evaluator::limit_time
  std::size_t max_line_bytes = 64U << 20;
  /// How long a child that is asked to leave its candidate may take to keep a checkpoint of it; 0: this command knows
  /// no such request, or it is of no use, and the child is killed.
  std::chrono::milliseconds interrupt_patience{0};
  /// Each point of a learning curve as it comes; epoch 0 of one without metrics: training begins. May be empty.
  std::function<void(CandidateId id, const CurvePoint& point)> on_epoch = {};
};

/// Used from one thread. `rules` must outlive it.
class ChildSlot {
 public:
  using Clock = std::chrono::steady_clock;

  /// After so many children in a row that ended without a valid line, the next one is started only
  /// for a candidate, which then fails with what the child said.
  static constexpr int kUnproductiveChildren = 5;

  /// Throws nas::Exception if the log cannot be written.
  ChildSlot(const ChildRules& rules, ChildSlotOptions options);

  [[nodiscard]] bool busy() const { return job_.has_value(); }
  [[nodiscard]] const std::string& worker() const { return options_.worker; }

  /// REQUIRES: !busy(). Delivers at once if a child is up.
  void assign(const Candidate& candidate, std::string line);
  /// Starts, delivers, ends and reaps what is due.
  void advance(Clock::time_point now);
  /// After poll: reads and writes what is possible now.
  void exchange(Clock::time_point now);
  /// The job's result, once.
  [[nodiscard]] std::optional<Evaluation> take_result();

  /// Ends the job without a result, if it has one: the child that works on it is asked to leave it, or killed. When it
  /// is over, take_withdrawn gives it; a result that comes before that counts.
  void withdraw(Clock::time_point now);
  /// The job that was withdrawn, once.
  [[nodiscard]] std::optional<CandidateId> take_withdrawn();
  /// Evaluator::limit_time.
  void limit_time(double seconds_per_epoch) { seconds_per_epoch_ = seconds_per_epoch; }
  /// Takes no further job.
  void set_aside() { aside_ = true; }
  [[nodiscard]] bool is_free() const { return !busy() && !aside_; }
  [[nodiscard]] bool is_aside() const { return aside_; }
  /// The latest candidate failed here.
  [[nodiscard]] bool has_failed(CandidateId id) const { return last_failed_ == id; }
  [[nodiscard]] std::optional<CandidateId> job() const;

  /// -1 while there is no child.
  [[nodiscard]] int descriptor() const { return child_ ? child_->descriptor() : -1; }
  [[nodiscard]] bool has_unsent() const { return child_ && child_->has_unsent(); }
  /// When advance has something to do although nothing was read.
  [[nodiscard]] std::optional<Clock::time_point> next_event() const;

  /// Idle children read end of file, working ones are killed.
  void begin_shutdown();
  void kill();
  /// No child is left.
  [[nodiscard]] bool is_down() const { return !child_; }
  /// Never starts a child again.
  void retire() { retired_ = true; }

 private:
  struct Job {
    Candidate candidate;
    std::string line;
    bool delivered = false;
    double started_at = 0;  // Unix time
    Clock::time_point started{};
    std::vector<CurvePoint> curve;
    std::optional<Clock::time_point> leave_by;  // it is withdrawn: its child has been asked to leave it
  };

  void start(Clock::time_point now);
  void deliver(Clock::time_point now);
  void handle_line(const std::string& line, Clock::time_point now);
  void handle_message(ChildMessage message, Clock::time_point now);
  void protocol_failure(const std::string& what, std::string_view line, Clock::time_point now);
  enum class JobLine { Read, Unread };
  void stream_ended(JobLine job_line, Clock::time_point now);
  void child_ended(int wait_status, JobLine job_line, Clock::time_point now);
  void child_gone(Clock::time_point now);
  /// Ends the job, if any, and the child with it.
  void fail_and_replace(Failure failure, Clock::time_point now);
  void finish(std::optional<Failure> failure, Metrics metrics, Clock::time_point now);
  void end_withdrawn();
  /// Seconds that the present job may take; 0: no limit. REQUIRES: busy().
  [[nodiscard]] double time_limit() const;
  [[nodiscard]] std::string timeout_message() const;
  [[nodiscard]] bool past_deadline(Clock::time_point now) const;
  [[nodiscard]] std::optional<CandidateId> current_id() const;
  [[nodiscard]] std::string crash_message(int wait_status, JobLine job_line) const;

  const ChildRules& rules_;
  ChildSlotOptions options_;
  ChildLog log_;
  std::optional<ChildProcess> child_;
  std::optional<Job> job_;
  std::optional<Evaluation> result_;
  std::optional<CandidateId> withdrawn_;
  bool ending_ = false;      // terminated: waiting for its stream to end
  bool productive_ = false;  // this child has written a valid line
  bool retired_ = false;
  bool aside_ = false;
  double seconds_per_epoch_ = 0;
  std::optional<CandidateId> last_failed_;
  int unproductive_ = 0;            // children in a row
  Clock::time_point not_before_{};  // the next start
  Clock::time_point ending_since_{};
};

}  // namespace nas
