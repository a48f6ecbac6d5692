// The HTML of a report: its head, the parts that need no script, the data and the scripts.
#pragma once

#include <string>
#include <string_view>

#include "experiments/report/report_json.h"

namespace nas {

/// One page that asks for nothing outside itself. Everything that comes from a run is escaped.
[[nodiscard]] std::string report_page(const ReportContent& content);

namespace detail {
// Sections without scripts; each is a whole <section>.
[[nodiscard]] std::string summary_section(const ReportContent& content);
[[nodiscard]] std::string workers_section(const ReportRun& run);
[[nodiscard]] std::string failures_section(const ReportRun& run);
[[nodiscard]] std::string about_section(const ReportContent& content);
}  // namespace detail

}  // namespace nas
