// A benchmark ready to run: space and table checked against each other, and all that the table says
// of a genotype worked out beforehand.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "experiments/bench/genotype_memo.h"
#include "experiments/bench/read_bench.h"
#include "nas/screening.h"
#include "nas/search_problem.h"
#include "search_spaces/text_space.h"

namespace nas {

/// What a search is told of a result.
struct BenchResult {
  std::vector<double> objectives;  // minimised
  double violation = 0;            // of limits that only the evaluation tells
};

/// What is known of one thing to evaluate.
struct BenchRow : BenchResult {         // after a full training
  Screening screening;                  // as a search has it of the genotype
  std::vector<double> report;           // minimised; after a full training
  std::vector<BenchResult> curve = {};  // after each epoch but the last; empty: the table has no epochs

  /// After so many epochs, from 1.
  [[nodiscard]] const BenchResult& after(std::int32_t epochs) const {
    const auto place = static_cast<std::size_t>(epochs - 1);
    return place < curve.size() ? curve[place] : *this;
  }
};

/// The front of all rows that meet the limits, in the metrics that are reported.
struct TrueFront {
  std::vector<double> ideal, nadir;  // minimised
  double hypervolume = 0;            // of scaled points up to kReference

  static constexpr double kReference = 1.1;  // in each metric
  /// 0 at the ideal, 1 at the nadir point; a metric without a spread is only moved.
  [[nodiscard]] std::vector<double> scaled(std::span<const double> report) const;
};

/// Constant once made (but for memos): its functions may be called from several threads.
class Benchmark {
 public:
  /// `threads` share the work. Error: all that is wrong, a line each: the space, the table's rows,
  /// values that a row lacks, algorithms that do not suit.
  [[nodiscard]] static Result<std::unique_ptr<const Benchmark>> make(LoadedBench loaded, std::size_t threads);
  Benchmark(const Benchmark&) = delete;
  Benchmark& operator=(const Benchmark&) = delete;

  [[nodiscard]] const BenchConfig& config() const { return loaded_.config; }
  [[nodiscard]] const std::string& table_file() const { return loaded_.config.table.file; }
  /// Of a full training; 0: the table has none.
  [[nodiscard]] std::int32_t epochs() const { return table_->epochs(); }
  /// What a search would be given; valid as long as this is.
  [[nodiscard]] SearchProblem problem() const;
  /// Null: the table has no row for it.
  [[nodiscard]] const BenchRow* find(const Genotype& genotype) const;
  /// By row of the table; with `isomorphic: together` alike rows hold the same.
  [[nodiscard]] const std::vector<BenchRow>& rows() const { return rows_; }
  /// How many of them count apart.
  [[nodiscard]] std::size_t things() const { return things_; }

  /// Whether a hypervolume's share is reported rather than the best seen.
  [[nodiscard]] bool reports_front() const { return loaded_.objectives.size() > 1; }
  [[nodiscard]] const std::vector<Objective>& report() const { return loaded_.report; }
  /// REQUIRES: reports_front().
  [[nodiscard]] const TrueFront& true_front() const { return true_front_; }
  /// Those that a search may keep; never empty.
  [[nodiscard]] std::vector<const BenchRow*> feasible_rows() const;

 private:
  explicit Benchmark(LoadedBench loaded) : loaded_(std::move(loaded)) {}
  [[nodiscard]] Result<Unit> open();
  [[nodiscard]] Result<Unit> check_expressions(const std::vector<std::string>& known) const;
  void fill_rows(std::size_t threads, std::vector<std::string>& errors);
  [[nodiscard]] std::string fill_row(std::size_t index);  // what is wrong with it, or nothing
  [[nodiscard]] BenchResult result_of(Metrics metrics, const Metrics& computed, std::string& error) const;
  void merge_rows(std::size_t threads);
  void find_true_front();
  void check_algorithms(std::vector<std::string>& errors) const;
  [[nodiscard]] Screening screen(const Genotype& genotype) const;

  LoadedBench loaded_;
  std::unique_ptr<TextSpace> space_;
  std::shared_ptr<const Table> table_;
  std::vector<Limit> trained_limits_;
  Screen plain_screen_;  // of a search on this table
  // Of networks; null: the space has none.
  std::unique_ptr<GenotypeMemo<GraphFeatures>> features_;
  std::unique_ptr<GenotypeMemo<std::string>> network_keys_;
  std::vector<BenchRow> rows_;
  std::unordered_map<std::string, std::size_t> rows_by_key_;  // with `isomorphic: together`
  std::size_t things_ = 0;
  TrueFront true_front_;
};

}  // namespace nas
