// nas space describe

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "experiments/cli/space/open_space.h"
#include "experiments/cli/space/space_rows.h"
#include "experiments/commands/count_text.h"

namespace nas {
namespace {

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
  json["size"] = nullptr;
  json["network"] = space.has_network();
  for (const auto& [name, number] : space.parameters()) json["parameters"][name] = number;
  json["architectures"] = space.architectures();
  fmt::print(out, "{}\n", with_integer(json.dump(2), "size", try_count_genotypes(space.genes())));
}

void describe_text(const TextSpace& space, std::ostream& out) {
  fmt::print(out, "{}\n", space.name());
  if (!space.source().empty()) fmt::print(out, "source: {}\n", space.source());
  if (space.input()) fmt::print(out, "input: {}\n", to_string(*space.input()));
  for (const auto& [name, number] : space.parameters()) fmt::print(out, "parameter {} = {:.10g}\n", name, number);
  if (!space.architectures().empty()) {
    fmt::print(out, "architectures: {}\n", fmt::join(space.architectures(), ", "));
  }
  fmt::print(out, "genotypes: {}\n\n", count_text(try_count_genotypes(space.genes())));
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
  const auto opened = open_space(line);
  if (!opened) return opened.error();
  wants_json(line) ? describe_json(*opened->space, out) : describe_text(*opened->space, out);
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  declare_json_option(add);
  declare_space_options(add);
}

}  // namespace

Command space_describe_row() {
  return {"space describe", "SPACE [--json]", "genes in order, when each is active, size of the space", 1, 1,
          declare,          describe};
}

}  // namespace nas
