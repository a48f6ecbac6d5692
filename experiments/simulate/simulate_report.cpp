#include <fmt/format.h>
#include <fmt/ostream.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "experiments/commands/text_table.h"
#include "experiments/simulate/simulate.h"

namespace nas {
namespace {

void print_json(const SimulateReport& report, const SimulateRequest& request, std::ostream& out) {
  const nlohmann::ordered_json json = {
      {"workers", request.workers},
      {"slots", request.workers * request.slots},
      {"results", report.results},
      {"failed", report.failed},
      {"retries", report.retries},
      {"deaths", report.deaths},
      {"seconds_until_all_handed_out", report.handed_out},
      {"seconds_of_drain", report.drain},
      {"utilisation_until_all_handed_out", report.utilisation},
      {"longest_queue", report.longest_queue},
      {"wall_seconds", report.wall_seconds},
      {"coordinator_seconds_per_result", report.coordinator_seconds},
      {"peak_memory_bytes", report.peak_memory},
  };
  out << json.dump(2) << '\n';
}

}  // namespace

void print_report(const SimulateReport& report, const SimulateRequest& request, Output output, std::ostream& out) {
  if (output == Output::Json) return print_json(report, request, out);
  const auto line = [&out](const char* name, const std::string& value) { fmt::print(out, "{:<18}{}\n", name, value); };
  line("workers", fmt::format("{} of {} slot{}", request.workers, request.slots, request.slots == 1 ? "" : "s"));
  line("results", fmt::format("{}, {} of them failed", report.results, report.failed));
  line("second tries", fmt::format("{} (workers that died: {})", report.retries, report.deaths));
  line("simulated time", fmt::format("{} until the last candidate was handed out, {} more until its result",
                                     display_duration(report.handed_out), display_duration(report.drain)));
  line("utilisation",
       fmt::format("{:.2f}% of all slots until the last candidate was handed out", 100 * report.utilisation));
  line("longest queue", fmt::format("{} messages waited for the coordinator", report.longest_queue));
  line("coordinator", fmt::format("{:.1f} us of CPU a result", 1e6 * report.coordinator_seconds));
  line("real time", fmt::format("{:.1f} s", report.wall_seconds));
  line("peak memory", fmt::format("{:.0f} MB", report.peak_memory / 1e6));
}

}  // namespace nas
