// `nas report`: one HTML file about a run, which opens offline in any browser.
#pragma once

#include <filesystem>
#include <vector>

#include "nas/result.h"

namespace nas {

inline constexpr const char* kReportFile = "report.html";  // in the run's directory, unless somebody says otherwise

struct ReportRequest {
  std::filesystem::path run;
  std::vector<std::filesystem::path> others = {};  // laid over it; of the same objectives
  std::filesystem::path file = {};                 // empty: kReportFile of the run
};

/// Writes the page as a whole; a reader never sees half of one. Works from any process while the search runs, and only
/// reads the run. Seconds for 10,000 evaluations. Error: no run there or a damaged one, other objectives, or the file
/// can't be written; then what stood there before still does.
[[nodiscard]] Result<Unit> write_report(const ReportRequest& request);

/// The file that write_report writes.
[[nodiscard]] std::filesystem::path report_file(const ReportRequest& request);

}  // namespace nas
