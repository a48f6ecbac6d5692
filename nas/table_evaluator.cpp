#include "nas/table_evaluator.h"

#include <fmt/format.h>

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
      {"slots", &table.slots, "candidates under way at once, as if there were so many workers", 1, 1e6},
  };
}

std::optional<std::size_t> Table::find_row(const Genotype& genotype) const {
  const auto found = rows_.find(genotype);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

Metrics Table::row(std::size_t row) const { return metrics_of(row, false); }

Metrics Table::computed(std::size_t row) const { return metrics_of(row, true); }

Metrics Table::metrics_of(std::size_t row, bool only_computed) const {
  NAS_CHECK((row + 1) * metrics_.size() <= values_.size(), "a row of the table");
  Metrics metrics;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const double value = values_[row * metrics_.size() + i];
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

TableEvaluator::TableEvaluator(std::shared_ptr<const Table> table, std::size_t slots)
    : table_(std::move(table)), slots_(slots) {
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
  evaluation.id = candidate.id;
  evaluation.worker = "table";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  evaluation.started_at = std::chrono::duration<double>(now).count();
  if (const auto row = table_->find_row(candidate.genotype)) {
    evaluation.metrics = table_->row(*row);
  } else {
    evaluation.failure = Failure{
        FailureType::Invalid, fmt::format("{} has no row for {}", table_->file(), to_string(candidate.genotype)), {}};
  }
  return evaluation;
}

}  // namespace nas
