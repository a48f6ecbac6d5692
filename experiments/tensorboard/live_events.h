// The learning curve of a running training as a TensorBoard event file that grows.
#pragma once

#include <cstdint>
#include <filesystem>

#include "nas/candidate.h"

namespace nas {

/// Used from one thread. A point is one write at the end of the file: of one that a crash cut off, readers see nothing.
class LiveEvents {
 public:
  /// `folder`: of this training alone; empty: nothing is written.
  explicit LiveEvents(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // These throw nas::Exception if the file can't be written.

  /// The curve begins anew, in a new file: what an earlier start left behind goes, so that no point is there twice.
  void restart();
  /// REQUIRES: restart() before.
  void add(std::int64_t step, const Metrics& scalars) const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path file_;
};

}  // namespace nas
