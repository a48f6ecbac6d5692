// nas search --check: what the space holds and what the search will cost.

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>

#include "experiments/commands/count_text.h"
#include "experiments/commands/text_table.h"
#include "experiments/search/prepare.h"

namespace nas {
namespace {

constexpr int kSamples = 200;

struct SampledCosts {
  std::vector<double> params;  // sorted
  std::vector<double> macs;    // sorted
  int refused = 0;             // over a limit, or no network
};

SampledCosts sample_costs(const PreparedSearch& search) {
  SampledCosts costs;
  Rng rng(static_cast<std::uint64_t>(search.order.config.seed), 0, Stream::Sample);
  for (int i = 0; i < kSamples; ++i) {
    const Screening screening = search.screen(search.space->sample(rng));
    if (screening.verdict != Screening::Verdict::Accepted) {
      ++costs.refused;
      continue;
    }
    if (!screening.computed.contains("params") || !screening.computed.contains("macs")) continue;
    costs.params.push_back(screening.computed.at("params"));
    costs.macs.push_back(screening.computed.at("macs"));
  }
  std::sort(costs.params.begin(), costs.params.end());
  std::sort(costs.macs.begin(), costs.macs.end());
  return costs;
}

void print_range(std::ostream& out, const char* name, const std::vector<double>& sorted) {
  fmt::print(out, "{:<14}{} to {}, median {}\n", name, display_number(sorted.front()), display_number(sorted.back()),
             display_number(sorted[sorted.size() / 2]));
}

void print_starts(std::ostream& out, const std::vector<StartCandidate>& starts) {
  const char* title = "start from";
  for (const StartCandidate& start : starts) {
    fmt::print(out, "{:<14}{}{}\n", title, to_string(start.genotype),
               start.from.empty() ? "" : fmt::format("  ({})", start.from));
    title = "";
  }
}

}  // namespace

void print_check(const PreparedSearch& search, std::ostream& out) {
  const ExperimentConfig& config = search.order.config;
  fmt::print(out, "{:<14}{}, {} genes, {} genotypes\n", "space", search.space->name(), search.space->genes().size(),
             count_text(try_count_genotypes(search.space->genes())));
  const SampledCosts costs = sample_costs(search);
  if (!costs.macs.empty()) {
    print_range(out, "params", costs.params);
    print_range(out, "macs", costs.macs);
  }
  fmt::print(out, "{:<14}{} of {} random samples meet the limits and have a network\n", "usable",
             kSamples - costs.refused, kSamples);
  fmt::print(out, "{:<14}{}, {} candidates, seed {}\n", "algorithm", config.algorithm.type, config.evaluations,
             config.seed);
  for (const std::string& note : search.notes) fmt::print(out, "{:<14}{}\n", "", note);
  print_starts(out, search.starts);
  if (search.order.data && !costs.macs.empty()) {
    const DataDescription& data = *search.order.data;
    fmt::print(out, "{:<14}{}: {}{} training and {} validation records, {}{}\n", "data", config.data.set,
               data.folds > 0 ? fmt::format("{} folds of ", data.folds) : "", data.train, data.validation,
               config.data.task, data.classes > 0 ? fmt::format(", {} classes", data.classes) : "");
    // A backward pass costs twice a forward pass; validation is one forward pass an epoch.
    const double records = static_cast<double>(config.training.epochs * std::max<std::int64_t>(1, data.folds)) *
                           (3.0 * static_cast<double>(data.train) + static_cast<double>(data.validation));
    const double total = records * costs.macs[costs.macs.size() / 2] * static_cast<double>(config.evaluations);
    fmt::print(out, "{:<14}{} epochs a candidate, about {:.3g} MACs in all at the median size\n", "cost",
               config.training.epochs, total);
  }
  fmt::print(out, "nothing is wrong with this experiment\n");
}

}  // namespace nas
