// nas bench

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <ostream>
#include <thread>

#include "experiments/bench/bench_progress.h"
#include "experiments/bench/bench_reference.h"
#include "experiments/bench/bench_report.h"
#include "experiments/bench/run_benchmark.h"
#include "experiments/cli/rows.h"
#include "experiments/commands/count_text.h"
#include "experiments/commands/text_table.h"
#include "experiments/config/shipped_files.h"

namespace nas {
namespace {

std::string text_of(const CommandLine& line, const char* name) {
  return line.options.count(name) > 0 ? line.options[name].as<std::string>() : std::string();
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return words;
}

Result<BenchRequest> make_request(const CommandLine& line) {
  const auto file = find_experiment(line.arguments.front());
  if (!file) return file.error();
  BenchRequest request{*file, {}, split_at_commas(text_of(line, "algorithms"))};
  if (line.options.count("set") > 0) request.sets = line.options["set"].as<std::vector<std::string>>();
  for (const char* key : {"seeds", "evaluations", "pending"}) {
    if (line.options.count(key) > 0) request.sets.push_back(fmt::format("{}={}", key, text_of(line, key)));
  }
  return request;
}

Result<std::size_t> thread_count(const CommandLine& line) {
  constexpr std::size_t kMost = 4096;
  if (line.options.count("jobs") == 0) return std::max<std::size_t>(1, std::thread::hardware_concurrency());
  const std::string text = text_of(line, "jobs");
  std::size_t jobs = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), jobs);
  if (status == std::errc{} && end == text.data() + text.size() && jobs >= 1 && jobs <= kMost) return jobs;
  return Error{fmt::format("--jobs {}: expected a number of threads from 1 to {}", text, kMost)};
}

void print_heading(const Benchmark& benchmark, std::ostream& out) {
  const BenchConfig& config = benchmark.config();
  const std::size_t rows = benchmark.rows().size();
  fmt::print(out, "{}: {}\n", config.benchmark, describe_report(config));
  fmt::print(out, "{}: {} rows{}; mean of {} seeds ± standard error, {} pending\n", benchmark.table_file(),
             grouped_digits(rows),
             benchmark.things() == rows ? "" : fmt::format(", {} apart", grouped_digits(benchmark.things())),
             config.seeds, config.pending);
  if (benchmark.reports_front()) return;
  const BestRows best = best_rows(benchmark);
  fmt::print(out, "best in the table: {}; a run that saw all of it would report {}\n", display_number(best.reported),
             display_number(best.chosen));
}

/// What differs from a plain run: failures, spaces that were exhausted.
void print_remarks(const BenchConfig& config, const BenchResults& results, std::ostream& out) {
  for (std::size_t i = 0; i < results.runs.size(); ++i) {
    std::uint64_t failed = 0;
    std::uint64_t ended = 0;
    for (const BenchRun& run : results.runs[i]) {
      failed += run.failed;
      if (!run.ended_early.empty()) ++ended;
    }
    const std::string& label = config.algorithms[i].label;
    if (failed > 0) {
      fmt::print(out, "{}: {} evaluations were of genotypes without a row\n", label, grouped_digits(failed));
    }
    if (ended > 0) fmt::print(out, "{}: {} runs ended early: {}\n", label, ended, why_any_ended(results.runs[i]));
  }
}

Result<Unit> bench(const CommandLine& line, std::ostream& out) {
  const auto threads = thread_count(line);
  if (!threads) return threads.error();
  const auto request = make_request(line);
  if (!request) return request.error();
  auto loaded = load_bench(*request);
  if (!loaded) return loaded.error();
  const auto made = Benchmark::make(std::move(*loaded), *threads);
  if (!made) return made.error();
  const Benchmark& benchmark = **made;
  const BenchConfig& config = benchmark.config();
  const std::filesystem::path folder =
      line.options.count("out") > 0 ? std::filesystem::path(text_of(line, "out")) : "bench" / request->file.stem();
  const auto ready = make_bench_folder(folder);
  if (!ready) return ready;
  BenchResults results;
  {
    const auto runs = config.algorithms.size() * static_cast<std::size_t>(config.seeds);
    BenchProgress progress(runs * static_cast<std::size_t>(config.most()), config.count);
    results = run_benchmark(benchmark, *threads, [&](std::uint64_t units) { progress.step(units); });
  }
  const std::vector<AlgorithmSummary> summaries = summarise(config, results);
  const auto written = write_bench_files(folder, config, results, summaries);
  if (!written) return written;
  print_heading(benchmark, out);
  const bool on_terminal = &out == &std::cout && isatty(STDOUT_FILENO) == 1;
  print_bench_table(config, results, summaries, on_terminal ? Emphasis::Bold : Emphasis::Plain, out);
  print_remarks(config, results, out);
  fmt::print(out, "{}, summary.csv, curve.svg\n", (folder / "results.csv").string());
  return Unit{};
}

}  // namespace

std::vector<Command> bench_commands() {
  return {
      {"bench",
       "BENCHMARK.yaml [--seeds N] [--evaluations N] [--algorithms A,B] [--pending N] [--set KEY=VALUE]... "
       "[--jobs N] [--out DIR]",
       "compare search algorithms on a table of known results; BENCHMARK: a file or a recipe's name", 1, 1,
       [](cxxopts::OptionAdder add) {
         add("seeds", "runs of each algorithm", cxxopts::value<std::string>(), "N");
         add("evaluations", "candidates of each run", cxxopts::value<std::string>(), "N");
         add("algorithms", "only these, by label or name; random joins them", cxxopts::value<std::string>(), "A,B");
         add("pending", "candidates under way at once", cxxopts::value<std::string>(), "N");
         add("set", "change the benchmark, e.g. isomorphic=together (repeatable)",
             cxxopts::value<std::vector<std::string>>(), "KEY=VALUE");
         add("jobs", "threads (default: one a core)", cxxopts::value<std::string>(), "N");
         add("out", "folder of the results (default: bench/BENCHMARK); its files are replaced",
             cxxopts::value<std::string>(), "DIR");
       },
       bench,
       [] { return "A benchmark is a YAML file with these keys; --set KEY=VALUE changes them.\n\n" + bench_help(); }}};
}

}  // namespace nas
