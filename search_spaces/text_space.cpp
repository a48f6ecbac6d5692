#include "search_spaces/text_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nas/option.h"
#include "search_spaces/architecture.h"
#include "search_spaces/constraints.h"
#include "search_spaces/decoder.h"
#include "search_spaces/gene_table.h"
#include "search_spaces/parameters.h"
#include "search_spaces/space_parser.h"

namespace nas {
namespace {

constexpr std::uint64_t kCheckSamples = 200;
constexpr int kMaxRejections = 10'000;

ValueNode number_node(const Place& place, double number) {
  ValueNode value;
  value.place = place;
  value.number = number;
  return value;
}

std::optional<Error> set_parameter(SpaceAst& ast, const std::string& name, ValueNode value) {
  std::vector<std::string> names;
  for (auto& [known, written] : ast.parameter_values) {
    names.push_back(known);
    if (known != name) continue;
    written = std::move(value);
    return std::nullopt;
  }
  const std::string where = value.place.file ? to_string(value.place) + ": " : "";
  return Error{fmt::format("{}space '{}' has no parameter '{}'{}", where, ast.name, name, suggest(name, names))};
}

std::optional<Error> apply_architecture(const std::string& name, SpaceAst& ast) {
  const auto architecture = find_architecture(ast, name);
  if (!architecture) return architecture.error();
  for (const auto& [parameter, value] : (*architecture)->parameters) {
    if (auto error = set_parameter(ast, parameter, value)) return error;
  }
  if (!(*architecture)->input.empty()) ast.input_values = (*architecture)->input;
  return std::nullopt;
}

std::optional<Error> apply(const SpaceOverrides& overrides, SpaceAst& ast) {
  if (!overrides.architecture.empty()) {
    if (auto error = apply_architecture(overrides.architecture, ast)) return error;
  }
  for (const ParameterOverride& change : overrides.parameters) {
    if (auto error = set_parameter(ast, change.name, number_node(change.place, change.value))) return error;
  }
  for (auto& [name, value] : ast.parameter_values) {
    if (name == "classes" && overrides.classes) value = number_node(value.place, *overrides.classes);
  }
  if (auto error = resolve_parameters(ast)) return error;
  if (overrides.input && ast.input) ast.input = overrides.input;
  return std::nullopt;
}

nlohmann::json option_json(const GeneOption& option) {
  if (!option.number) return option.name;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const bool whole = std::abs(*option.number) <= kExact && *option.number == std::floor(*option.number);
  return whole ? nlohmann::json(static_cast<std::int64_t>(*option.number)) : nlohmann::json(*option.number);
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
  if (auto error = check_constraints(content->ast, content->genes)) return std::move(*error);
  return std::unique_ptr<TextSpace>(new TextSpace(std::move(content)));
}

TextSpace::TextSpace(std::unique_ptr<const Content> content) : content_(std::move(content)) {}
TextSpace::~TextSpace() = default;

const std::string& TextSpace::name() const { return content_->ast.name; }
const std::vector<Gene>& TextSpace::genes() const { return content_->genes.genes; }
bool TextSpace::has_network() const { return content_->ast.input.has_value(); }
const std::string& TextSpace::source() const { return content_->ast.source; }
const std::optional<Shape>& TextSpace::input() const { return content_->ast.input; }
const std::vector<std::pair<std::string, double>>& TextSpace::parameters() const { return content_->ast.parameters; }

Result<Decoded> TextSpace::build(const Genotype& genotype) const {
  NAS_CHECK(has_network(), "decode() of a space of genes alone");
  auto decoded = decode_network(content_->ast, content_->genes, genotype);
  if (!decoded) return decoded;
  if (!content_->ast.keep_unused) {
    auto network = remove_unused(std::move(decoded->network));
    if (!network) return network.error();
    decoded->network = std::move(*network);
  }
  auto violation = violated_constraint(content_->ast, content_->genes, genotype, decoded->network, decoded->cells);
  if (violation) return std::move(*violation);
  return decoded;
}

Result<Network> TextSpace::decode(const Genotype& genotype) const {
  auto decoded = build(genotype);
  if (!decoded) return decoded.error();
  return std::move(decoded->network);
}

Result<Decoded> TextSpace::decode_cells(const Genotype& genotype) const {
  NAS_CHECK(has_network(), "decode_cells() of a space of genes alone");
  return decode_network(content_->ast, content_->genes, genotype);
}

std::optional<Error> TextSpace::violated(const Genotype& genotype) const {
  if (has_network()) {
    auto decoded = build(genotype);
    return decoded ? std::nullopt : std::optional(decoded.error());
  }
  return violated_constraint(content_->ast, content_->genes, genotype, make_network(Shape{1, 0, {1, 1, 1}}), {});
}

bool TextSpace::meets_constraints(const Genotype& genotype) const {
  return content_->ast.constraints.empty() || !violated(genotype);
}

// Drawn anew until the constraints are met: uniform among the genotypes that meet them.
Genotype TextSpace::sample(Rng& rng) const {
  Genotype genotype = sample_genes(genes(), rng);
  for (int i = 1; i < kMaxRejections && !meets_constraints(genotype); ++i) genotype = sample_genes(genes(), rng);
  return genotype;
}

Genotype TextSpace::mutate(const Genotype& parent, Rng& rng) const {
  Genotype child = mutate_genes(genes(), parent, rng);
  for (int i = 1; i < kMaxRejections && !meets_constraints(child); ++i) child = mutate_genes(genes(), parent, rng);
  return child;
}

Genotype TextSpace::crossover(const Genotype& a, const Genotype& b, Rng& rng) const {
  // Of several cells one parent's whole ones half of the time, gene by gene the other half.
  const GeneTable& table = content_->genes;
  for (int i = 0; i < kMaxRejections; ++i) {
    const bool whole_cells = table.cells > 1 && rng.below(2) == 0;
    Genotype child = whole_cells ? cross_groups(genes(), table.groups, a, b, rng) : cross_genes(genes(), a, b, rng);
    if (meets_constraints(child)) return child;
  }
  return a;
}

Result<Genotype> TextSpace::try_sample(Rng& rng) const {
  Genotype genotype = sample(rng);
  if (content_->ast.constraints.empty()) return genotype;
  const auto violation = violated(genotype);
  if (!violation) return genotype;
  return Error{
      fmt::format("{}; none of {} samples meets all constraints, loosen one", violation->message, kMaxRejections)};
}

std::vector<std::string> TextSpace::architectures() const {
  std::vector<std::string> names;
  for (const ArchitectureDefinition& architecture : content_->ast.architectures) names.push_back(architecture.name);
  return names;
}

Result<std::string> TextSpace::architecture_name(const std::string& name) const {
  const auto definition = find_architecture(content_->ast, name);
  if (!definition) return definition.error();
  return (*definition)->name;
}

Result<Genotype> TextSpace::architecture(const std::string& name) const {
  const auto definition = find_architecture(content_->ast, name);
  if (!definition) return definition.error();
  return architecture_genotype(**definition, content_->genes);
}

Result<ArchitectureBuild> build_architecture(const YamlNode& root, const std::string& name, SpaceOverrides overrides) {
  overrides.architecture = name;
  auto space = TextSpace::make(root, overrides);
  if (!space) return space.error();
  auto genotype = (*space)->architecture(name);
  if (!genotype) return genotype.error();
  return ArchitectureBuild{std::move(*space), std::move(*genotype)};
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
    if (is_disconnected(network.error()) || is_violation(network.error())) {
      ++disconnected;
      continue;
    }
    if (space.genes().empty()) return network.error();
    return Error{fmt::format("{} (genotype {})", network.error().message, to_string(genotype))};
  }
  if (disconnected == genotypes.size()) {
    return Error{fmt::format("space '{}': no sample has an output that depends on the input and meets the constraints",
                             space.name())};
  }
  return Unit{};
}

}  // namespace nas
