#include "search_spaces/text_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nas/option.h"
#include "search_spaces/decoder.h"
#include "search_spaces/gene_table.h"
#include "search_spaces/space_parser.h"

namespace nas {
namespace {

constexpr std::uint64_t kCheckSamples = 200;

std::optional<Error> apply(const SpaceOverrides& overrides, SpaceAst& ast) {
  std::vector<std::string> names;
  for (const auto& [name, number] : ast.parameters) names.push_back(name);
  for (const ParameterOverride& change : overrides.parameters) {
    const auto found = std::find(names.begin(), names.end(), change.name);
    if (found == names.end()) {
      const std::string where = change.place.file ? to_string(change.place) + ": " : "";
      return Error{fmt::format("{}space '{}' has no parameter '{}'{}", where, ast.name, change.name,
                               suggest(change.name, names))};
    }
    ast.parameters[static_cast<std::size_t>(found - names.begin())].second = change.value;
  }
  for (auto& [name, number] : ast.parameters) {
    if (name == "classes" && overrides.classes) number = *overrides.classes;
  }
  if (overrides.input && ast.input) ast.input = overrides.input;
  return std::nullopt;
}

nlohmann::json option_json(const GeneOption& option) {
  if (!option.number) return option.name;
  const auto whole = static_cast<std::int64_t>(*option.number);
  if (static_cast<double>(whole) == *option.number) return whole;
  return *option.number;
}

}  // namespace

struct TextSpace::Content {
  SpaceAst ast;
  GeneTable genes;  // points into ast
};

Result<std::unique_ptr<TextSpace>> TextSpace::make(const YamlNode& root, const SpaceOverrides& overrides) {
  auto ast = parse_space(root);
  if (!ast) return ast.error();
  if (auto error = apply(overrides, *ast)) return std::move(*error);
  auto content = std::make_unique<Content>();
  content->ast = std::move(*ast);
  auto genes = collect_genes(content->ast);
  if (!genes) return genes.error();
  content->genes = std::move(*genes);
  return std::unique_ptr<TextSpace>(new TextSpace(std::move(content)));
}

TextSpace::TextSpace(std::unique_ptr<const Content> content) : content_(std::move(content)) {}
TextSpace::~TextSpace() = default;

const std::string& TextSpace::name() const { return content_->ast.name; }
const std::vector<Gene>& TextSpace::genes() const { return content_->genes.genes; }
Genotype TextSpace::sample(Rng& rng) const { return sample_genes(genes(), rng); }
Genotype TextSpace::mutate(const Genotype& parent, Rng& rng) const { return mutate_genes(genes(), parent, rng); }
Genotype TextSpace::crossover(const Genotype& a, const Genotype& b, Rng& rng) const {
  return cross_genes(genes(), a, b, rng);
}
bool TextSpace::has_network() const { return content_->ast.input.has_value(); }
const std::string& TextSpace::source() const { return content_->ast.source; }
const std::optional<Shape>& TextSpace::input() const { return content_->ast.input; }
const std::vector<std::pair<std::string, double>>& TextSpace::parameters() const { return content_->ast.parameters; }

Result<Network> TextSpace::decode(const Genotype& genotype) const {
  NAS_CHECK(has_network(), "decode() of a space of genes alone");
  auto network = decode_network(content_->ast, content_->genes, genotype);
  if (!network || content_->ast.keep_unused) return network;
  return remove_unused(*network);
}

nlohmann::json hyperparameters(const SearchSpace& space, const Genotype& genotype) {
  nlohmann::json values = nlohmann::json::object();
  const auto active = active_genes(space.genes(), genotype);
  for (std::size_t i = 0; i < space.genes().size(); ++i) {
    const Gene& gene = space.genes()[i];
    if (gene.hyperparameter.empty() || !active[i]) continue;
    values[gene.hyperparameter] = option_json(gene.options[static_cast<std::size_t>(genotype.genes[i])]);
  }
  return values;
}

nlohmann::json choices_by_name(const SearchSpace& space, const Genotype& genotype) {
  nlohmann::json values = nlohmann::json::object();
  const auto active = active_genes(space.genes(), genotype);
  for (std::size_t i = 0; i < space.genes().size(); ++i) {
    const Gene& gene = space.genes()[i];
    if (active[i]) values[gene.name] = option_json(gene.options[static_cast<std::size_t>(genotype.genes[i])]);
  }
  return values;
}

Result<Unit> check_networks(const SearchSpace& space) {
  std::vector<Genotype> genotypes = {
      canonical(space.genes(), Genotype{std::vector<std::int32_t>(space.genes().size(), 0)})};
  Rng rng(0, 0, Stream::Sample);
  for (std::uint64_t i = 0; i < kCheckSamples; ++i) genotypes.push_back(space.sample(rng));
  for (std::size_t gene = 0; gene < space.genes().size(); ++gene) {
    for (std::size_t option = 0; option < space.genes()[gene].options.size(); ++option) {
      Genotype genotype = genotypes[1 + gene % kCheckSamples];
      genotype.genes[gene] = static_cast<std::int32_t>(option);
      genotypes.push_back(canonical(space.genes(), std::move(genotype)));
    }
  }
  std::size_t disconnected = 0;
  for (const Genotype& genotype : genotypes) {
    const auto network = space.decode(genotype);
    if (network) continue;
    if (is_disconnected(network.error())) {
      ++disconnected;
      continue;
    }
    return Error{fmt::format("{} (genotype {})", network.error().message, to_string(genotype))};
  }
  if (disconnected == genotypes.size()) {
    return Error{fmt::format("space '{}': no sample has an output that depends on the input", space.name())};
  }
  return Unit{};
}

}  // namespace nas
