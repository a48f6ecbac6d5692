#include "mpi/child_evaluator.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

namespace nas {
namespace {

using namespace std::chrono_literals;

/// How often children are looked at whose sockets say nothing: a guard may have been killed.
constexpr auto kTick = 500ms;

/// Rounded up, so that what is due at `deadline` is due when the wait ends.
int poll_milliseconds(std::chrono::steady_clock::duration left) {
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<std::int64_t>(rounded, 0, 60'000));
}

}  // namespace

ChildEvaluator::ChildEvaluator(ChildEvaluatorOptions options) : options_(std::move(options)) {
  NAS_CHECK(!options_.rules.command.empty(), "a child evaluator without a command");
  NAS_CHECK(options_.job_line != nullptr, "a child evaluator that cannot write jobs");
  slots_.reserve(options_.slots.size());
  for (const ChildSlotOptions& slot : options_.slots) slots_.emplace_back(options_.rules, slot);
  advance_all();
}

ChildEvaluator::~ChildEvaluator() {
  const bool unwinding = std::uncaught_exceptions() > 0;
  for (ChildSlot& slot : slots_) slot.begin_shutdown();
  if (!unwinding) wait_until_down(options_.grace);
  for (ChildSlot& slot : slots_) slot.kill();
  wait_until_down(ChildProcess::kEndPatience);
}

std::size_t ChildEvaluator::free_slots() const {
  return static_cast<std::size_t>(std::ranges::count_if(slots_, [](const ChildSlot& slot) { return slot.is_free(); }));
}

std::size_t ChildEvaluator::slots() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(slots_, [](const ChildSlot& slot) { return !slot.is_aside(); }));
}

ChildSlot& ChildEvaluator::slot_for(CandidateId id) {
  const auto good =
      std::ranges::find_if(slots_, [id](const ChildSlot& each) { return each.is_free() && !each.has_failed(id); });
  if (good != slots_.end()) return *good;
  const auto any = std::ranges::find_if(slots_, [](const ChildSlot& each) { return each.is_free(); });
  NAS_CHECK(any != slots_.end(), "submit without a free slot");
  return *any;
}

void ChildEvaluator::submit(Candidate candidate) {
  ChildSlot* slot = &slot_for(candidate.id);
  Result<std::string> line = options_.job_line(candidate);
  if (line) {
    slot->assign(candidate, std::move(line).value());
    collect(*slot);
    return;
  }
  Evaluation evaluation;
  evaluation.id = candidate.id;
  evaluation.failure = Failure{FailureType::Invalid, line.error().message, {}};
  evaluation.started_at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  evaluation.worker = slot->worker();
  finished_.push_back(std::move(evaluation));
}

std::vector<Evaluation> ChildEvaluator::wait_some(std::chrono::milliseconds timeout) {
  const Clock::time_point deadline = Clock::now() + timeout;
  for (;;) {
    advance_all();
    const PollEnd end = poll_until(finished_.empty() && withdrawn_.empty() ? deadline : Clock::time_point{});
    advance_all();
    if (!finished_.empty() || !withdrawn_.empty() || end == PollEnd::Signal || Clock::now() >= deadline)
      return std::exchange(finished_, {});
  }
}

void ChildEvaluator::withdraw(CandidateId id) {
  const auto finished = std::ranges::find(finished_, id, &Evaluation::id);
  const auto slot = std::ranges::find_if(slots_, [id](const ChildSlot& each) { return each.job() == id; });
  if (finished == finished_.end() && slot == slots_.end()) return;
  if (finished != finished_.end()) {
    finished_.erase(finished);
    withdrawn_.push_back(id);
    return;
  }
  slot->withdraw(Clock::now());
  collect(*slot);
}

std::vector<CandidateId> ChildEvaluator::take_withdrawn() { return std::exchange(withdrawn_, {}); }

void ChildEvaluator::set_aside(std::string_view worker) {
  for (ChildSlot& slot : slots_) {
    if (slot.worker() == worker) slot.set_aside();
  }
}

void ChildEvaluator::limit_time(double seconds_per_epoch) {
  for (ChildSlot& slot : slots_) slot.limit_time(seconds_per_epoch);
}

void ChildEvaluator::advance_all() {
  const Clock::time_point now = Clock::now();
  for (ChildSlot& slot : slots_) {
    slot.advance(now);
    collect(slot);
  }
}

ChildEvaluator::PollEnd ChildEvaluator::poll_until(Clock::time_point deadline) {
  Clock::time_point now = Clock::now();
  deadline = std::min(deadline, now + kTick);
  std::vector<pollfd> watched;
  for (const ChildSlot& slot : slots_) {
    if (const auto event = slot.next_event()) deadline = std::min(deadline, *event);
    const int events = POLLIN | (slot.has_unsent() ? POLLOUT : 0);
    watched.push_back({slot.descriptor(), static_cast<short>(events), 0});  // poll skips -1
  }
  const int count = poll(watched.data(), watched.size(), poll_milliseconds(deadline - now));
  if (count < 0) {
    NAS_CHECK(errno == EINTR, "poll over the children failed");
    return PollEnd::Signal;
  }
  now = Clock::now();
  const bool tick = now >= next_tick_;
  if (tick) next_tick_ = now + kTick;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!tick && watched[i].revents == 0) continue;
    slots_[i].exchange(now);
    collect(slots_[i]);
  }
  return count > 0 ? PollEnd::Something : PollEnd::Timeout;
}

void ChildEvaluator::collect(ChildSlot& slot) {
  if (std::optional<Evaluation> result = slot.take_result()) finished_.push_back(std::move(*result));
  if (const std::optional<CandidateId> id = slot.take_withdrawn()) withdrawn_.push_back(*id);
}

bool ChildEvaluator::all_down() const {
  return std::ranges::all_of(slots_, [](const ChildSlot& slot) { return slot.is_down(); });
}

void ChildEvaluator::wait_until_down(std::chrono::milliseconds patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  while (!all_down() && Clock::now() < deadline) {
    advance_all();
    poll_until(deadline);
  }
}

}  // namespace nas
