// How good a run's results were after so many evaluations, and after so much time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "experiments/report/report_data.h"

namespace nas {

struct ProgressPoint {
  std::uint64_t evaluations = 0;  // finished, failures included
  double seconds = 0;             // of search
  double hypervolume = 0;         // as a share of the box, 0 to 1
  std::vector<double> best;       // of each objective, in the user's sense; empty: none yet
};

struct ProgressCurve {
  std::string label;
  std::vector<ProgressPoint> points;
};

/// The box of hypervolumes: the best and the worst value of each objective, minimised.
struct ProgressBox {
  std::vector<double> ideal;
  std::vector<double> reference;
};

/// Of all runs' results that compete, so that their hypervolumes can be compared. Empty where there is none.
[[nodiscard]] ProgressBox common_box(std::span<const ReportRun> runs);

/// About `most` points, evenly spaced over the evaluations, the last one among them. Fewer where hypervolumes are
/// expensive: of more than two objectives.
[[nodiscard]] ProgressCurve progress_curve(const ReportRun& run, const ProgressBox& box, std::size_t most = 150);

}  // namespace nas
