#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <set>

#include "experiments/commands/outcome_colours.h"
#include "experiments/commands/text_table.h"
#include "experiments/report/page.h"
#include "nas/picture/svg.h"
#include "trainer/energy_source.h"

namespace nas::detail {
namespace {

/// A name and a value of the summary.
std::string fact(std::string_view name, std::string_view value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", xml_text(name), xml_text(value));
}

std::string date_text(double unix_seconds) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

std::string state_text(const RunStatus& status) {
  switch (status.state) {
    case RunState::Running:
      return "running";
    case RunState::Stopped:
      return "stopped before its end";
    case RunState::Finished:
      return "finished: " + status.ending;
  }
  return {};
}

/// Unit of a metric of energy by its name: `energy_joules`, `train_energy_wh`.
struct EnergyUnit {
  std::string_view ending;
  std::string_view unit;
};
constexpr EnergyUnit kEnergyUnits[] = {{"_kwh", "kWh"}, {"_wh", "Wh"}, {"_joules", "J"}, {"_joule", "J"},
                                       {"_mj", "mJ"},   {"_kj", "kJ"}, {"_j", "J"}};

std::string unit_of(const std::string& name) {
  for (const EnergyUnit& known : kEnergyUnits) {
    if (name.ends_with(known.ending)) return fmt::format(" {}", known.unit);
  }
  return {};
}

/// Sums over all evaluations of the energy that each reports to have used; inferences are no part of a search. One that
/// carried another on has the other's in it.
std::map<std::string, double> energy_of(const ReportRun& run) {
  std::set<CandidateId> carried_on;
  for (const StoredTrial& trial : run.trials) {
    const auto& continues = trial.asked.candidate.continues;
    if (continues && trial.finished && !trial.finished->evaluation.failure) carried_on.insert(*continues);
  }
  std::map<std::string, double> sums;
  for (const StoredTrial& trial : run.trials) {
    if (!trial.finished || carried_on.contains(trial.asked.candidate.id)) continue;
    for (const auto& [name, value] : trial.finished->evaluation.metrics) {
      const bool is_used = name.find("energy") != std::string::npos && !name.starts_with("inference_");
      if (is_used && std::isfinite(value)) sums[name] += value;
    }
  }
  return sums;
}

std::string best_text(const RunStatus& status) {
  std::string text;
  for (std::size_t i = 0; i < status.best.size(); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", status.objectives[i].name, display_number(status.best[i]));
  }
  return text.empty() ? "none yet" : text;
}

std::string front_text(const ReportRun& run) {
  std::set<Genotype> different;
  for (const CandidateId id : run.front) different.insert(trial_of(run, id).asked.candidate.genotype);
  const std::string text = fmt::format("{} architecture{}", different.size(), different.size() == 1 ? "" : "s");
  if (different.size() == run.front.size()) return text;
  return text + fmt::format(" in {} evaluations", run.front.size());
}

std::string objectives_text(const StudyDescription& study) {
  std::string text;
  for (const StudyObjective& objective : study.objectives) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        objective.direction == Direction::Maximise ? "maximize" : "minimize", objective.name);
  }
  for (const std::string& limit : study.constraints) text += ", " + limit;
  return text;
}

/// "node1 (4 workers), node2 (4 workers)": those that have a result.
std::string hosts_text(const ReportRun& run) {
  constexpr std::size_t kMostNamed = 20;
  std::map<std::string, std::size_t> hosts;
  for (const TimelineRow& row : run.timeline.rows) ++hosts[row.use.worker.substr(0, row.use.worker.rfind(':'))];
  std::string text;
  std::size_t named = 0;
  for (const auto& [host, workers] : hosts) {
    if (named++ == kMostNamed) return text + fmt::format(" and {} more", hosts.size() - kMostNamed);
    text += fmt::format("{}{} ({} worker{})", text.empty() ? "" : ", ", host, workers, workers == 1 ? "" : "s");
  }
  return text;
}

/// One example of a failure.
std::string example(const Evaluation& evaluation) {
  const Failure& failure = *evaluation.failure;
  std::string text = fmt::format("<li>candidate {} on {}: {}", number(evaluation.id), xml_text(evaluation.worker),
                                 xml_text(failure.message));
  if (!failure.log_tail.empty()) text += fmt::format("<pre>{}</pre>", xml_text(failure.log_tail));
  return text + "</li>\n";
}

}  // namespace

std::string summary_section(const ReportContent& content) {
  const ReportRun& run = content.runs.front();
  const RunStatus& status = run.status;
  std::string text = "<section id=\"summary\"><dl>";
  text += fact("state", state_text(status));
  text += fact("space", run.study.space);
  text += fact("objectives", objectives_text(run.study));
  text += fact("algorithm", status.algorithm.empty()
                                ? std::string("not known")
                                : status.algorithm + (status.because.empty() ? "" : ", by auto: " + status.because));
  text += fact("evaluations",
               fmt::format("{} of {}: {} complete, {} stopped early, {} failed", status.complete + status.failed,
                           status.evaluations, status.complete - status.stopped, status.stopped, status.failed));
  text += fact("front", front_text(run));
  text += fact("best of each", best_text(status));
  text += fact("search time", fmt::format("{}, {:.1f} evaluations a minute", display_duration(status.elapsed_seconds),
                                          status.rate_per_minute));
  text += fact("workers", fmt::format("{}, {:.0f}% of their time at work", status.workers, 100 * status.utilisation));
  for (const auto& [name, sum] : energy_of(run)) text += fact("all " + name, display_number(sum) + unit_of(name));
  if (!status.energy.empty()) text += fact("energy is that of", std::string(describe_energy_source(status.energy)));
  return text + "</dl></section>\n";
}

std::string workers_section(const ReportRun& run) {
  return fmt::format("<section id=\"workers\"><h2>Workers</h2>\n<div class=\"wide\">{}</div></section>\n",
                     to_svg(run.timeline));
}

std::string failures_section(const ReportRun& run) {
  constexpr std::size_t kExamples = 5;
  std::map<FailureType, std::vector<const Evaluation*>> failures;
  for (const StoredTrial& trial : run.trials) {
    if (!trial.finished || !trial.finished->evaluation.failure) continue;
    failures[trial.finished->evaluation.failure->type].push_back(&trial.finished->evaluation);
  }
  std::string text = "<section id=\"failures\"><h2>Failures</h2>\n";
  if (failures.empty()) text += "<p>None.</p>\n";
  for (const auto& [type, evaluations] : failures) {
    text +=
        fmt::format("<details><summary><span class=\"swatch\" style=\"background:{}\"></span>{}: {}</summary><ul>\n",
                    kOutcomeColours[outcome_place(to_string(type))].colour, to_string(type), evaluations.size());
    for (std::size_t i = 0; i < std::min(evaluations.size(), kExamples); ++i) text += example(*evaluations[i]);
    text += "</ul>";
    if (evaluations.size() > kExamples) text += fmt::format("<p>and {} more</p>", evaluations.size() - kExamples);
    text += "</details>\n";
  }
  const RejectionCounts& rejected = run.status.rejected;
  return text + fmt::format(
                    "<p class=\"note\">Proposals that cost no evaluation: {} duplicates, {} over a limit, {} "
                    "invalid.</p></section>\n",
                    rejected.duplicate, rejected.over_limit, rejected.invalid);
}

std::string about_section(const ReportContent& content) {
  const ReportRun& run = content.runs.front();
  std::string text = "<section id=\"about\"><h2>What was searched</h2>\n<dl>";
  text += fact("seed", std::to_string(run.study.seed));
  text += fact("nas that started it", run.study.program_version);
  text += fact("nas that wrote this", NAS_VERSION);
  text += fact("plots", "Chart.js 3.9.1");
  text += fact("run", std::filesystem::absolute(run.path).lexically_normal().string());
  for (std::size_t i = 0; i < run.starts.size(); ++i) {
    const StudyStart& start = run.starts[i];
    text += fact(i == 0 ? "started" : "continued", fmt::format("{}, {} workers, until {}", date_text(start.started_at),
                                                               start.workers, date_text(start.last_at)));
  }
  text += fact("hosts", hosts_text(run));
  text += "</dl>\n";
  return text + fmt::format("<h3>Configuration</h3>\n<pre id=\"config\">{}</pre></section>\n",
                            xml_text(run.study.config_text));
}

}  // namespace nas::detail
