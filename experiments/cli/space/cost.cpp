// nas space cost

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "experiments/cli/space/all_cores.h"
#include "experiments/cli/space/network_report.h"
#include "experiments/cli/space/space_rows.h"

namespace nas {
namespace {

Result<std::vector<Genotype>> read_genotypes(const TextSpace& space, const std::string& file) {
  std::ifstream in(file);
  if (!in) return Error{fmt::format("--genotypes {}: can't be opened, expected a file with one genotype a line", file)};
  std::vector<Genotype> genotypes;
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    if (text.empty()) continue;
    auto genotype = read_genotype(space, text, fmt::format("{}:{}", file, number));
    if (!genotype) return genotype.error();
    genotypes.push_back(std::move(*genotype));
  }
  if (in.bad())
    return Error{fmt::format("--genotypes {}: can't be read, expected a file with one genotype a line", file)};
  return genotypes;
}

/// Genotypes in the order of the options; a space without genes has one, which nobody needs to give.
Result<std::vector<Genotype>> asked_genotypes(const CommandLine& line, const TextSpace& space) {
  std::vector<Genotype> genotypes;
  if (line.options.count("genotype") > 0) {
    auto genotype = read_genotype(space, line.options["genotype"].as<std::string>(), "--genotype");
    if (!genotype) return genotype.error();
    genotypes.push_back(std::move(*genotype));
  }
  if (line.options.count("genotypes") > 0) {
    auto more = read_genotypes(space, line.options["genotypes"].as<std::string>());
    if (!more) return more.error();
    genotypes.insert(genotypes.end(), more->begin(), more->end());
  }
  if (genotypes.empty() && space.genes().empty() && line.options.count("architecture") == 0) genotypes.emplace_back();
  return genotypes;
}

Result<std::vector<ChosenNetwork>> asked_networks(const CommandLine& line, OpenedSpace& opened) {
  std::vector<ChosenNetwork> networks;
  const std::shared_ptr<const TextSpace> space = std::move(opened.space);
  if (line.options.count("architecture") > 0) {
    const auto names = architecture_names(*space, line.options["architecture"].as<std::vector<std::string>>());
    if (!names) return names.error();
    for (const std::string& name : *names) {
      auto network = chosen_architecture(opened, name);
      if (!network) return network.error();
      networks.push_back(std::move(*network));
    }
  }
  auto genotypes = asked_genotypes(line, *space);
  if (!genotypes) return genotypes.error();
  for (Genotype& genotype : *genotypes) networks.push_back({"", space, std::move(genotype)});
  if (!networks.empty()) return networks;
  return Error{
      "space cost: nothing to count, give --genotype 0,3,1,... or --genotypes FILE or --architecture NAME (or all)"};
}

/// Counted on all cores; in the order of the networks.
std::vector<NetworkReport> reports_on(const std::vector<ChosenNetwork>& networks, std::int64_t batch) {
  std::vector<NetworkReport> reports(networks.size());
  std::atomic<std::size_t> next = 0;
  on_all_cores([&] {
    for (std::size_t i = next++; i < networks.size(); i = next++) reports[i] = report_on(networks[i], batch);
  });
  return reports;
}

void print_short_csv(const std::vector<NetworkReport>& reports, std::ostream& out) {
  fmt::print(out, "genotype,params,macs,hash\n");
  for (const NetworkReport& report : reports) {
    if (is_disconnected(Error{report.error})) {
      fmt::print(out, "\"{}\",,,{:016x}\n", report.genotype, kNoNetwork);
    } else if (!report.error.empty()) {
      fmt::print(out, "\"{}\",,,\n", report.genotype);
    } else {
      fmt::print(out, "\"{}\",{},{},{:016x}\n", report.genotype, report.cost.params, report.cost.macs, report.hash);
    }
  }
}

/// An architecture has a network: the author of the space says so.
std::optional<Error> failed_architecture(const std::vector<NetworkReport>& reports) {
  for (const NetworkReport& report : reports) {
    if (!report.name.empty() && !report.error.empty()) {
      return Error{fmt::format("architecture '{}': {}", report.name, report.error)};
    }
  }
  return std::nullopt;
}

/// Genotypes that can't be counted; one that is only disconnected has its hash for an answer.
std::optional<Error> failed_genotypes(const std::vector<NetworkReport>& reports) {
  std::size_t failed = 0;
  std::string first;
  for (const NetworkReport& report : reports) {
    if (report.error.empty() || is_disconnected(Error{report.error})) continue;
    if (failed++ == 0) first = report.error;
  }
  if (failed == 0) return std::nullopt;
  return Error{failed == 1 ? first
                           : fmt::format("{} of {} can't be counted, the first: {}", failed, reports.size(), first)};
}

Result<Unit> cost(const CommandLine& line, std::ostream& out) {
  auto opened = open_space(line);
  if (!opened) return opened.error();
  if (!opened->space->has_network())
    return Error{fmt::format("space '{}' has no network, so there is nothing to count", opened->space->name())};
  const auto batch = line.options["batch"].as<std::int64_t>();
  if (batch < 1) return Error{fmt::format("--batch {}: expected a number of examples, 1 or more", batch)};
  const auto networks = asked_networks(line, *opened);
  if (!networks) return networks.error();
  const std::vector<NetworkReport> reports = reports_on(*networks, batch);
  if (const auto error = failed_architecture(reports)) return *error;
  if (wants_json(line)) {
    fmt::print(out, "{}\n", reports_json(reports, batch).dump(2));
  } else if (line.options.count("csv") > 0) {
    print_reports_csv(reports, out);
  } else if (line.options.count("architecture") > 0 || line.options.count("batch") > 0) {
    print_reports(reports, batch, out);
  } else {
    print_short_csv(reports, out);
  }
  if (auto error = failed_genotypes(reports)) return std::move(*error);
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("genotype", "option indices joined by commas, in the order of `space describe`", cxxopts::value<std::string>(),
      "G");
  add("genotypes", "a file with one genotype a line", cxxopts::value<std::string>(), "FILE");
  add("architecture", "a named network of the space (repeatable), or all", cxxopts::value<std::vector<std::string>>(),
      "NAME");
  add("batch", "examples at a time, for the memory of activations", cxxopts::value<std::int64_t>()->default_value("1"),
      "N");
  add("csv", "everything as CSV, bytes in place of MiB");
  declare_json_option(add);
  declare_space_options(add);
}

std::string notes() {
  return "Genotypes alone, without --batch, --csv and --json, are answered as CSV: genotype, params, macs, hash (hex;\n"
         "0: the output does not depend on the input).\n";
}

}  // namespace

Command space_cost_row() {
  return {"space cost",
          "SPACE [--architecture NAME] [--genotype G] [--genotypes FILE] [--batch N]",
          "params, MACs, memory of activations, depth, layers and hash of networks",
          1,
          1,
          declare,
          cost,
          notes};
}

}  // namespace nas
