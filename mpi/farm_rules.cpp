#include "mpi/farm_rules.h"

#include <cmath>

namespace nas {
namespace {

constexpr int kHeartbeatsOfPatience = 12;
constexpr int kHeartbeatsToMiss = 3;

/// Failures that a broken machine shows and a good one does not.
bool may_be_the_machine(FailureType type) {
  return type == FailureType::Crashed || type == FailureType::OutOfMemory || type == FailureType::Protocol ||
         type == FailureType::Reported || type == FailureType::TimedOut;
}

void remember(std::deque<double>& values, double value) {
  values.push_back(value);
  if (values.size() > Pace::kRemembered) values.pop_front();
}

double median(const std::deque<double>& values) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

}  // namespace

FarmTiming FarmTiming::of(std::int64_t seconds_of_silence, int ranks) {
  using std::chrono::milliseconds;
  const milliseconds patience = std::chrono::seconds(seconds_of_silence);
  const milliseconds heartbeat = std::max(patience / kHeartbeatsOfPatience, milliseconds(ranks));
  return {heartbeat, std::max(patience, kHeartbeatsToMiss * heartbeat)};
}

bool RetryRules::try_again(FailureType type, std::int64_t attempts) const {
  return attempts < max_attempts && std::find(again.begin(), again.end(), type) != again.end();
}

bool WorkerHealth::note(const Evaluation& evaluation) {
  Record& record = workers_[evaluation.worker];
  if (!evaluation.failure) {
    ++successes_;
    record.failed.clear();
    return false;
  }
  if (!may_be_the_machine(evaluation.failure->type) || aside_.contains(evaluation.worker)) return false;
  if (record.failed.empty()) record.successes_elsewhere = successes_;
  record.failed.insert(evaluation.id);
  const bool to_blame = record.failed.size() >= kFailuresInARow && successes_ > record.successes_elsewhere;
  if (!to_blame || workers_.size() <= aside_.size() + 1) return false;
  aside_.insert(evaluation.worker);
  return true;
}

void Pace::note_duration(double seconds, std::int32_t budget, bool succeeded) {
  remember(durations_, seconds);
  if (!succeeded) return;
  ++finished_;
  slowest_per_epoch_ = std::max(slowest_per_epoch_, seconds / std::max(budget, 1));
}

void Pace::note_round_trip(double seconds) { remember(round_trips_, std::max(seconds, 0.0)); }

std::size_t Pace::ahead() const {
  if (durations_.empty() || round_trips_.empty()) return 0;
  const double duration = median(durations_);
  const double round_trip = median(round_trips_);
  if (round_trip <= kWorthwhile * duration) return 0;
  if (round_trip >= static_cast<double>(kMostAhead) * duration) return kMostAhead;
  return static_cast<std::size_t>(std::ceil(round_trip / duration));
}

double Pace::harmless_delay() const {
  if (durations_.empty()) return 0;
  return std::min(kLatestNotice, (ahead() > 0 ? kNoticeWithAhead : kNotice) * median(durations_));
}

double Pace::seconds_per_epoch() const { return finished_ < kFinishedForLimit ? 0 : kLimitFactor * slowest_per_epoch_; }

}  // namespace nas
