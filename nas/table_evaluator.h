// Evaluation by looking it up: a tabular benchmark in a CSV file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "nas/csv_table.h"
#include "nas/evaluator.h"
#include "nas/genotype_hash.h"
#include "nas/option.h"
#include "nas/result.h"
#include "nas/search_space.h"

namespace nas {

struct TableOptions {
  std::string file;
  std::string genotype_column = "genotype";
  std::vector<std::string> computed = {"params*", "macs*", "flops*", "mflops*"};
  std::string epoch_column = {};  // empty: a row is all there is of a genotype
  std::int64_t epochs = 0;        // of a full training; 0: the table has no epochs
  std::int64_t slots = 1;
  bool operator==(const TableOptions&) const = default;
};

/// Rows bound to the fields.
[[nodiscard]] Options options(TableOptions& table);

/// Metrics of genotypes. The genotype column holds option indices, joined by commas ("3,0,1") or
/// as one digit a gene ("301"). Where there is no such column, each gene has a column of its own
/// name, holding options' names or numbers (or, in all of its rows, their indices); a gene that is
/// inactive in a row may be empty there. Every other column with a number in it is a metric; an
/// empty cell, `nan` and `inf` mean that the row has no such metric. With an epoch column a genotype
/// has a row for each epoch of its training, from 1 to the same last one for all; what is said of
/// its row below is then meant of all of them. Immutable once loaded, so safe to share between threads.
class Table {
 public:
  /// Error: unreadable, columns missing (with the nearest name), genotypes that are none of the
  /// space, words among a metric's numbers, rows that contradict each other; many at once, each
  /// with its line.
  [[nodiscard]] static Result<Table> load(const TableOptions& options, const std::vector<Gene>& genes);
  /// The same for a table that is read already (options.file is what errors call it).
  [[nodiscard]] static Result<Table> make(const CsvTable& csv, const TableOptions& options,
                                          const std::vector<Gene>& genes);

  /// Names of the metrics, in the file's order.
  [[nodiscard]] const std::vector<std::string>& metrics() const { return metrics_; }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  /// Of a full training (TableOptions::epochs, of which there may be more in the file); 0: the table
  /// has no epochs.
  [[nodiscard]] std::int32_t epochs() const { return epochs_; }
  /// Index of the genotype's row: two candidates with one row are the same thing to evaluate.
  /// REQUIRES: canonical.
  [[nodiscard]] std::optional<std::size_t> find_row(const Genotype& genotype) const;
  /// What the row holds, after a full training. REQUIRES: row < rows().
  [[nodiscard]] Metrics row(std::size_t row) const { return metrics_of(row, epochs_, false); }
  /// After so many epochs. REQUIRES: row < rows(), 1 <= epoch <= epochs().
  [[nodiscard]] Metrics row_at(std::size_t row, std::int32_t epoch) const { return metrics_of(row, epoch, false); }
  /// Of these, what is known before training. REQUIRES: row < rows().
  [[nodiscard]] Metrics computed(std::size_t row) const { return metrics_of(row, epochs_, true); }
  /// What each row is of, canonical, in the file's order.
  [[nodiscard]] const std::vector<Genotype>& genotypes() const { return genotypes_; }
  /// Where a row begins in the file, from 1. REQUIRES: row < rows().
  [[nodiscard]] std::size_t line(std::size_t row) const { return lines_.at(row); }
  /// Names of the metrics that are known before training.
  [[nodiscard]] std::vector<std::string> computed_metrics() const;
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  [[nodiscard]] Metrics metrics_of(std::size_t row, std::int32_t epoch, bool only_computed) const;

  std::string file_;
  std::vector<std::string> metrics_;
  std::vector<bool> computed_;  // by metric
  std::int32_t epochs_ = 0;
  std::vector<double> values_;       // (rows, epochs or 1, metrics), NaN where there is none
  std::vector<Genotype> genotypes_;  // by row
  std::vector<std::size_t> lines_;   // by row
  std::unordered_map<Genotype, std::size_t, GenotypeHash> rows_;
};

/// The objective that a candidate's `stop_above` is about, minimised; empty where it has no value.
using StopObjective = std::function<std::optional<double>(const Genotype&, const Metrics&)>;

/// What training `candidate` would bring, by the table's row: with epochs the metrics after its
/// budget and the curve until then, or until `stop_above` ends it (never without `objective`).
/// `worker` and `started_at` are left as they are.
/// REQUIRES: row < table.rows().
[[nodiscard]] Evaluation train_by_table(const Table& table, std::size_t row, const Candidate& candidate,
                                        const StopObjective& objective);

/// Gives each result at the next wait, in the order of submission. A genotype without a row is an
/// Invalid failure, and so is a budget that the table has not.
class TableEvaluator final : public Evaluator {
 public:
  /// `objective`: needed where candidates have bounds.
  TableEvaluator(std::shared_ptr<const Table> table, std::size_t slots, StopObjective objective = {});

  [[nodiscard]] std::size_t free_slots() const override { return slots_ - waiting_.size(); }
  [[nodiscard]] std::size_t slots() const override { return slots_; }
  void submit(Candidate candidate) override;
  [[nodiscard]] std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override;

 private:
  [[nodiscard]] Evaluation look_up(const Candidate& candidate) const;

  std::shared_ptr<const Table> table_;
  std::size_t slots_;
  StopObjective objective_;
  std::vector<Candidate> waiting_;
};

}  // namespace nas
