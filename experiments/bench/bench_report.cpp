#include "experiments/bench/bench_report.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>

#include "experiments/bench/read_algorithms.h"

namespace nas {

namespace {

constexpr int kMaxDecimals = 6;

/// Place of each point of `at` among the results' points.
std::vector<std::size_t> table_points(const BenchConfig& config, const BenchResults& results) {
  std::vector<std::size_t> places;
  for (const std::int64_t at : config.at) {
    const auto found = std::ranges::lower_bound(results.points, static_cast<std::uint64_t>(at));
    places.push_back(static_cast<std::size_t>(found - results.points.begin()));
  }
  return places;
}

/// So that the smallest standard error shows two digits.
int decimals_of(const std::vector<AlgorithmSummary>& summaries, std::size_t point) {
  double smallest = std::numeric_limits<double>::infinity();
  double largest = 0;
  for (const AlgorithmSummary& summary : summaries) {
    const MeanValue& value = summary.curve[point];
    if (value.standard_error > 0) smallest = std::min(smallest, value.standard_error);
    if (value.runs > 0) largest = std::max(largest, std::abs(value.mean));
  }
  if (std::isinf(smallest)) smallest = std::max(largest, 1e-6) * 1e-4;  // all runs alike
  return std::clamp(1 - static_cast<int>(std::floor(std::log10(smallest))), 0, kMaxDecimals);
}

std::string mean_text(const MeanValue& value, int decimals) {
  return value.runs == 0 ? "-" : fmt::format("{:.{}f}", value.mean, decimals);
}

struct Cell {
  std::string text;
  std::size_t width = 0;  // in characters
  bool bold = false;
};

/// The title and a cell an algorithm.
using Column = std::vector<Cell>;

Column value_column(const BenchConfig& config, const std::vector<AlgorithmSummary>& summaries, std::size_t point,
                    const std::string& title) {
  const int decimals = decimals_of(summaries, point);
  std::optional<double> best;
  for (const AlgorithmSummary& summary : summaries) {
    const MeanValue& value = summary.curve[point];
    if (value.runs == 0) continue;
    if (!best || (more_is_better(config) ? value.mean > *best : value.mean < *best)) best = value.mean;
  }
  Column column = {{title, title.size(), false}};
  for (const AlgorithmSummary& summary : summaries) {
    const MeanValue& value = summary.curve[point];
    const std::string mean = mean_text(value, decimals);
    const bool is_best = best && value.runs > 0 && mean == fmt::format("{:.{}f}", *best, decimals);
    if (value.runs == 0) {
      column.push_back({mean, mean.size(), false});
      continue;
    }
    const std::string text = fmt::format("{} ± {:.{}f}", mean, value.standard_error, decimals);
    column.push_back({text, text.size() - 1, is_best});  // the sign has two bytes
  }
  return column;
}

Column text_column(const std::string& title, const std::vector<std::string>& texts) {
  Column column = {{title, title.size(), false}};
  for (const std::string& text : texts) column.push_back({text, text.size(), false});
  return column;
}

std::size_t width_of(const Column& column) { return std::ranges::max_element(column, {}, &Cell::width)->width; }

std::string microseconds_text(double microseconds) {
  return microseconds < 100 ? fmt::format("{:.2g}", microseconds) : fmt::format("{:.0f}", microseconds);
}

/// The same in every picture.
std::size_t colour_of(std::string_view algorithm) {
  const auto rows = algorithms();
  const auto found = std::ranges::find(rows, algorithm, &AlgorithmRow::name);
  const auto place = static_cast<std::size_t>(found - rows.begin());
  return place > 0 ? place - 1 : 0;  // the first is the yardstick, which has none
}

std::string csv_number(double value) { return std::isnan(value) ? std::string() : fmt::format("{}", value); }

Result<Unit> write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return Unit{};
  return Error{fmt::format("{}: cannot be written, is the disk full or the folder read-only?", path.string())};
}

}  // namespace

void print_bench_table(const BenchConfig& config, const BenchResults& results,
                       const std::vector<AlgorithmSummary>& summaries, Emphasis emphasis, std::ostream& out) {
  std::vector<std::string> labels, times;
  for (const AlgorithmSummary& summary : summaries) {
    labels.push_back(summary.label);
    times.push_back(microseconds_text(summary.microseconds));
  }
  std::vector<Column> columns = {text_column("algorithm", labels)};
  const std::vector<std::size_t> places = table_points(config, results);
  for (std::size_t i = 0; i < places.size(); ++i) {
    columns.push_back(value_column(config, summaries, places[i], fmt::format("{} {}", config.at[i], results.unit)));
  }
  columns.push_back(text_column("us ask+tell", times));
  for (std::size_t row = 0; row <= summaries.size(); ++row) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Cell& cell = columns[i][row];
      const std::string padding(width_of(columns[i]) - cell.width, ' ');
      const bool bold = cell.bold && emphasis == Emphasis::Bold;
      const std::string text = bold ? fmt::format("\x1b[1m{}\x1b[0m", cell.text) : cell.text;
      line += i == 0 ? text + padding : "  " + padding + text;  // names left, numbers right
    }
    fmt::print(out, "{}\n", line);
  }
}

std::string results_csv(const BenchConfig& config, const BenchResults& results) {
  std::string text = fmt::format("algorithm,seed,{},value\n", results.unit);
  for (std::size_t i = 0; i < results.runs.size(); ++i) {
    for (std::size_t run = 0; run < results.runs[i].size(); ++run) {
      for (std::size_t point = 0; point < results.points.size(); ++point) {
        fmt::format_to(std::back_inserter(text), "{},{},{},{}\n", config.algorithms[i].label,
                       static_cast<std::uint64_t>(config.first_seed) + run, results.points[point],
                       csv_number(results.runs[i][run].values[point]));
      }
    }
  }
  return text;
}

std::string summary_csv(const BenchResults& results, const std::vector<AlgorithmSummary>& summaries) {
  std::string text = fmt::format("algorithm,{},runs,mean,standard_error\n", results.unit);
  for (const AlgorithmSummary& summary : summaries) {
    for (std::size_t point = 0; point < results.points.size(); ++point) {
      const MeanValue& value = summary.curve[point];
      fmt::format_to(std::back_inserter(text), "{},{},{},{},{}\n", summary.label, results.points[point], value.runs,
                     csv_number(value.mean), value.runs == 0 ? "" : csv_number(value.standard_error));
    }
  }
  return text;
}

Chart bench_chart(const BenchConfig& config, const BenchResults& results,
                  const std::vector<AlgorithmSummary>& summaries) {
  Chart chart;
  chart.title = config.benchmark;
  chart.subtitle = fmt::format("{}; mean of {} runs ± standard error, {} pending", describe_report(config),
                               config.seeds, config.pending);
  chart.x_label = results.unit;
  chart.y_label = config.objectives.size() > 1 ? "share of the true hypervolume" : config.report.front().expression;
  chart.more_is_better = more_is_better(config);
  // The first few evaluations are far worse than all that matters.
  constexpr double kSettled = 0.1;
  chart.from_x = std::min(static_cast<double>(config.at.front()), kSettled * static_cast<double>(config.most()));
  for (const std::uint64_t point : results.points) chart.x.push_back(static_cast<double>(point));
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    ChartLine line;
    line.label = summaries[i].label;
    line.colour = colour_of(config.algorithms[i].choice.type);
    line.is_yardstick = config.algorithms[i].choice.type == kYardstick;
    for (const MeanValue& value : summaries[i].curve) {
      line.y.push_back(value.mean);
      line.error.push_back(value.standard_error);
    }
    chart.lines.push_back(std::move(line));
  }
  return chart;
}

Result<Unit> make_bench_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (!failed) return Unit{};
  return Error{
      fmt::format("{}: cannot be made ({}), try --out with another folder", folder.string(), failed.message())};
}

Result<Unit> write_bench_files(const std::filesystem::path& folder, const BenchConfig& config,
                               const BenchResults& results, const std::vector<AlgorithmSummary>& summaries) {
  const std::pair<const char*, std::string> files[] = {
      {"results.csv", results_csv(config, results)},
      {"summary.csv", summary_csv(results, summaries)},
      {"curve.svg", to_svg(bench_chart(config, results, summaries))},
  };
  for (const auto& [name, text] : files) {
    const auto written = write_file(folder / name, text);
    if (!written) return written;
  }
  return Unit{};
}

}  // namespace nas
