// How the next candidate is chosen. An algorithm only proposes and listens: duplicates, limits,
// ids and pending candidates are the business of nas::Proposer, which all algorithms share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nas/candidate.h"
#include "nas/option.h"
#include "nas/rng.h"
#include "nas/search_problem.h"

namespace nas {

struct Proposal {
  Genotype genotype;
  std::vector<CandidateId> parents;
  std::string origin;       // "sample", "mutation", "crossover"
  std::int32_t budget = 0;  // 0: the search's
  /// Told, with fewer epochs, and not continued before; then `genotype` is its.
  std::optional<Candidate> continues = {};
  std::vector<double> stop_above = {};
};

/// What an algorithm hears of a finished candidate.
struct Outcome {
  Candidate candidate;
  bool failed = false;
  std::vector<double> objectives;  // all minimised, in the config's order; empty if failed
  double violation = 0;            // sum of violations of limits on trained metrics; 0: feasible
  bool stopped = false;            // before its budget: the objectives are those of its last epoch
  /// The first objective, minimised, after each epoch from the first; NaN where it is not known.
  std::vector<double> curve = {};
};

/// Its state is a function of the seed and the sequence of calls. Not thread-safe. Never
/// evaluates, blocks, prints or sends. Bounded cost per call, whatever the number of evaluations.
struct SearchAlgorithm {
  virtual ~SearchAlgorithm() = default;

  /// One genotype worth evaluating. It may be refused (duplicate, over a limit) and `propose` be
  /// called again with another stream; so it must not change the state.
  [[nodiscard]] virtual Proposal propose(Rng& rng) const = 0;

  /// This candidate is being evaluated now.
  virtual void accepted(const Candidate&) {}

  /// Any order; failures too; once for each accepted candidate.
  virtual void tell(const Outcome& outcome) = 0;
};

/// An algorithm's options with their defaults, and how it is made from them.
struct AlgorithmConfig {
  virtual ~AlgorithmConfig() = default;
  /// Rows bound to this object's fields.
  [[nodiscard]] virtual Options options() = 0;
  /// Error: options or the number of objectives do not suit it.
  [[nodiscard]] virtual Result<std::unique_ptr<SearchAlgorithm>> make(const SearchProblem& problem) const = 0;
};

struct AlgorithmRow {
  std::string name;
  std::string summary;
  std::string source;  // paper
  std::unique_ptr<AlgorithmConfig> (*make_config)();
};

/// Every algorithm there is (nas/algorithms/builtin.cpp).
[[nodiscard]] std::span<const AlgorithmRow> algorithms();
/// Null where no algorithm has this name.
[[nodiscard]] const AlgorithmRow* find_algorithm(std::string_view name);

}  // namespace nas
