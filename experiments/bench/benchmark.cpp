#include "experiments/bench/benchmark.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "experiments/bench/share_work.h"
#include "experiments/config/read_experiment.h"
#include "experiments/search/exit_metrics.h"
#include "experiments/search/screening.h"
#include "nas/check.h"
#include "nas/hypervolume.h"
#include "nas/pareto.h"

namespace nas {

namespace {

constexpr std::size_t kMaxErrors = 10;  // shown; a table with an empty column has thousands

/// The search that this benchmark repeats, for what depends on its configuration.
ExperimentConfig search_config(const BenchConfig& config) {
  ExperimentConfig search;
  search.evaluator.type = EvaluatorType::Table;
  search.evaluator.table = config.table;
  search.objectives = config.objectives;
  search.objectives.insert(search.objectives.end(), config.report.begin(), config.report.end());
  search.limits = config.limits;
  return search;
}

Result<std::unique_ptr<TextSpace>> open_space(const LoadedBench& loaded) {
  const auto root = read_yaml(loaded.space_file);
  if (!root) return root.error();
  SpaceOverrides overrides;
  for (const auto& [name, value] : loaded.config.parameters) {
    overrides.parameters.push_back({name, value, place_of(loaded.root, join_path("parameters", name))});
  }
  return TextSpace::make(*root, overrides);
}

/// Equal for genotypes that are the same thing to train; of one without a network, its own.
std::string network_key(const SearchSpace& space, const Genotype& genotype) {
  const auto network = space.decode(genotype);
  if (!network) return to_string(genotype);
  return fmt::format("{:016x} {}", canonical_hash(*network), hyperparameters(space, genotype).dump());
}

GraphFeatures features_of(const SearchSpace& space, const Genotype& genotype) {
  const auto decoded = space.decode_cells(genotype);
  return decoded ? graph_features(*decoded) : GraphFeatures{};
}

/// The first variable of `expression` that a row of these metrics lacks.
std::string missing_in(const Expression& expression, const Metrics& metrics) {
  for (const std::string& name : expression.variables()) {
    if (!metrics.contains(name)) return fmt::format("the cell of '{}' is empty, nan or inf", name);
  }
  return "it is not a finite number";
}

/// Appends the value, or what is wrong with it.
void append(std::vector<double>& values, const Expression& expression, const Metrics& metrics, std::string& error) {
  if (!error.empty()) return;
  const auto value = evaluate(expression, metrics);
  if (value) {
    values.push_back(*value);
  } else {
    error = fmt::format(
        "'{}' has no value ({}), fill it or delete the row (a genotype without a row is a failed "
        "candidate)",
        expression.text(), missing_in(expression, metrics));
  }
}

std::vector<double> minimised_values(const std::vector<Objective>& objectives, const Metrics& metrics,
                                     std::string& error) {
  std::vector<double> values;
  for (const Objective& objective : objectives) append(values, objective.expression, metrics, error);
  return error.empty() ? minimised(objectives, std::move(values)) : std::vector<double>{};
}

}  // namespace

std::vector<double> TrueFront::scaled(std::span<const double> report) const {
  std::vector<double> point;
  for (std::size_t i = 0; i < report.size(); ++i) {
    const double spread = nadir[i] - ideal[i];
    point.push_back((report[i] - ideal[i]) / (spread > 0 ? spread : 1));
  }
  return point;
}

Result<std::unique_ptr<const Benchmark>> Benchmark::make(LoadedBench loaded, std::size_t threads) {
  std::unique_ptr<Benchmark> benchmark(new Benchmark(std::move(loaded)));
  const auto opened = benchmark->open();
  if (!opened) return opened.error();
  std::vector<std::string> errors;
  benchmark->fill_rows(threads, errors);
  if (errors.empty() && benchmark->config().merges_isomorphic()) benchmark->merge_rows(threads);
  benchmark->check_algorithms(errors);
  if (errors.empty() && benchmark->feasible_rows().empty()) {
    errors.push_back(fmt::format("{}: no row meets the limits, loosen them", benchmark->table_file()));
  }
  if (!errors.empty()) return Error{fmt::format("{}", fmt::join(errors, "\n"))};
  if (benchmark->reports_front()) benchmark->find_true_front();
  return std::unique_ptr<const Benchmark>(std::move(benchmark));
}

Result<Unit> Benchmark::open() {
  auto space = open_space(loaded_);
  if (!space) return space.error();
  space_ = std::move(*space);
  if (space_->has_network()) {
    features_ =
        std::make_unique<GenotypeMemo<GraphFeatures>>([this](const Genotype& g) { return features_of(*space_, g); });
    network_keys_ =
        std::make_unique<GenotypeMemo<std::string>>([this](const Genotype& g) { return network_key(*space_, g); });
  }
  auto table = Table::make(loaded_.csv, loaded_.config.table, space_->genes());
  loaded_.csv = {};
  if (!table) return table.error();
  table_ = std::make_shared<const Table>(std::move(*table));

  std::vector<std::string> known = table_->metrics();
  std::vector<std::string> known_before = table_->computed_metrics();
  const bool counted = counts_networks(search_config(config()), *space_, table_->metrics());
  if (counted) {
    const std::vector<std::string> counts = count_names(exit_names(*space_));
    known.insert(known.end(), counts.begin(), counts.end());
    known_before.insert(known_before.end(), counts.begin(), counts.end());
  }
  const auto checked = check_expressions(known);
  if (!checked) return checked;
  std::vector<Limit> computed;
  for (const Limit& limit : loaded_.limits) {
    (can_evaluate(limit.excess, known_before) ? computed : trained_limits_).push_back(limit);
  }
  plain_screen_ = make_screen(*space_, {std::move(computed), 0, counted, table_});
  return Unit{};
}

Result<Unit> Benchmark::check_expressions(const std::vector<std::string>& known) const {
  Diagnostics diagnostics;
  const auto check = [&](const Expression& expression, const std::string& section) {
    for (const std::string& name : expression.variables()) {
      if (std::ranges::find(known, name) != known.end()) continue;
      diagnostics.add(place_of(loaded_.root, section), section,
                      fmt::format("'{}' is no column of numbers in {}{}", name, table_file(), suggest(name, known)));
    }
  };
  for (const Objective& objective : loaded_.objectives) check(objective.expression, "objectives");
  if (loaded_.root.find("report") != nullptr) {
    for (const Objective& objective : loaded_.report) check(objective.expression, "report");
  }
  for (const Limit& limit : loaded_.limits) check(limit.excess, "limits");
  if (config().merges_isomorphic() && !space_->has_network()) {
    diagnostics.add(place_of(loaded_.root, "isomorphic"), "isomorphic",
                    fmt::format("space '{}' has no network, so none are isomorphic, use apart", space_->name()));
  }
  return diagnostics.empty() ? Result<Unit>(Unit{}) : diagnostics.error();
}

SearchProblem Benchmark::problem() const {
  SearchProblem problem{*space_, loaded_.objectives, [this](const Genotype& genotype) { return screen(genotype); }};
  problem.evaluations = static_cast<std::uint64_t>(config().evaluations);
  problem.budget = std::max<std::int32_t>(1, epochs());
  if (features_) problem.features = [this](const Genotype& genotype) { return features_->of(genotype); };
  return problem;
}

const BenchRow* Benchmark::find(const Genotype& genotype) const {
  if (const auto row = table_->find_row(genotype)) return &rows_[*row];
  if (!config().merges_isomorphic()) return nullptr;
  const auto alike = rows_by_key_.find(network_keys_->of(genotype));
  return alike == rows_by_key_.end() ? nullptr : &rows_[alike->second];
}

Screening Benchmark::screen(const Genotype& genotype) const {
  if (const BenchRow* row = find(genotype)) return row->screening;
  const Screen own = plain_screen_;  // each is for one thread at a time
  Screening screening = own(genotype);
  if (config().merges_isomorphic()) screening.key = network_keys_->of(genotype);
  return screening;
}

void Benchmark::fill_rows(std::size_t threads, std::vector<std::string>& errors) {
  const std::vector<Genotype>& genotypes = table_->genotypes();
  rows_.resize(genotypes.size());
  things_ = genotypes.size();
  std::vector<std::string> wrong(genotypes.size());
  share_work(genotypes.size(), threads, [&](std::size_t i) { wrong[i] = fill_row(i); });
  std::size_t count = 0;
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    if (wrong[i].empty() || ++count > kMaxErrors) continue;
    errors.push_back(fmt::format("{}:{}: {}", table_file(), table_->line(i), wrong[i]));
  }
  if (count > kMaxErrors) errors.push_back(fmt::format("{}: and {} more", table_file(), count - kMaxErrors));
}

std::string Benchmark::fill_row(std::size_t index) {
  BenchRow& row = rows_[index];
  const Screen own = plain_screen_;  // each is for one thread at a time
  row.screening = own(table_->genotypes()[index]);
  if (row.screening.verdict != Screening::Verdict::Accepted) return {};  // is never evaluated
  const Metrics& computed = row.screening.computed;
  std::string error;
  for (std::int32_t epoch = 1; epoch < epochs() && error.empty(); ++epoch) {
    row.curve.push_back(result_of(table_->row_at(index, epoch), computed, error));
    if (!error.empty()) error = fmt::format("epoch {}: {}", epoch, error);
  }
  static_cast<BenchResult&>(row) = result_of(table_->row(index), computed, error);
  Metrics metrics = table_->row(index);
  for (const auto& [name, value] : computed) metrics[name] = value;
  row.report = minimised_values(loaded_.report, metrics, error);
  return error;
}

BenchResult Benchmark::result_of(Metrics metrics, const Metrics& computed, std::string& error) const {
  for (const auto& [name, value] : computed) metrics[name] = value;
  BenchResult result{minimised_values(loaded_.objectives, metrics, error)};
  std::vector<double> excess;
  for (const Limit& limit : trained_limits_) append(excess, limit.excess, metrics, error);
  for (const double e : excess) result.violation += std::max(0.0, e);
  return result;
}

void Benchmark::merge_rows(std::size_t threads) {
  std::vector<std::string> keys(rows_.size());
  share_work(rows_.size(), threads, [&](std::size_t i) { keys[i] = network_keys_->of(table_->genotypes()[i]); });
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto [first, added] = rows_by_key_.try_emplace(keys[i], i);
    if (!added) rows_[i] = rows_[first->second];
    rows_[i].screening.key = keys[i];
  }
  things_ = rows_by_key_.size();
}

void Benchmark::check_algorithms(std::vector<std::string>& errors) const {
  Diagnostics diagnostics;
  for (const BenchAlgorithm& algorithm : config().algorithms) {
    const auto made = algorithm_config(algorithm.choice)->make(problem());
    if (!made) diagnostics.add(algorithm.place, algorithm.path, made.error().message);
  }
  if (!diagnostics.empty()) errors.push_back(diagnostics.error().message);
}

std::vector<const BenchRow*> Benchmark::feasible_rows() const {
  std::vector<const BenchRow*> feasible;
  for (const BenchRow& row : rows_) {
    if (row.screening.verdict == Screening::Verdict::Accepted && row.violation <= 0) feasible.push_back(&row);
  }
  return feasible;
}

void Benchmark::find_true_front() {
  std::vector<ParetoPoint> points;
  for (const BenchRow* row : feasible_rows()) points.push_back({row->report, 0});
  std::vector<std::vector<double>> front;
  for (const std::size_t i : pareto_front(points)) front.push_back(points[i].objectives);
  true_front_.ideal = ideal_point(front);
  true_front_.nadir = reference_point(front);
  for (std::vector<double>& point : front) point = true_front_.scaled(point);
  const std::vector<double> reference(loaded_.report.size(), TrueFront::kReference);
  true_front_.hypervolume = hypervolume(front, reference);
}

}  // namespace nas
