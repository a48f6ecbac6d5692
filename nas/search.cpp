#include "nas/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "nas/option.h"

namespace nas {
namespace {

std::vector<std::string> names_of(const Metrics& metrics) {
  std::vector<std::string> names;
  for (const auto& [name, value] : metrics) names.push_back(name);
  return names;
}

Failure missing_value(const Expression& expression, const Metrics& metrics) {
  for (const std::string& name : expression.variables()) {
    if (metrics.contains(name)) continue;
    const std::vector<std::string> names = names_of(metrics);
    return {FailureType::Protocol,
            fmt::format("the evaluation has no metric '{}' that '{}' needs (null counts as missing){}", name,
                        expression.text(), names.empty() ? ", it has none at all" : suggest(name, names)),
            {}};
  }
  return {FailureType::Diverged, fmt::format("'{}' is not a finite number", expression.text()), {}};
}

// Empty where all were computed; the first that was not ends it.
std::optional<Failure> append_values(std::vector<double>& values, const Expression& expression,
                                     const Metrics& metrics) {
  const std::optional<double> value = evaluate(expression, metrics);
  if (!value) return missing_value(expression, metrics);
  values.push_back(*value);
  return std::nullopt;
}

std::optional<Failure> compute_values(const SearchSetup& setup, FinishedTrial& trial) {
  const Metrics& metrics = trial.evaluation.metrics;
  for (const Objective& objective : setup.objectives) {
    if (auto failure = append_values(trial.values, objective.expression, metrics)) return failure;
  }
  for (const Limit& limit : setup.trained_limits) {
    if (auto failure = append_values(trial.constraints, limit.excess, metrics)) return failure;
  }
  return std::nullopt;
}

}  // namespace

FinishedTrial judge(const SearchSetup& setup, Evaluation evaluation, std::uint64_t told_index) {
  FinishedTrial trial;
  trial.told_index = told_index;
  trial.evaluation = std::move(evaluation);
  if (!trial.evaluation.failure) trial.evaluation.failure = compute_values(setup, trial);
  if (trial.evaluation.failure) {
    trial.evaluation.metrics.clear();
    trial.values.clear();
    trial.constraints.clear();
  }
  return trial;
}

namespace {

// What no epoch reports (params, macs) is as it is in the end.
Metrics metrics_at(const CurvePoint& point, const Metrics& in_the_end, const std::set<std::string>& of_epochs) {
  Metrics metrics = point.metrics;
  for (const auto& [name, value] : in_the_end) {
    if (!of_epochs.contains(name)) metrics.emplace(name, value);
  }
  return metrics;
}

std::vector<double> curve_of(const Objective& objective, const Evaluation& evaluation, std::int32_t epochs) {
  std::set<std::string> of_epochs;
  for (const CurvePoint& point : evaluation.curve) {
    for (const auto& [name, value] : point.metrics) of_epochs.insert(name);
  }
  std::vector<double> curve;
  for (const CurvePoint& point : evaluation.curve) {
    if (point.epoch < 1 || point.epoch > epochs) continue;  // a user's command may number as it likes
    const auto value = evaluate(objective.expression, metrics_at(point, evaluation.metrics, of_epochs));
    if (!value) continue;
    const auto size = static_cast<std::size_t>(point.epoch);
    if (curve.size() < size) curve.resize(size, std::numeric_limits<double>::quiet_NaN());
    curve[size - 1] = minimised({objective}, {*value}).front();
  }
  return curve;
}

}  // namespace

Outcome outcome_of(const SearchSetup& setup, const Candidate& candidate, const FinishedTrial& trial) {
  Outcome outcome;
  outcome.candidate = candidate;
  outcome.failed = trial.evaluation.failure.has_value();
  if (outcome.failed) return outcome;
  outcome.objectives = minimised(setup.objectives, trial.values);
  for (const double excess : trial.constraints) outcome.violation += std::max(0.0, excess);
  outcome.stopped = trial.evaluation.stopped;
  if (!setup.objectives.empty()) {
    outcome.curve = curve_of(setup.objectives.front(), trial.evaluation, candidate.budget);
  }
  return outcome;
}

}  // namespace nas
