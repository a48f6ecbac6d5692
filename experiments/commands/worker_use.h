// What each worker slot has done so far, from the results in the store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/store/study.h"

namespace nas {

struct WorkerUse {
  std::string worker;  // "host:rank.slot"
  std::uint64_t evaluations = 0;
  std::uint64_t failed = 0;  // of these
  double busy_seconds = 0;
  /// Of the starts in which it has a result; of one that is still running, up to its last result.
  double available_seconds = 0;

  [[nodiscard]] double utilisation() const;  // 0 to 1
  bool operator==(const WorkerUse&) const = default;
};

enum class LastStart {
  Ended,
  Running,  // what a worker has been doing since its last result is not known
};

/// By worker, numbers in its name by their value. Throws nas::Exception where the study is damaged.
[[nodiscard]] std::vector<WorkerUse> read_worker_use(const Database& study, const std::vector<StudyStart>& starts,
                                                     LastStart last);

/// "host:2.0" before "host:10.0": digits compare as numbers.
[[nodiscard]] bool before_by_number(const std::string& a, const std::string& b);

/// The start that something which ended at `time` belongs to: the last that began before. REQUIRES: not empty.
[[nodiscard]] std::size_t start_of(const std::vector<StudyStart>& starts, double time);

/// Seconds of search before `time` (Unix): those between the starts don't count.
[[nodiscard]] double search_seconds(const std::vector<StudyStart>& starts, double time);

}  // namespace nas
