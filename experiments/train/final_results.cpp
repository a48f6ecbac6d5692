#include "experiments/train/final_results.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <fstream>

#include "experiments/commands/text_table.h"
#include "nas/rank_correlation.h"

namespace nas {
namespace {

using nlohmann::json;

constexpr std::size_t kFewestToCompare = 3;

/// What the search measured of it, if a search found it.
std::optional<double> searched(const FinalTraining& training, const std::string& metric) {
  if (!training.subject.origin || !training.subject.origin->trial.finished) return {};
  const Metrics& metrics = training.subject.origin->trial.finished->evaluation.metrics;
  const auto found = metrics.find(metric);
  return found == metrics.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> value_of(const Metrics& metrics, const std::string& name) {
  const auto found = metrics.find(name);
  return found == metrics.end() ? std::nullopt : std::optional(found->second);
}

std::string cell(std::optional<double> value) { return value ? display_number(*value) : "-"; }

bool has_test(const std::vector<FinalResult>& results, const std::string& metric) {
  return std::any_of(results.begin(), results.end(),
                     [&](const FinalResult& result) { return result.metrics.contains("test_" + metric); });
}

std::string of_proxy(const ProxyCheck& check) {
  return fmt::format(
      "{} of the search against {} after full training, {} networks: Spearman's rho {:.3f}, Kendall's tau {:.3f}",
      check.search_metric, check.final_metric, check.networks, check.spearman, check.kendall);
}

}  // namespace

nlohmann::json to_json(const FinalResult& result) {
  json object = {{"name", result.name}, {"epochs", result.epochs}, {"metrics", result.metrics}};
  if (result.failure) {
    object["failure"] = {{"type", to_string(result.failure->type)}, {"message", result.failure->message}};
  }
  return object;
}

std::optional<FinalResult> read_result(const std::filesystem::path& file) {
  std::ifstream in(file);
  const json object = json::parse(in, nullptr, /*allow_exceptions=*/false);
  try {
    return FinalResult{object.at("name").get<std::string>(),
                       object.at("epochs").get<std::int64_t>(),
                       object.at("metrics").get<Metrics>(),
                       {}};
  } catch (const json::exception&) {
    return {};
  }
}

std::string main_metric(const TrainPlan& plan) {
  return std::string(task_row(plan.trainings.front().parts.task).metrics.front().name);
}

std::optional<ProxyCheck> check_proxy(const TrainPlan& plan, const std::vector<FinalResult>& results) {
  const std::string metric = main_metric(plan);
  ProxyCheck check{"val_" + metric, (has_test(results, metric) ? "test_" : "val_") + metric};
  std::vector<double> then;
  std::vector<double> now;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto before = searched(plan.trainings[i], check.search_metric);
    const auto after = value_of(results[i].metrics, check.final_metric);
    if (!before || !after) continue;
    then.push_back(*before);
    now.push_back(*after);
  }
  check.networks = then.size();
  if (check.networks < kFewestToCompare) return {};
  const auto spearman = spearman_rho(then, now);
  const auto kendall = kendall_tau(then, now);
  if (!spearman || !kendall) return {};
  check.spearman = *spearman;
  check.kendall = *kendall;
  return check;
}

void print_results(const TrainPlan& plan, const std::vector<FinalResult>& results, std::ostream& out) {
  const std::string metric = main_metric(plan);
  std::vector<TableColumn> columns = {{"network"}, {"params", Align::Right}, {"MACs", Align::Right}};
  const bool from_search = plan.trainings.front().subject.origin.has_value();
  if (from_search) columns.push_back({"search val_" + metric, Align::Right});
  columns.insert(columns.end(), {{"epochs", Align::Right}, {"val_" + metric, Align::Right}});
  const bool tested = has_test(results, metric);
  if (tested) columns.push_back({"test_" + metric, Align::Right});
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const FinalTraining& training = plan.trainings[i];
    const Cost cost = count_cost(training.subject.built.network);
    std::vector<std::string> row = {results[i].name, display_number(static_cast<double>(cost.params)),
                                    display_number(static_cast<double>(cost.macs))};
    if (from_search) row.push_back(cell(searched(training, "val_" + metric)));
    const bool failed = results[i].failure.has_value();
    row.push_back(failed ? fmt::format("failed: {}", to_string(results[i].failure->type))
                         : std::to_string(results[i].epochs));
    row.push_back(cell(value_of(results[i].metrics, "val_" + metric)));
    if (tested) row.push_back(cell(value_of(results[i].metrics, "test_" + metric)));
    rows.push_back(std::move(row));
  }
  print_table(columns, rows, out);
  if (const auto check = check_proxy(plan, results)) fmt::print(out, "\n{}\n", of_proxy(*check));
}

nlohmann::json results_json(const TrainPlan& plan, const std::vector<FinalResult>& results) {
  json object = {{"networks", json::array()}};
  for (std::size_t i = 0; i < results.size(); ++i) {
    json network = to_json(results[i]);
    if (const auto& origin = plan.trainings[i].subject.origin; origin && origin->trial.finished) {
      network["search"] = {{"run", origin->run.string()},
                           {"candidate", number(origin->trial.asked.candidate.id)},
                           {"metrics", origin->trial.finished->evaluation.metrics}};
    }
    object["networks"].push_back(std::move(network));
  }
  if (const auto check = check_proxy(plan, results)) {
    object["proxy"] = {{"search_metric", check->search_metric},
                       {"final_metric", check->final_metric},
                       {"networks", check->networks},
                       {"spearman_rho", check->spearman},
                       {"kendall_tau", check->kendall}};
  }
  return object;
}

}  // namespace nas
