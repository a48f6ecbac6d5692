// Learning curves of running trainings: a line a network on standard error, a file for programs.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/tensorboard/live_events.h"
#include "nas/candidate.h"

namespace nas {

/// One network's.
struct CurveTarget {
  std::string name;
  std::filesystem::path file;  // JSON Lines, one an epoch; begun anew with each start
  std::int64_t epochs = 0;
  std::filesystem::path events = {};                    // folder of its TensorBoard file; empty: none is written
  std::function<double(std::int64_t epoch)> rate = {};  // the learning rate at the end of an epoch, for that file
};

/// Used from one thread.
class FinalProgress {
 public:
  /// `metric`: shown; a network's number is its place in `targets`.
  FinalProgress(std::vector<CurveTarget> targets, std::string metric);

  /// A point of a curve as it comes; epoch 0: training begins. Throws nas::Exception if the file can't be written.
  void add(std::size_t network, const CurvePoint& point);
  /// It no longer runs. `metrics`: of its result; empty: it failed.
  void finish(std::size_t network, const Metrics& metrics);
  /// Shows the line if it is time to.
  void update();
  /// A line that stays.
  void say(std::string_view text);

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    std::int32_t epoch = 0;
    Clock::time_point last = Clock::now();
    double epoch_seconds = 0;  // of the last one; 0: none yet
    Metrics metrics = {};
  };
  [[nodiscard]] std::string text_of(std::size_t network, const Running& running) const;

  std::vector<CurveTarget> targets_;
  std::vector<LiveEvents> events_;  // of each
  std::string metric_;
  std::map<std::size_t, Running> running_;
  std::size_t finished_ = 0;
  bool terminal_;
  Clock::time_point shown_{};
  std::string shown_line_;
};

}  // namespace nas
