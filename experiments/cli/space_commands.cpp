// nas space describe | sample | cost

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "experiments/cli/rows.h"
#include "experiments/commands/count_text.h"
#include "experiments/config/shipped_files.h"
#include "nas/network.h"
#include "search_spaces/text_space.h"

namespace nas {
namespace {

using SpacePtr = std::unique_ptr<TextSpace>;

/// `parameters.channels=36` -> {"channels", 36}; only parameters may be set here.
Result<SpaceOverrides> overrides_from(const CommandLine& line) {
  SpaceOverrides overrides;
  if (line.options.count("set") == 0) return overrides;
  for (const std::string& text : line.options["set"].as<std::vector<std::string>>()) {
    constexpr std::string_view kPrefix = "parameters.";
    const auto equals = text.find('=');
    char* end = nullptr;
    const double number = equals == std::string::npos ? 0 : std::strtod(text.c_str() + equals + 1, &end);
    if (!text.starts_with(kPrefix) || end == nullptr || *end != '\0' || end == text.c_str() + equals + 1) {
      return Error{fmt::format("--set {}: expected parameters.NAME=NUMBER", text)};
    }
    overrides.parameters.push_back({text.substr(kPrefix.size(), equals - kPrefix.size()), number});
  }
  return overrides;
}

Result<SpacePtr> load_space(const CommandLine& line) {
  const auto path = find_space(line.arguments.at(0), std::filesystem::current_path());
  if (!path) return path.error();
  const auto tree = read_yaml(*path);
  if (!tree) return tree.error();
  const auto overrides = overrides_from(line);
  if (!overrides) return overrides.error();
  return TextSpace::make(*tree, *overrides);
}

std::string activity(const std::vector<Gene>& genes, const Gene& gene) {
  std::string text;
  for (const auto& conjunction : gene.active_when) {
    if (!text.empty()) text += " or ";
    for (std::size_t i = 0; i < conjunction.size(); ++i) {
      const Gene& other = genes[conjunction[i].gene];
      text += i == 0 ? "" : " and ";
      text += other.name + "=";
      for (std::size_t j = 0; j < conjunction[i].options.size(); ++j) {
        text += (j == 0 ? "" : "|") + other.options[static_cast<std::size_t>(conjunction[i].options[j])].name;
      }
    }
  }
  return text.empty() ? "always" : text;
}

void describe_json(const TextSpace& space, std::ostream& out) {
  nlohmann::ordered_json genes = nlohmann::ordered_json::array();
  for (const Gene& gene : space.genes()) {
    nlohmann::ordered_json options = nlohmann::ordered_json::array();
    for (const GeneOption& option : gene.options) {
      options.push_back(option.number ? nlohmann::ordered_json(*option.number) : nlohmann::ordered_json(option.name));
    }
    genes.push_back({{"name", gene.name}, {"options", options}, {"active", activity(space.genes(), gene)}});
    if (!gene.hyperparameter.empty()) genes.back()["hyperparameter"] = gene.hyperparameter;
  }
  nlohmann::ordered_json json = {{"space", space.name()}, {"source", space.source()}, {"genes", genes}};
  json["size"] = nullptr;  // written in full below
  json["network"] = space.has_network();
  for (const auto& [name, number] : space.parameters()) json["parameters"][name] = number;
  fmt::print(out, "{}\n", with_integer(json.dump(2), "size", count_genotypes(space.genes())));
}

void describe_text(const TextSpace& space, std::ostream& out) {
  fmt::print(out, "{}\n", space.name());
  if (!space.source().empty()) fmt::print(out, "source: {}\n", space.source());
  if (space.input()) fmt::print(out, "input: {}\n", to_string(*space.input()));
  for (const auto& [name, number] : space.parameters()) fmt::print(out, "parameter {} = {:.10g}\n", name, number);
  fmt::print(out, "genotypes: {}\n\n", count_text(count_genotypes(space.genes())));
  std::size_t width = 4;
  for (const Gene& gene : space.genes()) width = std::max(width, gene.name.size());
  fmt::print(out, "{:>4}  {:<{}}  options\n", "gene", "name", width);
  for (std::size_t i = 0; i < space.genes().size(); ++i) {
    const Gene& gene = space.genes()[i];
    std::string options;
    for (std::size_t j = 0; j < gene.options.size(); ++j) {
      options += fmt::format("{}{} {}", j == 0 ? "" : ", ", j, gene.options[j].name);
    }
    fmt::print(out, "{:>4}  {:<{}}  {}\n", i, gene.name, width, options);
    if (!gene.active_when.empty())
      fmt::print(out, "{:>4}  {:<{}}  active: {}\n", "", "", width, activity(space.genes(), gene));
  }
}

Result<Unit> describe(const CommandLine& line, std::ostream& out) {
  const auto space = load_space(line);
  if (!space) return space.error();
  if (line.options.count("json") > 0) {
    describe_json(**space, out);
  } else {
    describe_text(**space, out);
  }
  return Unit{};
}

Result<Unit> sample(const CommandLine& line, std::ostream& out) {
  const auto space = load_space(line);
  if (!space) return space.error();
  const auto count = line.options["count"].as<std::uint64_t>();
  const auto seed = line.options["seed"].as<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    Rng rng(seed, i, Stream::Sample);
    fmt::print(out, "{}\n", to_string((*space)->sample(rng)));
  }
  return Unit{};
}

/// A genotype as people give it: checked, inactive genes written 0.
Result<Genotype> read_genotype(const TextSpace& space, std::string_view text, std::string_view where) {
  const auto genotype = genotype_from(text);
  if (!genotype) {
    return Error{
        fmt::format("{}: '{}' is no genotype, expected option indices joined by commas such as 0,3,1", where, text)};
  }
  if (const auto error = check_genotype(space.genes(), *genotype)) {
    return Error{fmt::format("{}: {}; nas space describe lists the genes", where, error->message)};
  }
  return canonical(space.genes(), *genotype);
}

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

std::string cost_line(const TextSpace& space, const Genotype& genotype) {
  const auto network = space.decode(genotype);
  if (!network) return fmt::format("\"{}\",,,\n", to_string(genotype));
  const Cost cost = count_cost(*network);
  return fmt::format("\"{}\",{},{},{:016x}\n", to_string(genotype), cost.params, cost.macs, canonical_hash(*network));
}

/// One line a genotype, counted on all cores; the order of the lines is that of the genotypes.
std::vector<std::string> cost_lines(const TextSpace& space, const std::vector<Genotype>& genotypes) {
  std::vector<std::string> lines(genotypes.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < genotypes.size(); i = next++) lines[i] = cost_line(space, genotypes[i]);
  };
  std::vector<std::jthread> threads;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 1; i < std::min(cores, genotypes.size()); ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return lines;
}

Result<Unit> cost(const CommandLine& line, std::ostream& out) {
  const auto space = load_space(line);
  if (!space) return space.error();
  if (!(*space)->has_network())
    return Error{fmt::format("space '{}' has no network, so there is nothing to count", (*space)->name())};
  std::vector<Genotype> genotypes;
  if (line.options.count("genotype") > 0) {
    auto genotype = read_genotype(**space, line.options["genotype"].as<std::string>(), "--genotype");
    if (!genotype) return genotype.error();
    genotypes.push_back(std::move(*genotype));
  }
  if (line.options.count("genotypes") > 0) {
    auto more = read_genotypes(**space, line.options["genotypes"].as<std::string>());
    if (!more) return more.error();
    genotypes.insert(genotypes.end(), more->begin(), more->end());
  }
  if (genotypes.empty()) return Error{"space cost: nothing to count, give --genotype 0,3,1,... or --genotypes FILE"};
  fmt::print(out, "genotype,params,macs,hash\n");
  for (const std::string& text : cost_lines(**space, genotypes)) out << text;
  return Unit{};
}

void declare_set(cxxopts::OptionAdder& add) {
  add("set", "change a parameter of the space: parameters.NAME=NUMBER (repeatable)",
      cxxopts::value<std::vector<std::string>>(), "KEY=VALUE");
}

}  // namespace

std::vector<Command> space_commands() {
  return {
      {"space describe", "SPACE [--json]", "genes in order, when each is active, size of the space", 1, 1,
       [](cxxopts::OptionAdder add) {
         add("json", "machine-readable");
         declare_set(add);
       },
       describe},
      {"space sample", "SPACE --count N --seed S", "random genotypes, one a line", 1, 1,
       [](cxxopts::OptionAdder add) {
         add("count", "how many", cxxopts::value<std::uint64_t>()->default_value("10"), "N");
         add("seed", "of the random numbers", cxxopts::value<std::uint64_t>()->default_value("1"), "S");
         declare_set(add);
       },
       sample},
      {"space cost", "SPACE [--genotype G] [--genotypes FILE]",
       "CSV: genotype, params, macs, hash (hex; 0: the output does not depend on the input)", 1, 1,
       [](cxxopts::OptionAdder add) {
         add("genotype", "option indices joined by commas, in the order of `space describe`",
             cxxopts::value<std::string>(), "G");
         add("genotypes", "a file with one genotype a line", cxxopts::value<std::string>(), "FILE");
         declare_set(add);
       },
       cost},
  };
}

}  // namespace nas
