// Table::load of nas/table_evaluator.h: from the cells of a CSV file to genotypes and numbers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "nas/csv_table.h"
#include "nas/table_evaluator.h"

namespace nas {
namespace {

constexpr std::size_t kMaxErrors = 10;  // shown; a table with a wrong column has thousands
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Collects what is wrong, a line each.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(std::size_t line, const std::string& what) {
    if (++count_ <= kMaxErrors) lines_.push_back(fmt::format("{}:{}: {}", file_, line, what));
  }
  [[nodiscard]] bool any() const { return count_ > 0; }
  [[nodiscard]] Error error() const {
    std::string text = fmt::format("{}", fmt::join(lines_, "\n"));
    if (count_ > kMaxErrors) text += fmt::format("\n{}: and {} more", file_, count_ - kMaxErrors);
    return Error{text};
  }

 private:
  std::string file_;
  std::vector<std::string> lines_;
  std::size_t count_ = 0;
};

// Empty for a word. `nan` and `inf` are numbers that are missing.
std::optional<double> number_in(std::string_view cell) {
  const auto first = cell.find_first_not_of(' ');
  if (first == std::string_view::npos) return kMissing;
  cell = cell.substr(first, cell.find_last_not_of(' ') - first + 1);
  if (cell.size() > 1 && cell.front() == '+') cell.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (end != cell.data() + cell.size() || status == std::errc::invalid_argument) return std::nullopt;
  return status == std::errc{} && std::isfinite(value) ? value : kMissing;
}

// One digit a gene, or integers joined by commas.
std::optional<Genotype> genotype_in(const std::string& cell, std::size_t genes) {
  const bool digits = std::all_of(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || genes == 1) return genotype_from(cell);
  Genotype genotype;
  for (const char digit : cell) genotype.genes.push_back(digit - '0');
  return genotype;
}

using Genotypes = std::vector<std::optional<Genotype>>;  // by row; empty: has a problem

Genotypes read_genotype_column(const CsvTable& csv, std::size_t column, const std::vector<Gene>& genes,
                               Problems& problems) {
  Genotypes genotypes;
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    const std::string& cell = csv.rows[row][column];
    std::optional<Genotype> genotype = genotype_in(cell, genes.size());
    std::optional<Error> error;
    if (!genotype) {
      error = Error{fmt::format("'{}' is no genotype, write option indices as in '3,0,1' or '301'", cell)};
    } else {
      error = check_genotype(genes, *genotype);
    }
    if (error) problems.add(csv.lines[row], fmt::format("{}: {}", csv.columns[column], error->message));
    genotypes.push_back(error ? std::nullopt : std::optional(canonical(genes, *std::move(genotype))));
  }
  return genotypes;
}

std::optional<std::int32_t> option_named(const Gene& gene, const std::string& cell) {
  const std::optional<double> number = number_in(cell);
  for (std::size_t i = 0; i < gene.options.size(); ++i) {
    const GeneOption& option = gene.options[i];
    if (option.name == cell || (option.number && number && *option.number == *number)) {
      return static_cast<std::int32_t>(i);
    }
  }
  return std::nullopt;
}

std::optional<std::int32_t> option_at(const Gene& gene, const std::string& cell) {
  std::int32_t index = -1;
  const auto [end, status] = std::from_chars(cell.data(), cell.data() + cell.size(), index);
  const bool whole = status == std::errc{} && end == cell.data() + cell.size();
  const bool in_range = index >= 0 && index < static_cast<std::int32_t>(gene.options.size());
  return whole && in_range ? std::optional(index) : std::nullopt;
}

// Option of each row; -1 for an empty cell. A column is all names or all indices.
std::vector<std::int32_t> read_gene_column(const CsvTable& csv, std::size_t column, const Gene& gene,
                                           Problems& problems) {
  const auto read = [&](auto reader, Problems* report) {
    std::vector<std::int32_t> options;
    for (std::size_t row = 0; row < csv.rows.size(); ++row) {
      const std::string& cell = csv.rows[row][column];
      const std::optional<std::int32_t> option = cell.empty() ? -1 : reader(gene, cell);
      if (!option && report == nullptr) return std::vector<std::int32_t>{};
      if (!option) {
        std::vector<std::string> names;
        for (const GeneOption& known : gene.options) names.push_back(known.name);
        report->add(csv.lines[row],
                    fmt::format("gene '{}' has no option '{}'{}", gene.name, cell, suggest(cell, names)));
      }
      options.push_back(option.value_or(-1));
    }
    return options;
  };
  for (const auto reader : {&option_named, &option_at}) {
    std::vector<std::int32_t> options = read(reader, nullptr);
    if (options.size() == csv.rows.size()) return options;
  }
  return read(&option_named, &problems);
}

Genotypes read_gene_columns(const CsvTable& csv, const std::vector<Gene>& genes, Problems& problems) {
  std::vector<Genotype> written(csv.rows.size());
  for (const Gene& gene : genes) {
    const std::vector<std::int32_t> options = read_gene_column(csv, *csv.find_column(gene.name), gene, problems);
    for (std::size_t row = 0; row < csv.rows.size(); ++row) written[row].genes.push_back(options[row]);
  }
  if (problems.any()) return Genotypes(csv.rows.size());
  Genotypes genotypes;
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    const std::vector<bool> active = active_genes(genes, written[row]);
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      if (active[gene] && written[row].genes[gene] < 0) {
        problems.add(csv.lines[row], fmt::format("gene '{}' is empty, though it is active there", genes[gene].name));
      }
      if (!active[gene]) written[row].genes[gene] = 0;
    }
    genotypes.emplace_back(std::move(written[row]));
  }
  return genotypes;
}

// The columns that say what a row is of; none has an error.
Result<std::vector<std::size_t>> genotype_columns(const CsvTable& csv, const TableOptions& options,
                                                  const std::vector<Gene>& genes) {
  if (const auto column = csv.find_column(options.genotype_column)) return std::vector<std::size_t>{*column};
  std::vector<std::size_t> columns;
  std::vector<std::string> absent;
  for (const Gene& gene : genes) {
    const auto column = csv.find_column(gene.name);
    if (column) columns.push_back(*column);
    if (!column) absent.push_back(fmt::format("'{}'", gene.name));
  }
  if (absent.empty() && !genes.empty()) return columns;
  if (!columns.empty()) {
    return Error{fmt::format("{}: the genes {} have no column (a table without a column '{}' has one for each gene)",
                             options.file, fmt::join(absent, ", "), options.genotype_column)};
  }
  return Error{fmt::format("{}: no column '{}' (it says which genotype a row is of){}; set genotype_column",
                           options.file, options.genotype_column, suggest(options.genotype_column, csv.columns))};
}

// Numbers of one column; empty for a column of words. Words among numbers are problems.
std::optional<std::vector<double>> read_metric(const CsvTable& csv, std::size_t column, Problems& problems) {
  std::vector<double> values;
  std::vector<std::size_t> words;
  bool any_number = false;
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    const std::optional<double> value = number_in(csv.rows[row][column]);
    if (!value) words.push_back(row);
    any_number = any_number || (value && !std::isnan(*value));
    values.push_back(value.value_or(kMissing));
  }
  if (!any_number) return std::nullopt;
  for (const std::size_t row : words) {
    problems.add(csv.lines[row], fmt::format("{}: '{}' is no number, leave the cell empty where there is no value",
                                             csv.columns[column], csv.rows[row][column]));
  }
  return values;
}

struct MetricColumns {
  std::vector<std::string> names;
  std::vector<std::vector<double>> values;  // (metrics, rows)
};

MetricColumns read_metrics(const CsvTable& csv, const std::vector<std::size_t>& others, Problems& problems) {
  MetricColumns metrics;
  for (std::size_t column = 0; column < csv.columns.size(); ++column) {
    if (std::find(others.begin(), others.end(), column) != others.end()) continue;
    auto values = read_metric(csv, column, problems);
    if (!values) continue;
    metrics.names.push_back(csv.columns[column]);
    metrics.values.push_back(*std::move(values));
  }
  return metrics;
}

bool same_numbers(const MetricColumns& metrics, std::size_t a, std::size_t b) {
  return std::all_of(metrics.values.begin(), metrics.values.end(), [&](const std::vector<double>& values) {
    return values[a] == values[b] || (std::isnan(values[a]) && std::isnan(values[b]));
  });
}

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

// The columns of epochs and values that are none: empty where the table has no epochs.
Result<std::optional<std::size_t>> epoch_column(const CsvTable& csv, const TableOptions& options) {
  if (options.epoch_column.empty()) {
    if (options.epochs == 0) return std::optional<std::size_t>{};
    return Error{fmt::format("{}: epochs: {} without an epoch_column (which numbers a genotype's rows), name it",
                             options.file, options.epochs)};
  }
  const auto column = csv.find_column(options.epoch_column);
  if (!column) {
    return Error{fmt::format("{}: epoch_column: no column '{}'{}", options.file, options.epoch_column,
                             suggest(options.epoch_column, csv.columns))};
  }
  if (options.epochs > 0) return column;
  return Error{fmt::format("{}: epoch_column '{}' without `epochs` (those of a full training), say how many",
                           options.file, options.epoch_column)};
}

// The epoch of each row; 0 where it is none, which is a problem.
std::vector<std::size_t> read_epochs(const CsvTable& csv, std::size_t column, Problems& problems) {
  constexpr std::size_t kMost = 1'000'000;
  std::vector<std::size_t> epochs;
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    const std::string& cell = csv.rows[row][column];
    std::size_t& epoch = epochs.emplace_back(0);
    const auto [end, status] = std::from_chars(cell.data(), cell.data() + cell.size(), epoch);
    if (status == std::errc{} && end == cell.data() + cell.size() && epoch >= 1 && epoch <= kMost) continue;
    epoch = 0;
    problems.add(csv.lines[row],
                 fmt::format("{}: '{}' is no epoch, which is a whole number from 1", csv.columns[column], cell));
  }
  return epochs;
}

using RowIndex = std::unordered_map<Genotype, std::size_t, GenotypeHash>;

// The file's rows that count: the first of each genotype. `index` gets their places among these.
std::vector<std::size_t> index_rows(const CsvTable& csv, const Genotypes& genotypes, const MetricColumns& metrics,
                                    RowIndex& index, Problems& problems) {
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < genotypes.size(); ++row) {
    if (!genotypes[row]) continue;
    const auto [at, added] = index.try_emplace(*genotypes[row], kept.size());
    if (added) {
      kept.push_back(row);
    } else if (!same_numbers(metrics, kept[at->second], row)) {
      problems.add(csv.lines[row], fmt::format("other values than line {} for the same genotype {}",
                                               csv.lines[kept[at->second]], to_string(*genotypes[row])));
    }
  }
  return kept;
}

// The same of a table with epochs: for each genotype the rows of its epochs from 1 to `wanted`.
std::vector<std::size_t> index_curves(const CsvTable& csv, const Genotypes& genotypes,
                                      const std::vector<std::size_t>& epochs, std::size_t wanted, RowIndex& index,
                                      Problems& problems) {
  constexpr std::size_t kNoRow = std::numeric_limits<std::size_t>::max();
  const std::size_t last = *std::ranges::max_element(epochs);
  std::vector<std::size_t> first;                // row of each genotype
  std::vector<std::vector<std::size_t>> curves;  // (genotypes, last)
  for (std::size_t row = 0; row < genotypes.size(); ++row) {
    if (!genotypes[row] || epochs[row] == 0) continue;
    const auto [at, added] = index.try_emplace(*genotypes[row], curves.size());
    if (added) first.push_back(row);
    if (added) curves.emplace_back(last, kNoRow);
    std::size_t& place = curves[at->second][epochs[row] - 1];
    if (place != kNoRow) {
      problems.add(csv.lines[row], fmt::format("a second row for epoch {} of {}, after line {}", epochs[row],
                                               to_string(*genotypes[row]), csv.lines[place]));
    }
    place = row;
  }
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto gap = std::ranges::find(curves[i], kNoRow);
    if (gap != curves[i].end()) {
      problems.add(
          csv.lines[first[i]],
          fmt::format("{} has no row for epoch {} (the table has epochs to {}, all genotypes need all), add it "
                      "or leave out the genotype",
                      to_string(*genotypes[first[i]]), gap - curves[i].begin() + 1, last));
    }
    kept.insert(kept.end(), curves[i].begin(), curves[i].begin() + static_cast<std::ptrdiff_t>(std::min(last, wanted)));
  }
  return kept;
}

// Either of the two. Error: also what the genotypes and numbers brought to `problems`.
Result<std::vector<std::size_t>> choose_rows(const CsvTable& csv, const TableOptions& options,
                                             std::optional<std::size_t> epoch_column, const Genotypes& genotypes,
                                             const MetricColumns& metrics, RowIndex& index, Problems& problems) {
  if (!epoch_column) {
    auto kept = index_rows(csv, genotypes, metrics, index, problems);
    if (problems.any()) return problems.error();
    return kept;
  }
  const std::vector<std::size_t> epochs = read_epochs(csv, *epoch_column, problems);
  auto kept = index_curves(csv, genotypes, epochs, static_cast<std::size_t>(options.epochs), index, problems);
  if (problems.any()) return problems.error();
  const std::size_t last = *std::ranges::max_element(epochs);
  if (!std::cmp_less(last, options.epochs)) return kept;
  return Error{
      fmt::format("{}: epochs: {} is more than the table has, try epochs: {}", options.file, options.epochs, last)};
}

// Those of `metrics` that are known before training.
Result<std::vector<bool>> find_computed(const TableOptions& options, const std::vector<std::string>& metrics) {
  for (const std::string& pattern : options.computed) {
    if (pattern.ends_with('*') || std::ranges::find(metrics, pattern) != metrics.end()) continue;
    return Error{fmt::format("{}: computed: no metric '{}'{}", options.file, pattern, suggest(pattern, metrics))};
  }
  std::vector<bool> computed;
  for (const std::string& name : metrics) {
    const auto matches_name = [&](const std::string& pattern) { return matches(name, pattern); };
    computed.push_back(std::ranges::any_of(options.computed, matches_name));
  }
  return computed;
}

}  // namespace

Result<Table> Table::load(const TableOptions& options, const std::vector<Gene>& genes) {
  const Result<CsvTable> csv = read_csv(options.file);
  return csv ? make(*csv, options, genes) : csv.error();
}

Result<Table> Table::make(const CsvTable& csv, const TableOptions& options, const std::vector<Gene>& genes) {
  const auto columns = genotype_columns(csv, options, genes);
  if (!columns) return columns.error();
  if (csv.rows.empty()) return Error{fmt::format("{}: no rows under the header", options.file)};
  Problems problems(options.file);
  const bool one_column = csv.find_column(options.genotype_column).has_value();
  const Genotypes genotypes = one_column ? read_genotype_column(csv, columns->front(), genes, problems)
                                         : read_gene_columns(csv, genes, problems);
  const auto epochs = epoch_column(csv, options);
  if (!epochs) return epochs.error();
  std::vector<std::size_t> others = *columns;
  if (*epochs) others.push_back(**epochs);
  const MetricColumns metrics = read_metrics(csv, others, problems);
  Table table;
  const auto kept = choose_rows(csv, options, *epochs, genotypes, metrics, table.rows_, problems);
  if (!kept) return kept.error();
  auto computed = find_computed(options, metrics.names);
  if (!computed) return computed.error();
  if (metrics.names.empty()) return Error{fmt::format("{}: no column holds numbers, so no metric", options.file)};
  table.file_ = options.file;
  table.metrics_ = metrics.names;
  table.computed_ = std::move(*computed);
  table.epochs_ = static_cast<std::int32_t>(options.epochs);
  const std::size_t of_each = kept->size() / table.rows_.size();
  for (std::size_t i = 0; i < kept->size(); ++i) {
    const std::size_t row = (*kept)[i];
    if (i % of_each == 0) {
      table.genotypes_.push_back(*genotypes[row]);
      table.lines_.push_back(csv.lines[row]);
    }
    for (const std::vector<double>& values : metrics.values) table.values_.push_back(values[row]);
  }
  return table;
}

}  // namespace nas
