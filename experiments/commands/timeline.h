// `nas timeline`: what each worker did when, so that idle gaps are seen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "experiments/commands/worker_use.h"
#include "experiments/store/study.h"
#include "nas/result.h"

namespace nas {

/// One evaluation on its worker.
struct TimelineBar {
  CandidateId id{};
  double begin = 0;     // seconds of search
  double end = 0;       // at least `begin`
  std::string outcome;  // "ok", "stopped" (before its epochs), or the failure's type
  bool operator==(const TimelineBar&) const = default;
};

struct TimelineRow {
  WorkerUse use;
  std::vector<TimelineBar> bars;  // by begin
};

/// Its clock runs only while the search does: the time between starts is cut out.
struct Timeline {
  std::string title;
  std::vector<TimelineRow> rows;  // by worker
  double seconds = 0;             // length
  std::vector<double> resumed;    // seconds at which the second and later starts began
  double utilisation = 0;         // of all workers there were, 0 to 1
};

/// `starts`: the last one's `last_at` is now where the search runs. REQUIRES: one study's.
[[nodiscard]] Timeline timeline_of(std::string title, const std::vector<StoredTrial>& trials,
                                   const std::vector<StudyStart>& starts, std::vector<WorkerUse> uses);

/// One consistent look at a run. Error: no run there, or a damaged one.
[[nodiscard]] Result<Timeline> read_timeline(const std::filesystem::path& run_directory);

/// Rows that are drawn one a worker; of more workers, each row is several.
inline constexpr std::size_t kMostTimelineRows = 64;

/// Well-formed SVG that ends with a newline, light or dark as the reader prefers; the same timeline always gives the
/// same bytes. A row of more evaluations than pixels shows the share of each outcome in slices of time. Its size
/// is bounded by kMostTimelineRows, not by the evaluations. Its styles apply below `svg.nas-timeline` only.
[[nodiscard]] std::string to_svg(const Timeline& timeline);

/// Writes the picture to `file`, as a whole, and prints that path. Error: as read_timeline, or it can't be written.
[[nodiscard]] Result<Unit> write_timeline(const std::filesystem::path& run_directory, const std::filesystem::path& file,
                                          std::ostream& out);

}  // namespace nas
