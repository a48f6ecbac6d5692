// Objectives and limits: from an evaluation's metrics to the numbers that the search compares.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nas/candidate.h"
#include "nas/expression.h"
#include "nas/result.h"

namespace nas {

enum class Direction { Minimise, Maximise };

/// A metric or an expression over metrics, e.g. `val_accuracy * (macs / 400e6) ^ -0.07` (the
/// weighted product of MnasNet, Tan et al. 2019, eq. 2).
struct Objective {
  Direction direction = Direction::Minimise;
  Expression expression;

  [[nodiscard]] const std::string& name() const { return expression.text(); }
};

/// `left <= right` or `left >= right` (also < and >) over metrics.
struct Limit {
  std::string text;
  Expression excess;  // left - right for <=, right - left for >=: met where <= 0
};

/// Error: does not parse, or is no comparison.
[[nodiscard]] Result<Limit> parse_limit(std::string_view text);

/// The value as the user wrote it. Empty where a metric is missing or the value is not finite.
[[nodiscard]] std::optional<double> evaluate(const Expression& expression, const Metrics& metrics);

/// All objectives in the user's sense; empty if any is missing or not finite.
[[nodiscard]] std::optional<std::vector<double>> objective_values(const std::vector<Objective>& objectives,
                                                                  const Metrics& metrics);

/// The same numbers so that less is better.
[[nodiscard]] std::vector<double> minimised(const std::vector<Objective>& objectives, std::vector<double> values);

/// True if all variables of the expression are among `names`.
[[nodiscard]] bool can_evaluate(const Expression& expression, const std::vector<std::string>& names);

}  // namespace nas
