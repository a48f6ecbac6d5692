// What is known of a genotype without evaluating it, worked out once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "nas/genotype_hash.h"
#include "nas/search_problem.h"
#include "nas/surrogate/model_inputs.h"

namespace nas {

struct Description {
  bool usable = false;  // the screening accepts it
  std::string key;      // of the screening
  /// Minimised; those that the screening's metrics suffice for.
  std::vector<std::optional<double>> objectives;
  ModelPoint point;
};

using Descriptions = std::vector<std::shared_ptr<const Description>>;

/// Remembers what it described last, within bounds. Not thread-safe.
class Describer {
 public:
  static constexpr std::size_t kRemembered = 20'000;

  explicit Describer(SearchProblem problem) : problem_(std::move(problem)) {}

  /// REQUIRES: canonical.
  [[nodiscard]] std::shared_ptr<const Description> describe(const Genotype& genotype);

 private:
  [[nodiscard]] Description make(const Genotype& genotype) const;

  SearchProblem problem_;
  std::unordered_map<Genotype, std::shared_ptr<const Description>, GenotypeHash> known_;
};

}  // namespace nas
