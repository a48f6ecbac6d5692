// What final trainings came to: a file for each, a table for people, and whether the search's order held.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiments/train/train_plan.h"
#include "nas/candidate.h"

namespace nas {

/// Of one network.
struct FinalResult {
  std::string name;
  std::int64_t epochs = 0;
  Metrics metrics;  // of training, `test_...` among them
  std::optional<Failure> failure;
};

[[nodiscard]] nlohmann::json to_json(const FinalResult& result);
/// Empty where the file is not there or is none of ours.
[[nodiscard]] std::optional<FinalResult> read_result(const std::filesystem::path& file);

/// How the order by a metric of the search compares with that after full training.
struct ProxyCheck {
  std::string search_metric;
  std::string final_metric;
  std::size_t networks = 0;
  double spearman = 0;
  double kendall = 0;
};

/// The task's first metric, then against now; of the networks that have both. Empty for fewer than
/// three of them, or where one of the two does not vary.
[[nodiscard]] std::optional<ProxyCheck> check_proxy(const TrainPlan& plan, const std::vector<FinalResult>& results);

/// A row a network, in the order of the plan, and what check_proxy says.
void print_results(const TrainPlan& plan, const std::vector<FinalResult>& results, std::ostream& out);
[[nodiscard]] nlohmann::json results_json(const TrainPlan& plan, const std::vector<FinalResult>& results);

/// The task's first metric, such as "accuracy".
[[nodiscard]] std::string main_metric(const TrainPlan& plan);

}  // namespace nas
