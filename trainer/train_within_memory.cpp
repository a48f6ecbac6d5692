#include "trainer/train_within_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "trainer/device.h"
#include "trainer/fit_memory.h"

namespace nas {
namespace {

constexpr double kBytesPerGib = 1 << 30;

/// Tensors may take so much while this lives.
class MemoryLimit {
 public:
  MemoryLimit(c10::Device device, double gib) : device_(device) {
    if (gib == TrainingOptions::kDeviceMemory) return;
    bytes_ = static_cast<std::int64_t>(gib * kBytesPerGib);
    set_memory_limit(device_, bytes_);
  }
  ~MemoryLimit() {
    if (bytes_) set_memory_limit(device_, std::nullopt);
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

  /// What is left for a training, the tensors that are there now (its data) taken off.
  std::int64_t free_bytes() const {
    const std::int64_t free = free_memory_bytes(device_);
    if (!bytes_) return free;
    reset_peak_memory(device_);
    return std::min(free, *bytes_ - peak_memory_bytes(device_));
  }

 private:
  c10::Device device_;
  std::optional<std::int64_t> bytes_;
};

bool is_out_of_memory(const TrainingOutcome& outcome) {
  const auto* const failure = std::get_if<Failure>(&outcome);
  return failure != nullptr && failure->type == FailureType::OutOfMemory;
}

/// Epochs that were said before are passed over.
TrainingEvents say_once(const TrainingEvents& events, std::int32_t& last_said) {
  TrainingEvents once = events;
  once.on_epoch = [&events, &last_said](std::int32_t epoch, const Metrics& metrics) {
    if (epoch <= last_said) return;
    last_said = epoch;
    events.on_epoch(epoch, metrics);
  };
  return once;
}

}  // namespace

TrainingOutcome train_within_memory(const TrainingJob& job, c10::Device device, const TrainingEvents& events,
                                    const TrainOnce& train_once) {
  const MemoryLimit limit(device, job.training.memory_gib);
  std::int32_t last_said = -1;
  const TrainingEvents once = say_once(events, last_said);
  TrainingJob attempt = job;
  // Several processes must do the same without asking each other.
  const bool alone = job.parallel.place.size == 1;
  constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();
  attempt.memory = first_memory_plan(job.network, job.training, alone ? limit.free_bytes() : kUnlimited);
  if (attempt.memory != MemoryPlan{}) events.on_note("trains by " + describe(attempt.memory));
  for (;;) {
    TrainingOutcome outcome = train_once(attempt, once);
    if (!is_out_of_memory(outcome)) {
      if (auto* const result = std::get_if<TrainingResult>(&outcome)) {
        result->metrics.merge(memory_metrics(attempt.memory));
      }
      return outcome;
    }
    const auto next = next_memory_plan(attempt.memory, job.network, job.training);
    if (!alone || !next) return outcome;
    attempt.memory = *next;
    events.on_note(fmt::format("{}; tries again by {}", std::get<Failure>(outcome).message, describe(attempt.memory)));
  }
}

}  // namespace nas
