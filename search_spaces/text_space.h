// A search space written as YAML: nas::SearchSpace over a parsed file.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nas/search_space.h"
#include "search_spaces/space_ast.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

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
  /// Unused operations are dropped or kept as the file says.
  [[nodiscard]] Result<Network> decode(const Genotype& genotype) const override;

  [[nodiscard]] const std::string& source() const;
  [[nodiscard]] const std::optional<Shape>& input() const;
  [[nodiscard]] const std::vector<std::pair<std::string, double>>& parameters() const;

 private:
  struct Content;
  explicit TextSpace(std::unique_ptr<const Content> content);
  std::unique_ptr<const Content> content_;
};

/// {key of `training:`: value} of this genotype's hyperparameter genes.
[[nodiscard]] nlohmann::json hyperparameters(const SearchSpace& space, const Genotype& genotype);

/// {gene name: option} of the active genes; numbers where options are numbers.
[[nodiscard]] nlohmann::json choices_by_name(const SearchSpace& space, const Genotype& genotype);

/// Builds networks all over the space (every option of every gene once, and samples), so that
/// shapes that do not fit are found before a search. Error: the first that failed, with its genotype.
[[nodiscard]] Result<Unit> check_networks(const SearchSpace& space);

}  // namespace nas
