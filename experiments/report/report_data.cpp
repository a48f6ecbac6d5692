#include "experiments/report/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "experiments/store/run_directory.h"

namespace nas {
namespace {

constexpr const char* kRandomSearch = "random";

std::vector<TrialScore> scores_of(const std::vector<StoredTrial>& trials) {
  std::vector<TrialScore> scores;
  for (const StoredTrial& trial : trials) {
    if (!trial.finished || trial.finished->evaluation.failure) continue;
    const Candidate& candidate = trial.asked.candidate;
    const auto& constraints = trial.finished->constraints;
    scores.push_back({candidate.id, trial.finished->values,
                      std::ranges::all_of(constraints, [](double excess) { return excess <= 0; }), candidate.budget,
                      trial.finished->evaluation.stopped, candidate.continues});
  }
  return scores;
}

void check_genotypes(const ReportRun& run) {
  for (std::size_t i = 0; i < run.trials.size(); ++i) {
    const Candidate& candidate = run.trials[i].asked.candidate;
    if (number(candidate.id) != i) throw Exception(fmt::format("the study is damaged (trial {} is missing)", i));
    if (const auto wrong = check_genotype(run.study.genes, candidate.genotype)) {
      throw Exception(fmt::format("the study is damaged (trial {}: {}), restore it from a copy", i, wrong->message));
    }
  }
}

ReportRun read_all(Database& study, const std::filesystem::path& path) {
  ReportRun run;
  run.path = path;
  const Transaction snapshot(study, Transaction::Kind::Read);
  run.study = read_description(study);
  run.trials = read_trials(study);
  check_genotypes(run);
  const RunState state = read_run_state(study, path);
  run.starts = starts_until_now(study, state);
  run.contest = contest_of(scores_of(run.trials));
  for (const std::size_t index : front_of(run.study.objectives, run.contest.scores)) {
    run.front.push_back(run.contest.scores[index].id);
  }
  const LastStart last = state == RunState::Running ? LastStart::Running : LastStart::Ended;
  run.timeline = timeline_of(run.study.name, run.trials, run.starts, read_worker_use(study, run.starts, last));
  return run;
}

std::string objective_text(const StudyObjective& objective) {
  return fmt::format("{} {}", objective.direction == Direction::Maximise ? "maximize" : "minimize", objective.name);
}

std::string objectives_text(const ReportRun& run) {
  std::string text;
  for (const StudyObjective& objective : run.study.objectives) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", objective_text(objective));
  }
  return text;
}

}  // namespace

Result<ReportRun> read_report_run(const std::filesystem::path& run_directory) {
  const auto status = read_status(run_directory);
  if (!status) return status.error();
  Result<Database> study = open_study(run_directory);
  if (!study) return study.error();
  return result_of([&]() -> Result<ReportRun> {
    ReportRun run = read_all(*study, run_directory);
    run.status = *status;
    run.label = run.study.name + (status->algorithm == kRandomSearch ? " (random search)" : "");
    return run;
  });
}

std::string objective_difference(const ReportRun& run, const ReportRun& other) {
  if (run.study.objectives == other.study.objectives) return {};
  return fmt::format("{} has other objectives than {} ({}; {}), give runs with the same ones", other.path.string(),
                     run.path.string(), objectives_text(other), objectives_text(run));
}

Metrics metrics_of(const StoredTrial& trial) {
  if (!trial.finished) return trial.asked.computed;
  Metrics metrics = trial.finished->evaluation.metrics;
  metrics.insert(trial.asked.computed.begin(), trial.asked.computed.end());
  return metrics;
}

const StoredTrial& trial_of(const ReportRun& run, CandidateId id) {
  NAS_CHECK(number(id) < run.trials.size(), "an id of this run");
  return run.trials[number(id)];
}

std::vector<std::size_t> shown_trials(const ReportRun& run, std::size_t most) {
  std::set<std::size_t> shown;
  const std::size_t stride = run.trials.size() <= most ? 1 : (run.trials.size() + most - 1) / most;
  for (std::size_t i = 0; i < run.trials.size(); i += stride) shown.insert(i);
  std::vector<CandidateId> left = run.front;
  std::unordered_set<CandidateId> seen(left.begin(), left.end());
  while (!left.empty() && shown.size() < 2 * most) {
    const CandidateId id = left.back();
    left.pop_back();
    shown.insert(number(id));
    for (const CandidateId parent : trial_of(run, id).asked.candidate.parents) {
      if (seen.insert(parent).second) left.push_back(parent);
    }
  }
  return {shown.begin(), shown.end()};
}

std::vector<CandidateId> by_interest(const ReportRun& run) {
  const std::vector<TrialScore>& scores = run.contest.scores;
  std::vector<std::vector<CandidateId>> orders;
  for (std::size_t objective = 0; objective < run.study.objectives.size(); ++objective) {
    std::vector<std::size_t> order(scores.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const double sign = run.study.objectives[objective].direction == Direction::Maximise ? -1 : 1;
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return sign * scores[i].values[objective]; });
    std::vector<CandidateId>& ids = orders.emplace_back();
    for (const std::size_t i : order) ids.push_back(scores[i].id);
  }
  std::vector<CandidateId> interest;
  std::set<Genotype> seen;
  const auto add = [&](CandidateId id) {
    if (seen.insert(trial_of(run, id).asked.candidate.genotype).second) interest.push_back(id);
  };
  for (const CandidateId id : run.front) add(id);
  for (std::size_t place = 0; place < scores.size(); ++place) {
    for (const auto& ids : orders) add(ids[place]);
  }
  return interest;
}

}  // namespace nas
