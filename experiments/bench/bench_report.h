// The results of a benchmark for people and programs.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "experiments/bench/chart.h"
#include "experiments/bench/summary.h"

namespace nas {

enum class Emphasis { Plain, Bold };

/// A row an algorithm, a column for each number of `at`: mean and standard error,
/// best mean in bold (all that print alike); and the time that an ask and a tell take.
void print_bench_table(const BenchConfig& config, const BenchResults& results,
                       const std::vector<AlgorithmSummary>& summaries, Emphasis emphasis, std::ostream& out);

/// algorithm,seed,evaluations,value (`epochs` where these are counted): a line for each run and point; no value: an
/// empty cell.
[[nodiscard]] std::string results_csv(const BenchConfig& config, const BenchResults& results);

/// algorithm,evaluations,runs,mean,standard_error: a line for each algorithm and point.
[[nodiscard]] std::string summary_csv(const BenchResults& results, const std::vector<AlgorithmSummary>& summaries);

[[nodiscard]] Chart bench_chart(const BenchConfig& config, const BenchResults& results,
                                const std::vector<AlgorithmSummary>& summaries);

/// Makes the folder where it is missing. Error: it cannot be made.
[[nodiscard]] Result<Unit> make_bench_folder(const std::filesystem::path& folder);

/// Writes results.csv, summary.csv and curve.svg; files of these names are replaced. Error: one
/// cannot be written.
[[nodiscard]] Result<Unit> write_bench_files(const std::filesystem::path& folder, const BenchConfig& config,
                                             const BenchResults& results,
                                             const std::vector<AlgorithmSummary>& summaries);

}  // namespace nas
