#include "experiments/search/prepare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "experiments/search/exit_metrics.h"
#include "experiments/search/screening.h"
#include "nas/algorithms/auto.h"
#include "nas/option.h"
#include "nas/read_file.h"
#include "trainer/data/task_check.h"
#include "trainer/training_check.h"

namespace nas {
namespace {

/// Every option of a hyperparameter gene must be a value that the trainer takes.
void check_hyperparameters(const SearchSpace& space, std::vector<std::string>& errors) {
  TrainingOptions training;
  const Options rows = options(training);
  for (const Gene& gene : space.genes()) {
    if (gene.hyperparameter.empty()) continue;
    const auto& known = hyperparameter_names();
    if (std::find(known.begin(), known.end(), gene.hyperparameter) == known.end()) {
      errors.push_back(fmt::format("{}: hyperparameters.{}: nas-trainer has no such hyperparameter{}", space.name(),
                                   gene.hyperparameter, suggest(gene.hyperparameter, known)));
      continue;
    }
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const Option& o) { return o.name == gene.hyperparameter; });
    for (const GeneOption& option : gene.options) {
      nlohmann::json value = option.name;
      if (option.number) value = *option.number;
      if (option.number && *option.number == std::floor(*option.number))
        value = static_cast<std::int64_t>(*option.number);
      const auto set = set_option(*row, value);
      if (!set)
        errors.push_back(
            fmt::format("{}: hyperparameters.{}: {}", space.name(), gene.hyperparameter, set.error().message));
    }
  }
}

/// Each output needs the shape that the data's targets ask for.
void check_outputs(const TextSpace& space, const DataDescription& data, std::vector<std::string>& errors) {
  Rng rng(0, 0, Stream::Sample);
  for (int tries = 0; tries < 100; ++tries) {
    const auto network = space.decode(space.sample(rng));
    if (!network) continue;
    const auto check = [&](std::int32_t node, const std::string& what) {
      const auto mismatch = output_mismatch(data, network->shape_of(node));
      if (mismatch) errors.push_back(fmt::format("{}: {} in {}", space.name(), what, *mismatch));
    };
    check(network->output, "networks end");
    for (const Exit& exit : network->exits) check(exit.node, fmt::format("the exit '{}' ends", exit.name));
    return;
  }
}

/// Passes with dropout need one in every network; where only some have none, these fail when their turn comes.
void check_dropout(const TextSpace& space, const TrainingOptions& training, std::vector<std::string>& errors,
                   std::vector<std::string>& notes) {
  if (training.mc_dropout == 0) return;
  Rng rng(0, 0, Stream::Sample);
  int networks = 0;
  int without = 0;
  std::string why;
  for (int tries = 0; tries < 100; ++tries) {
    const auto network = space.decode(space.sample(rng));
    if (!network) continue;
    ++networks;
    const auto error = check_sampling(training, *network);
    if (!error) continue;
    ++without;
    why = error->message;
  }
  if (without == 0) return;
  if (without == networks) return errors.push_back(fmt::format("{}: {}", space.name(), why));
  notes.push_back(fmt::format(
      "training.mc_dropout: {} of {} random networks of {} have no dropout, such candidates fail as invalid", without,
      networks, space.name()));
}

void check_space(const WorkOrder& order, const TextSpace& space, std::vector<std::string>& errors) {
  if (order.config.evaluator.type == EvaluatorType::Train) {
    if (!space.has_network()) {
      errors.push_back(
          fmt::format("space '{}' has no network, so it can't be trained, use an evaluator of type command or table",
                      space.name()));
      return;
    }
    check_hyperparameters(space, errors);
    if (order.data) check_outputs(space, *order.data, errors);
  }
  if (space.genes().empty()) {
    errors.push_back(
        fmt::format("space '{}' has no `choose`: it is one network, so there is nothing to search", space.name()));
  }
  if (space.has_network()) {
    const auto checked = check_networks(space);
    if (!checked) errors.push_back(checked.error().message);
  }
}

/// Counts are known only where there is a network or the evaluator reports them.
void check_metrics(const LoadedExperiment& experiment, const SearchSpace& space, std::vector<std::string> known,
                   const std::vector<std::string>& counts, std::vector<std::string>& errors) {
  if (space.has_network()) known.insert(known.end(), counts.begin(), counts.end());
  const auto check = [&](const Expression& expression, const std::string& what) {
    for (const std::string& name : expression.variables()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const bool of_exit = space.has_network() && name.find('.') != std::string::npos;
      const std::string why =
          of_exit ? fmt::format("not every network of space '{}' has an exit of this name", space.name())
                  : fmt::format("space '{}' has no network to count", space.name());
      errors.push_back(fmt::format("{}: nothing reports '{}' ({}){}", what, name, why, suggest(name, known)));
    }
  };
  for (const Objective& objective : experiment.objectives) check(objective.expression, "objectives");
  for (const Limit& limit : experiment.limits) check(limit.excess, fmt::format("limits: {}", limit.text));
}

/// Without params and macs, which load_experiment adds for any space.
std::vector<std::string> evaluator_metrics(const PreparedSearch& search, const std::vector<std::string>& exits) {
  if (search.table) return search.table->metrics();
  const EvaluatorConfig& evaluator = search.order.config.evaluator;
  if (evaluator.type != EvaluatorType::Train) return evaluator.command.metrics;
  const TaskKind task = task_of(search.order.config.data);
  std::vector<std::string> names = trained_metric_names(task);
  const TrainingOptions& training = search.order.config.training;
  const ExperimentConfig& config = search.order.config;
  for (const auto& more :
       {latency_metric_names(training), energy_metric_names(training.energy), mc_dropout_metric_names(training, task),
        fold_metric_names(task, config.data.folds), metrics_of_exits(metrics_of_outputs(config), exits)}) {
    names.insert(names.end(), more.begin(), more.end());
  }
  return names;
}

/// What `auto` chooses takes its place in the config, so that a run that goes on keeps it.
Result<std::unique_ptr<SearchAlgorithm>> make_algorithm(PreparedSearch& search) {
  ExperimentConfig& config = search.order.config;
  const SearchProblem problem{.space = *search.space,
                              .objectives = search.setup.objectives,
                              .screen = search.screen,
                              .evaluations = static_cast<std::uint64_t>(config.evaluations),
                              .allow_duplicates = config.allow_duplicates,
                              .budget = std::max<std::int32_t>(1, budget_of(config))};
  if (config.algorithm.type == kAutoAlgorithm) {
    AlgorithmAdvice advice = advise(facts_of(problem));
    const auto chosen = find_algorithm(advice.name)->make_config();
    config.algorithm = {std::move(advice.name), options_to_json(chosen->options()), std::move(advice.reason)};
  }
  const AlgorithmChoice& choice = config.algorithm;
  if (!choice.because.empty()) {
    search.notes.push_back(fmt::format("auto chose algorithm {}: {}", choice.type, choice.because));
  }
  return algorithm_config(choice)->make(problem);
}

/// Genotypes take the place of names and runs, so that a run that goes on has the same.
void prepare_starts(PreparedSearch& search, const std::vector<Place>& places, std::vector<std::string>& errors) {
  ExperimentConfig& config = search.order.config;
  search.starts = resolve_starts({config.start_from, places, config.allow_duplicates}, *search.space, search.screen,
                                 errors, search.notes);
  if (std::cmp_greater(search.starts.size(), config.evaluations)) {
    errors.push_back(
        fmt::format("start_from: {} candidates to start from, but only {} evaluations (none would be left "
                    "for the search), take fewer or raise `evaluations`",
                    search.starts.size(), config.evaluations));
  }
  config.start_from.clear();
  for (const StartCandidate& start : search.starts) config.start_from.emplace_back().text = to_string(start.genotype);
}

}  // namespace

Result<PreparedSearch> prepare_search(LoadedExperiment experiment) {
  PreparedSearch search;
  auto text = read_file(experiment.space_file);
  if (!text) return text.error();
  search.order.config = experiment.config;
  search.order.space_name = experiment.space_file.string();
  search.order.space_text = std::move(*text);
  search.order.data = experiment.data;
  auto space = make_space(search.order, experiment.parameter_places);
  if (!space) return space.error();
  search.space = std::move(*space);

  std::vector<std::string> errors;
  check_space(search.order, *search.space, errors);
  if (experiment.config.evaluator.type == EvaluatorType::Train && search.space->has_network()) {
    check_dropout(*search.space, experiment.config.training, errors, search.notes);
  }
  if (experiment.config.evaluator.type == EvaluatorType::Table) {
    auto table = Table::load(experiment.config.evaluator.table, search.space->genes());
    if (!table) return table.error();
    search.table = std::make_shared<const Table>(std::move(*table));
  }
  const std::vector<std::string> exits = exit_names(*search.space);
  const std::vector<std::string> counts = count_names(exits);
  const std::vector<std::string> reported = evaluator_metrics(search, exits);
  check_metrics(experiment, *search.space, reported, counts, errors);
  const bool count = counts_networks(experiment.config, *search.space, reported);
  std::vector<std::string> known = count ? counts : std::vector<std::string>{};
  if (search.table) {
    const std::vector<std::string> columns = search.table->computed_metrics();
    known.insert(known.end(), columns.begin(), columns.end());
  }
  std::vector<Limit> computed;
  for (Limit& limit : experiment.limits) {
    (can_evaluate(limit.excess, known) ? computed : search.setup.trained_limits).push_back(std::move(limit));
  }
  search.setup.objectives = std::move(experiment.objectives);
  search.screen = make_screen(*search.space, {std::move(computed), budget_of(experiment.config), count, search.table});
  prepare_starts(search, experiment.start_places, errors);
  auto algorithm = make_algorithm(search);
  if (!algorithm) errors.push_back(algorithm.error().message);
  if (!errors.empty()) return Error{fmt::format("{}", fmt::join(errors, "\n"))};
  search.algorithm = std::move(*algorithm);
  return search;
}

}  // namespace nas
