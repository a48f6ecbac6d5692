#include "experiments/export/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "experiments/commands/scores.h"
#include "experiments/config/load_experiment.h"
#include "experiments/search/run_experiment.h"
#include "experiments/search/start_points.h"
#include "experiments/store/run_directory.h"
#include "nas/option.h"
#include "nas/quality.h"
#include "nas/read_file.h"

namespace nas {
namespace {

/// A run as exports see it.
struct RunFacts {
  std::filesystem::path directory;
  StudyDescription study;
  std::vector<StoredTrial> trials;
  std::vector<TrialScore> scores;
  LoadedExperiment experiment;
  ArchitectureSource source;  // without a genotype
};

/// The space as the run's experiment has it.
Result<ArchitectureSource> source_of(const LoadedExperiment& experiment) {
  auto text = read_file(experiment.space_file);
  if (!text) return text.error();
  ArchitectureSource source{experiment.space_file.string(), std::move(*text), {}, {}};
  for (const auto& [name, value] : experiment.config.parameters)
    source.overrides.parameters.push_back({name, value, {}});
  if (experiment.data) {
    source.overrides.input = experiment.data->input;
    source.overrides.classes = static_cast<double>(experiment.data->output.channels);
  }
  return source;
}

/// A file that was edited since the search would make another network of a genotype.
Result<Unit> check_space(const RunFacts& run) {
  const auto tree = parse_yaml(run.source.space_text, run.source.space_name);
  if (!tree) return tree.error();
  const auto space = TextSpace::make(*tree, run.source.overrides);
  if (!space) return space.error();
  const std::string difference = gene_difference(run.study.genes, (*space)->genes());
  if (difference.empty()) return Unit{};
  return Error{fmt::format("{} has changed since {} searched it: {}; restore the file as it was", run.source.space_name,
                           run.directory.string(), difference)};
}

Result<RunFacts> read_run(const std::filesystem::path& directory) {
  Result<Database> study = open_study(directory);
  if (!study) return study.error();
  RunFacts run;
  run.directory = directory;
  const auto read = result_of([&]() -> Result<Unit> {
    const Transaction snapshot(*study, Transaction::Kind::Read);
    run.study = read_description(*study);
    run.trials = read_trials(*study);
    run.scores = read_contest(*study).scores;
    return Unit{};
  });
  if (!read) return read.error();
  auto experiment = load_run_experiment(directory);
  if (!experiment) return experiment.error();
  run.experiment = std::move(*experiment);
  auto source = source_of(run.experiment);
  if (!source) return source.error();
  run.source = std::move(*source);
  if (const auto checked = check_space(run); !checked) return checked.error();
  return run;
}

const StoredTrial* find_trial(const RunFacts& run, CandidateId id) {
  const auto is_it = [&](const StoredTrial& trial) { return trial.asked.candidate.id == id; };
  const auto found = std::find_if(run.trials.begin(), run.trials.end(), is_it);
  return found == run.trials.end() ? nullptr : &*found;
}

Result<CandidateId> check_candidate(const RunFacts& run, CandidateId id) {
  const StoredTrial* trial = find_trial(run, id);
  if (trial == nullptr) {
    return Error{
        fmt::format("{} has no candidate {}, it has {}", run.directory.string(), number(id),
                    run.trials.empty() ? std::string("none yet") : fmt::format("0 to {}", run.trials.size() - 1))};
  }
  if (trial->finished && trial->finished->evaluation.failure) {
    const Failure& failure = *trial->finished->evaluation.failure;
    return Error{fmt::format("candidate {} of {} failed ({}: {}), choose another; nas front lists the best", number(id),
                             run.directory.string(), to_string(failure.type), failure.message)};
  }
  return id;
}

std::size_t knee_of(const RunFacts& run, const std::vector<std::size_t>& front) {
  std::vector<std::vector<double>> points;
  for (const std::size_t place : front) points.push_back(minimised(run.study.objectives, run.scores[place].values));
  return front[knee_point(points).value()];
}

Metrics metrics_of(const StoredTrial& trial) {
  Metrics metrics = trial.finished ? trial.finished->evaluation.metrics : Metrics{};
  metrics.insert(trial.asked.computed.begin(), trial.asked.computed.end());
  return metrics;
}

bool is_better_high(const RunFacts& run, const std::string& metric) {
  for (const StudyObjective& objective : run.study.objectives) {
    if (objective.name == metric) return objective.direction == Direction::Maximise;
  }
  return metric.find("accuracy") != std::string::npos || metric.ends_with("per_second");
}

Result<CandidateId> best_by(const RunFacts& run, const std::string& metric) {
  std::optional<std::pair<double, CandidateId>> best;
  std::set<std::string> known;
  const double sign = is_better_high(run, metric) ? -1 : 1;
  for (const TrialScore& score : run.scores) {
    Metrics metrics = metrics_of(*find_trial(run, score.id));
    for (std::size_t i = 0; i < score.values.size(); ++i) {
      metrics.emplace(run.study.objectives[i].name, score.values[i]);
    }
    for (const auto& [name, value] : metrics) known.insert(name);
    if (const auto value = metrics.find(metric); value != metrics.end()) {
      const std::pair candidate(sign * value->second, score.id);
      if (!best || candidate < *best) best = candidate;
    }
  }
  if (best) return best->second;
  return Error{fmt::format("--best {}: no result of {} has this metric{}", metric, run.directory.string(),
                           suggest(metric, {known.begin(), known.end()}))};
}

Result<std::vector<CandidateId>> chosen_ids(const RunFacts& run, const CandidateChoice& choice) {
  if (choice.kind == CandidateChoice::Kind::Candidate) {
    const auto id = check_candidate(run, choice.id);
    if (!id) return id.error();
    return std::vector{*id};
  }
  const std::vector<std::size_t> front = front_of(run.study.objectives, run.scores);
  if (front.empty()) {
    return Error{fmt::format("{} has no finished candidate that meets its limits, so there is nothing to export",
                             run.directory.string())};
  }
  if (choice.kind == CandidateChoice::Kind::Knee) return std::vector{run.scores[knee_of(run, front)].id};
  if (choice.kind == CandidateChoice::Kind::Best) {
    const auto id = best_by(run, choice.metric);
    if (!id) return id.error();
    return std::vector{*id};
  }
  std::vector<CandidateId> ids;
  for (const std::size_t place : front) ids.push_back(run.scores[place].id);
  return ids;
}

/// By first parents, back to one that has none.
std::vector<StoredTrial> ancestors_of(const RunFacts& run, const StoredTrial& trial) {
  std::vector<StoredTrial> line;
  const StoredTrial* child = &trial;
  while (!child->asked.candidate.parents.empty()) {
    child = find_trial(run, child->asked.candidate.parents.front());
    if (child == nullptr) break;
    line.push_back(*child);
  }
  return line;
}

Result<ExportSubject> subject_of(const RunFacts& run, CandidateId id, const SpaceOverrides& more,
                                 const std::set<CandidateId>& front) {
  const StoredTrial& trial = *find_trial(run, id);
  ExportSubject subject;
  subject.name = fmt::format("candidate-{}", number(id));
  subject.title =
      fmt::format("Candidate {} of {}, a network of the search space {}", number(id), run.study.name, run.study.space);
  subject.source = run.source;
  subject.source.genotype = trial.asked.candidate.genotype;
  override_more(subject.source, more);
  auto built = build(subject.source);
  if (!built) return Error{fmt::format("candidate {}: {}", number(id), built.error().message)};
  subject.built = std::move(*built);
  subject.origin = RunOrigin{run.directory,
                             run.study,
                             trial,
                             ancestors_of(run, trial),
                             resolved_json(run.experiment.config),
                             front.contains(id),
                             run.experiment.data ? run.experiment.data->validation : 0};
  return subject;
}

}  // namespace

nlohmann::json training_of(const ExportSubject& subject) {
  if (subject.trained) return subject.trained->training;
  nlohmann::json training = nlohmann::json::object();
  if (subject.origin) training = subject.origin->config.value("training", training);
  training.update(hyperparameters(*subject.built.space, subject.source.genotype));
  return training;
}

nlohmann::json data_of(const ExportSubject& subject) {
  if (subject.trained) return subject.trained->data;
  const nlohmann::json none = nlohmann::json::object();
  return subject.origin ? subject.origin->config.value("data", none) : none;
}

Result<std::vector<ExportSubject>> subjects_of_run(const std::filesystem::path& directory,
                                                   const CandidateChoice& choice, const SpaceOverrides& more) {
  const auto run = read_run(directory);
  if (!run) return run.error();
  const auto ids = chosen_ids(*run, choice);
  if (!ids) return ids.error();
  std::set<CandidateId> front;
  for (const std::size_t place : front_of(run->study.objectives, run->scores)) front.insert(run->scores[place].id);
  std::vector<ExportSubject> subjects;
  for (const CandidateId id : *ids) {
    auto subject = subject_of(*run, id, more, front);
    if (!subject) return subject.error();
    subjects.push_back(std::move(*subject));
  }
  return subjects;
}

}  // namespace nas
