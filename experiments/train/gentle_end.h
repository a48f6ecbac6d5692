// When full trainings are to stop before their end, and how long those that run may go on: until each has a checkpoint
// from which it goes on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <vector>

#include "experiments/config/experiment_config.h"
#include "experiments/search/stop_request.h"
#include "nas/result.h"

namespace nas {

/// Error: the walltime (seconds, 0: none) leaves no time to train.
[[nodiscard]] Result<Unit> check_walltime(double walltime, const Resources& resources);

/// At most one lives in a process, as of StopRequest.
class GentleEnd {
 public:
  struct Training {
    std::size_t number = 0;
    std::filesystem::path checkpoints;  // its folder; empty: it keeps none
  };

  explicit GentleEnd(const StopTimes& times) : request_(times) {}

  /// There is a reason to stop: nothing new is to begin.
  [[nodiscard]] bool has_begun() const { return *request_.reason() != '\0'; }
  /// Each of those that run has written a checkpoint since then, or keeps none, or the grace is over.
  [[nodiscard]] bool is_over(const std::vector<Training>& running);
  [[nodiscard]] const char* reason() const { return request_.reason(); }

 private:
  using FileTime = std::filesystem::file_time_type;
  StopRequest request_;
  std::map<std::size_t, FileTime> at_begin_;  // by training: of its last checkpoint when it began
};

}  // namespace nas
