// A space at falling sizes, so that a test can train what is meant for a cluster.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search_spaces/text_space.h"

namespace nas {

/// What a test trains in a moment.
struct TrainingBudget {
  std::int64_t macs = 3'000'000;  // of one example
  std::int64_t params = 500'000;  // learnt numbers
};

/// The space as written; with its input cut to smaller sides; then also with its parameters halved
/// as far as that makes networks cheaper (but not `classes`). Genotypes mean the same in all.
class ReducedSpace {
 public:
  /// `architecture`: whose parameters and input the largest has; may be empty. Throws on a file
  /// that is no space. `root` must outlive it.
  explicit ReducedSpace(const YamlNode& root, std::string architecture = {}, TrainingBudget budget = {});

  [[nodiscard]] const TextSpace& full() const { return *spaces_.front(); }

  /// The largest network of this genotype within the budget, or the smallest that there is. Error:
  /// the full space's.
  [[nodiscard]] Result<Network> network(const Genotype& genotype);

 private:
  [[nodiscard]] bool fits(const Network& network) const;
  [[nodiscard]] std::unique_ptr<TextSpace> make(const SpaceOverrides& overrides) const;
  bool add_level(const Genotype& genotype);
  [[nodiscard]] std::optional<SpaceOverrides> with_smaller_input() const;
  [[nodiscard]] std::optional<SpaceOverrides> with_smaller_parameters(const Genotype& genotype) const;

  const YamlNode& root_;
  TrainingBudget budget_;
  std::vector<std::unique_ptr<TextSpace>> spaces_;  // from the largest
  SpaceOverrides smallest_;                         // of spaces_.back()
};

}  // namespace nas
