// A search space written as YAML: nas::SearchSpace over a parsed file.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nas/cell_graph.h"
#include "nas/search_space.h"
#include "search_spaces/space_ast.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

struct Decoded;

struct ParameterOverride {
  std::string name;  // must be a parameter of the space
  double value = 0;
  Place place = {};  // where it was written, for the error if it is none
};

/// What an experiment or the command line changes in a space before its genes are listed.
struct SpaceOverrides {
  std::vector<ParameterOverride> parameters;
  std::optional<Shape> input;
  std::optional<double> classes;  // sets the parameter `classes` where the space has one
  std::string architecture = {};  // whose parameters and input apply before those above
};

class TextSpace final : public SearchSpace {
 public:
  /// Error: everything wrong with the file or the overrides, a line each with its place.
  [[nodiscard]] static Result<std::unique_ptr<TextSpace>> make(const YamlNode& root,
                                                               const SpaceOverrides& overrides = {});
  ~TextSpace() override;

  [[nodiscard]] const std::string& name() const override;
  [[nodiscard]] const std::vector<Gene>& genes() const override;
  [[nodiscard]] Genotype sample(Rng& rng) const override;
  [[nodiscard]] Genotype mutate(const Genotype& parent, Rng& rng) const override;
  [[nodiscard]] Genotype crossover(const Genotype& a, const Genotype& b, Rng& rng) const override;
  [[nodiscard]] bool has_network() const override;
  /// Unused operations are dropped or kept as the file says. Error also: a constraint is not met.
  [[nodiscard]] Result<Network> decode(const Genotype& genotype) const override;

  [[nodiscard]] Result<Decoded> decode_cells(const Genotype& genotype) const override;
  /// The first constraint that the genotype does not meet; also that it has no network.
  [[nodiscard]] std::optional<Error> violated(const Genotype& genotype) const;
  /// Like `sample`, but an error where no sample of 10,000 meets the constraints; `sample` returns
  /// one that does not meet them then, which `decode` refuses.
  [[nodiscard]] Result<Genotype> try_sample(Rng& rng) const;
  /// Names of the file's architectures, in its order.
  [[nodiscard]] std::vector<std::string> architectures() const;
  /// The file's spelling of an architecture's name; letters' case and punctuation do not matter.
  [[nodiscard]] Result<std::string> architecture_name(const std::string& name) const;
  /// Error: no such architecture, an unknown gene or option, a gene that it leaves open.
  /// Hyperparameters may be left open. REQUIRES: made with this architecture's overrides.
  [[nodiscard]] Result<Genotype> architecture(const std::string& name) const;

  [[nodiscard]] const std::string& source() const;
  [[nodiscard]] const std::optional<Shape>& input() const;
  [[nodiscard]] const std::vector<std::pair<std::string, double>>& parameters() const;

 private:
  struct Content;
  [[nodiscard]] Result<Decoded> build(const Genotype& genotype) const;
  [[nodiscard]] bool meets_constraints(const Genotype& genotype) const;
  explicit TextSpace(std::unique_ptr<const Content> content);
  std::unique_ptr<const Content> content_;
};

/// A named network of a space: the space with what the architecture changes, and its genotype.
struct ArchitectureBuild {
  std::unique_ptr<TextSpace> space;
  Genotype genotype;
};

/// `overrides` go over what the architecture says. Error: as TextSpace::make and architecture().
[[nodiscard]] Result<ArchitectureBuild> build_architecture(const YamlNode& root, const std::string& name,
                                                           SpaceOverrides overrides = {});

/// {key of `training:`: value} of this genotype's hyperparameter genes.
[[nodiscard]] nlohmann::json hyperparameters(const SearchSpace& space, const Genotype& genotype);

/// {gene name: option} of the active genes; numbers where options are numbers.
[[nodiscard]] nlohmann::json choices_by_name(const SearchSpace& space, const Genotype& genotype);

/// Builds networks all over the space (every option of every gene once, and samples), so that
/// shapes that do not fit are found before a search. Error: the first that failed, with its genotype.
[[nodiscard]] Result<Unit> check_networks(const SearchSpace& space);

}  // namespace nas
