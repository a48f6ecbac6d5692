#include "nas/table_evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "nas/check.h"

namespace nas {

Options options(TableOptions& table) {
  return {
      {"file", &table.file, "CSV file, plain or compressed by gzip"},
      {"genotype_column", &table.genotype_column,
       "column of option indices, '3,0,1' or '301'; without it, a column for each gene name"},
      {"computed", &table.computed,
       "metrics that are known before training (a trailing `*` stands for any ending): algorithms read them for every "
       "proposal"},
      {"epoch_column", &table.epoch_column,
       "column that numbers the epochs of a training, from 1, each with a row of its own; empty: a genotype has one "
       "row"},
      {"epochs", &table.epochs, "of a full training, at most what the table has; goes with epoch_column", 0, 1e6},
      {"slots", &table.slots, "candidates under way at once, as if there were so many workers", 1, 1e6},
  };
}

std::optional<std::size_t> Table::find_row(const Genotype& genotype) const {
  const auto found = rows_.find(genotype);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

Metrics Table::metrics_of(std::size_t row, std::int32_t epoch, bool only_computed) const {
  NAS_CHECK(row < rows() && epoch >= std::min(epochs_, 1) && epoch <= epochs_, "a row of the table");
  const std::size_t of_each = epochs_ > 0 ? static_cast<std::size_t>(epochs_) : 1;
  const std::size_t place = row * of_each + (epochs_ > 0 ? static_cast<std::size_t>(epoch - 1) : 0);
  Metrics metrics;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const double value = values_[place * metrics_.size() + i];
    if (!std::isnan(value) && (computed_[i] || !only_computed)) metrics.emplace(metrics_[i], value);
  }
  return metrics;
}

std::vector<std::string> Table::computed_metrics() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    if (computed_[i]) names.push_back(metrics_[i]);
  }
  return names;
}

Evaluation train_by_table(const Table& table, std::size_t row, const Candidate& candidate,
                          const StopObjective& objective) {
  Evaluation evaluation;
  evaluation.id = candidate.id;
  if (table.epochs() == 0) {
    evaluation.metrics = table.row(row);
    return evaluation;
  }
  for (std::int32_t epoch = 1; epoch <= candidate.budget && !evaluation.stopped; ++epoch) {
    evaluation.metrics = table.row_at(row, epoch);
    evaluation.curve.push_back({epoch, evaluation.metrics});
    if (!objective || candidate.stop_above.empty() || epoch == candidate.budget) continue;
    const auto value = objective(candidate.genotype, evaluation.metrics);
    evaluation.stopped = value && is_above_bound(candidate.stop_above, epoch, *value);
  }
  return evaluation;
}

TableEvaluator::TableEvaluator(std::shared_ptr<const Table> table, std::size_t slots, StopObjective objective)
    : table_(std::move(table)), slots_(slots), objective_(std::move(objective)) {
  NAS_CHECK(table_ != nullptr && slots_ > 0, "a table evaluator needs a table and a slot");
}

void TableEvaluator::submit(Candidate candidate) {
  NAS_CHECK(free_slots() > 0, "a candidate is submitted where no slot is free");
  waiting_.push_back(std::move(candidate));
}

std::vector<Evaluation> TableEvaluator::wait_some(std::chrono::milliseconds timeout) {
  if (waiting_.empty()) std::this_thread::sleep_for(timeout);
  std::vector<Evaluation> evaluations;
  evaluations.reserve(waiting_.size());
  for (const Candidate& candidate : waiting_) evaluations.push_back(look_up(candidate));
  waiting_.clear();
  return evaluations;
}

Evaluation TableEvaluator::look_up(const Candidate& candidate) const {
  Evaluation evaluation;
  const auto row = table_->find_row(candidate.genotype);
  const bool has_epochs = table_->epochs() == 0 || (candidate.budget >= 1 && candidate.budget <= table_->epochs());
  if (row && has_epochs) {
    evaluation = train_by_table(*table_, *row, candidate, objective_);
  } else {
    const std::string what = row ? fmt::format("has {} epochs, not {}", table_->epochs(), candidate.budget)
                                 : fmt::format("has no row for {}", to_string(candidate.genotype));
    evaluation.failure = Failure{FailureType::Invalid, fmt::format("{} {}", table_->file(), what), {}};
  }
  evaluation.id = candidate.id;
  evaluation.worker = "table";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  evaluation.started_at = std::chrono::duration<double>(now).count();
  return evaluation;
}

}  // namespace nas
