#include "mpi/child_slot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "mpi/farm_rules.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

/// How long a stream may have ended before its process has.
constexpr std::chrono::milliseconds kExitPatience = 500ms;
/// How long killing may take before the slot goes on without waiting.
constexpr auto kKillPatience = 10s;
constexpr std::size_t kMaxCurvePoints = 100'000;

/// No delay after the first deaths, then doubling: a broken command must not keep a core busy.
std::chrono::milliseconds delay_after(int unproductive_children) {
  constexpr int kFree = 2;
  constexpr int kLongest = 6;
  if (unproductive_children <= kFree) return 0ms;
  return 100ms * (1 << std::min(unproductive_children - kFree - 1, kLongest));
}

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

ChildSlot::ChildSlot(const ChildRules& rules, ChildSlotOptions options)
    : rules_(rules), options_(std::move(options)), log_(options_.log_path) {}

void ChildSlot::assign(const Candidate& candidate, std::string line) {
  NAS_CHECK(!busy(), "a slot was given a second job");
  job_.emplace(Job{candidate, std::move(line), false, 0, {}, {}, {}});
  advance(Clock::now());
}

void ChildSlot::advance(Clock::time_point now) {
  if (child_ && ending_ && now >= ending_since_ + kKillPatience) {
    child_->abandon();
    child_gone(now);
  }
  if (child_ && !ending_ && job_ && job_->leave_by && now >= *job_->leave_by) {
    end_withdrawn();
    fail_and_replace({}, now);
  }
  if (child_ && !ending_ && past_deadline(now)) {
    fail_and_replace({FailureType::TimedOut, timeout_message(), {}}, now);
  }
  const bool wanted = job_ || unproductive_ < kUnproductiveChildren;
  if (!child_ && !retired_ && wanted && now >= not_before_) start(now);
  if (child_ && !ending_ && job_ && !job_->delivered) deliver(now);
}

void ChildSlot::start(Clock::time_point now) {
  log_.mark();
  productive_ = false;
  ending_ = false;
  ChildSpec spec{rules_.command, rules_.guard_program, options_.environment, log_.descriptor(), rules_.max_line_bytes};
  Result<ChildProcess> started = ChildProcess::start(spec);
  if (started) {
    child_.emplace(std::move(started).value());
    return;
  }
  log_.append(started.error().message);
  child_gone(now);
  if (job_) finish(Failure{FailureType::Crashed, started.error().message, {}}, {}, now);
}

void ChildSlot::deliver(Clock::time_point now) {
  // What a fresh child said while it started belongs to its first job.
  if (productive_) log_.mark();
  job_->delivered = true;
  job_->started = now;
  job_->started_at = unix_seconds();
  child_->write_line(job_->line);
}

void ChildSlot::exchange(Clock::time_point now) {
  if (!child_) return;
  using Stream = ChildProcess::Stream;
  // Asked before reading: what an ended child has written is complete.
  const bool reaped = child_->try_reap().has_value();
  child_->send_queued();
  std::vector<std::string> lines;
  const Stream stream = child_->read_lines(lines);
  for (const std::string& line : lines) {
    if (!ending_) handle_line(line, now);
  }
  if (stream == Stream::LineTooLong && !ending_) {
    protocol_failure(fmt::format("a line of more than {} bytes", rules_.max_line_bytes), {}, now);
  }
  if (stream == Stream::Ended) stream_ended(JobLine::Read, now);
  if (stream == Stream::EndedUnread) stream_ended(JobLine::Unread, now);
  // The guard was killed, and a descendant of the child keeps the socket open.
  if (stream == Stream::Open && lines.empty() && reaped) stream_ended(JobLine::Read, now);
}

void ChildSlot::stream_ended(JobLine job_line, Clock::time_point now) {
  if (ending_) {
    child_gone(now);
  } else if (const std::optional<int> status = child_->reap(kExitPatience)) {
    child_ended(*status, job_line, now);
  } else {
    fail_and_replace({FailureType::Crashed, "the child closed its output but did not end", {}}, now);
  }
}

void ChildSlot::handle_line(const std::string& line, Clock::time_point now) {
  ChildMessage message = parse_child_line(line, current_id());
  if (message.kind == ChildMessage::Kind::Text) {
    if (rules_.other_lines == OtherLines::GoToLog) {
      log_.append(line);
    } else {
      protocol_failure("a line that is no JSON object", line, now);
    }
  } else if (message.kind == ChildMessage::Kind::Malformed) {
    protocol_failure(message.failure.message, line, now);
  } else {
    productive_ = true;
    unproductive_ = 0;
    handle_message(std::move(message), now);
  }
}

/// A valid line about the job at hand.
void ChildSlot::handle_message(ChildMessage message, Clock::time_point now) {
  switch (message.kind) {
    case ChildMessage::Kind::Progress:
      if (job_->curve.size() >= kMaxCurvePoints) {
        protocol_failure("more epochs than anybody can want", {}, now);
        return;
      }
      if (rules_.on_epoch) rules_.on_epoch(job_->candidate.id, message.point);
      job_->curve.push_back(std::move(message.point));
      return;
    case ChildMessage::Kind::Answer:
      finish(std::nullopt, std::move(message.metrics), now);
      result_->stopped = message.stopped;
      return;
    case ChildMessage::Kind::Failed:
      finish(std::move(message.failure), {}, now);
      return;
    case ChildMessage::Kind::Interrupted:
      if (!job_->leave_by) return protocol_failure("that it was interrupted, which nobody asked for", {}, now);
      return end_withdrawn();
    case ChildMessage::Kind::Started:
      if (rules_.on_epoch) rules_.on_epoch(job_->candidate.id, {});
      return;
    case ChildMessage::Kind::Text:
    case ChildMessage::Kind::Malformed:
      return;
  }
}

void ChildSlot::protocol_failure(const std::string& what, std::string_view line, Clock::time_point now) {
  std::string message = fmt::format("the child wrote {}", what);
  if (!line.empty()) message += ": " + quotable(line);
  fail_and_replace({FailureType::Protocol, message, {}}, now);
  log_.append("[nas] " + message);
}

void ChildSlot::fail_and_replace(Failure failure, Clock::time_point now) {
  ending_ = true;
  ending_since_ = now;
  child_->terminate();
  if (job_) finish(std::move(failure), {}, now);
}

void ChildSlot::child_ended(int wait_status, JobLine job_line, Clock::time_point now) {
  child_gone(now);
  if (job_ && job_->leave_by) {
    end_withdrawn();
  } else if (job_ && job_line == JobLine::Unread && unproductive_ < kUnproductiveChildren) {
    job_->delivered = false;  // it is not the candidate's fault: the next child gets it
  } else if (job_) {
    finish(Failure{FailureType::Crashed, crash_message(wait_status, job_line), {}}, {}, now);
  }
  log_.append(fmt::format("[nas] the child ended: {}", describe_end(wait_status)));
}

void ChildSlot::child_gone(Clock::time_point now) {
  child_.reset();
  ending_ = false;
  if (!productive_) ++unproductive_;
  not_before_ = now + delay_after(unproductive_);
}

std::string ChildSlot::crash_message(int wait_status, JobLine job_line) const {
  const std::string end = describe_end(wait_status);
  if (job_line == JobLine::Read) return fmt::format("the child ended while it worked: {}", end);
  return fmt::format("the command ends before it reads a job: {}, {} times in a row, try it by hand: {}", end,
                     unproductive_, fmt::join(rules_.command, " "));
}

void ChildSlot::finish(std::optional<Failure> failure, Metrics metrics, Clock::time_point now) {
  // A child that dies of the same signal that stops the search does not fail its candidate.
  const bool reported = !failure || failure->type == FailureType::Reported || failure->type == FailureType::Invalid ||
                        failure->type == FailureType::Diverged || failure->type == FailureType::OutOfMemory;
  if (job_->leave_by && !reported) return end_withdrawn();
  Evaluation evaluation;
  evaluation.id = job_->candidate.id;
  evaluation.metrics = std::move(metrics);
  evaluation.curve = std::move(job_->curve);
  evaluation.started_at = job_->delivered ? job_->started_at : unix_seconds();
  evaluation.seconds = job_->delivered ? std::chrono::duration<double>(now - job_->started).count() : 0;
  evaluation.worker = options_.worker;
  last_failed_ = failure ? std::optional(evaluation.id) : std::nullopt;
  if (failure) {
    failure->message = valid_utf8(failure->message);
    const std::string tail = log_.tail();
    if (!failure->log_tail.empty() && !tail.empty()) failure->log_tail += '\n';
    failure->log_tail += tail;
    evaluation.failure = std::move(failure);
  }
  result_ = std::move(evaluation);
  job_.reset();
}

double ChildSlot::time_limit() const {
  if (rules_.seconds_per_candidate > 0) return rules_.seconds_per_candidate;
  return seconds_per_epoch_ > 0 ? learnt_limit(seconds_per_epoch_, job_->candidate.budget) : 0;
}

std::string ChildSlot::timeout_message() const {
  return fmt::format("not finished within {:.4g} s ({})", time_limit(),
                     rules_.seconds_per_candidate > 0
                         ? std::string("resources.seconds_per_candidate")
                         : fmt::format("{:.0f} times the slowest epoch so far, resources.seconds_per_candidate sets "
                                       "another limit",
                                       Pace::kLimitFactor));
}

bool ChildSlot::past_deadline(Clock::time_point now) const {
  if (!job_ || !job_->delivered || time_limit() <= 0) return false;
  return std::chrono::duration<double>(now - job_->started).count() >= time_limit();
}

std::optional<CandidateId> ChildSlot::job() const { return job_ ? std::optional(job_->candidate.id) : std::nullopt; }

void ChildSlot::withdraw(Clock::time_point now) {
  if (!job_ || job_->leave_by) return;
  const bool works = job_->delivered && child_ && !ending_;
  if (works && rules_.interrupt_patience.count() > 0) {
    job_->leave_by = now + rules_.interrupt_patience;
    child_->write_line(interrupt_line(job_->candidate.id));
    return;
  }
  end_withdrawn();
  if (works) fail_and_replace({}, now);
}

void ChildSlot::end_withdrawn() {
  withdrawn_ = job_->candidate.id;
  job_.reset();
}

std::optional<CandidateId> ChildSlot::take_withdrawn() { return std::exchange(withdrawn_, std::nullopt); }

std::optional<CandidateId> ChildSlot::current_id() const {
  if (!job_ || !job_->delivered) return std::nullopt;
  return job_->candidate.id;
}

std::optional<Evaluation> ChildSlot::take_result() { return std::exchange(result_, std::nullopt); }

std::optional<ChildSlot::Clock::time_point> ChildSlot::next_event() const {
  if (child_ && ending_) return ending_since_ + kKillPatience;
  if (child_ && job_ && job_->leave_by) return job_->leave_by;
  if (child_ && job_ && job_->delivered && time_limit() > 0) {
    return job_->started + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time_limit()));
  }
  const bool wanted = job_ || unproductive_ < kUnproductiveChildren;
  if (!child_ && !retired_ && wanted) return not_before_;
  return std::nullopt;
}

void ChildSlot::begin_shutdown() {
  retired_ = true;
  if (!child_) return;
  if (busy()) {
    kill();
  } else {
    child_->end_input();
  }
}

void ChildSlot::kill() {
  retired_ = true;
  if (child_ && !ending_) fail_and_replace({FailureType::Crashed, "ended with the search", {}}, Clock::now());
}

}  // namespace nas
