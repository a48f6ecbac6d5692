#include "search_spaces/architecture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "nas/option.h"

namespace nas {
namespace {

std::optional<std::int32_t> option_index(const Gene& gene, const YamlNode& written) {
  std::optional<double> number = written.number();
  if (!written.quoted && (written.text == "true" || written.text == "false")) number = written.text == "true" ? 1 : 0;
  for (std::size_t i = 0; i < gene.options.size(); ++i) {
    const GeneOption& option = gene.options[i];
    const bool same = number && option.number ? *number == *option.number : written.text == option.name;
    if (same) return static_cast<std::int32_t>(i);
  }
  return std::nullopt;
}

Error unknown_option(const ArchitectureDefinition& architecture, const Gene& gene, const YamlNode& written) {
  std::vector<std::string> names;
  for (const GeneOption& option : gene.options) names.push_back(option.name);
  return Error{fmt::format("{}: architecture '{}': gene '{}' has no option '{}'{}", to_string(written.place),
                           architecture.name, gene.name, written.text, suggest(written.text, names))};
}

/// "EfficientNet-B0" and "efficientnet_b0" are one name to people.
std::string letters_and_digits(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) plain += static_cast<char>(std::tolower(c));
  }
  return plain;
}

/// Genes that decide something and are not named.
std::vector<std::string> open_genes(const std::vector<Gene>& genes, const Genotype& genotype,
                                    const std::vector<bool>& named) {
  const std::vector<bool> active = active_genes(genes, genotype);
  std::vector<std::string> open;
  for (std::size_t i = 0; i < genes.size(); ++i) {
    const bool decides = active[i] && genes[i].options.size() > 1 && genes[i].hyperparameter.empty();
    if (decides && !named[i]) open.push_back(genes[i].name);
  }
  return open;
}

}  // namespace

Result<const ArchitectureDefinition*> find_architecture(const SpaceAst& ast, const std::string& name) {
  std::vector<std::string> names;
  std::vector<const ArchitectureDefinition*> alike;
  for (const ArchitectureDefinition& architecture : ast.architectures) {
    if (architecture.name == name) return &architecture;
    if (letters_and_digits(architecture.name) == letters_and_digits(name)) alike.push_back(&architecture);
    names.push_back(architecture.name);
  }
  if (alike.size() == 1) return alike.front();
  return Error{fmt::format("space '{}' has no architecture '{}'{}", ast.name, name,
                           names.empty() ? ", the file names none" : suggest(name, names))};
}

Result<Genotype> architecture_genotype(const ArchitectureDefinition& architecture, const GeneTable& table) {
  const std::vector<Gene>& genes = table.genes;
  Genotype genotype{std::vector<std::int32_t>(genes.size(), 0)};
  std::vector<bool> named(genes.size());
  std::vector<std::string> names;
  for (const Gene& gene : genes) names.push_back(gene.name);
  for (const auto& [name, written] : architecture.choices) {
    const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    if (at == names.size()) {
      return Error{fmt::format("{}: architecture '{}': unknown gene '{}'{}", to_string(written.place),
                               architecture.name, name, suggest(name, names))};
    }
    const auto option = option_index(genes[at], written);
    if (!option) return unknown_option(architecture, genes[at], written);
    genotype.genes[at] = *option;
    named[at] = true;
  }
  std::vector<std::string> open = open_genes(genes, genotype, named);
  if (open.empty()) return canonical(genes, std::move(genotype));
  const std::size_t count = open.size();
  open.resize(std::min<std::size_t>(count, 5));
  return Error{fmt::format("{}: architecture '{}' leaves {} gene{} open: {}{}", to_string(architecture.place),
                           architecture.name, count, count == 1 ? "" : "s", fmt::join(open, ", "),
                           count > open.size() ? ", ..." : "")};
}

}  // namespace nas
