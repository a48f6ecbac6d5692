// What the tests of algorithms share: a run of one on a space of genes with a fake objective.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nas/check.h"
#include "nas/proposer.h"
#include "nas/search_algorithm.h"
#include "nas/testing/fake_objective.h"

namespace nas::testing {

/// Equal genotypes are the same candidate; nothing is refused otherwise.
inline Screening accept_genotype(const Genotype& genotype) {
  return {Screening::Verdict::Accepted, to_string(genotype), {}};
}

/// Epochs of a full training: enough for several rungs.
inline constexpr std::int32_t kBudget = 9;

/// Minimises m1, m2, ...; nothing is known before a result.
inline SearchProblem problem_of(const SearchSpace& space, std::size_t objectives) {
  SearchProblem problem{space, {}, accept_genotype};
  problem.budget = kBudget;
  for (std::size_t i = 1; i <= objectives; ++i) {
    problem.objectives.push_back({Direction::Minimise, Expression::parse("m" + std::to_string(i)).value()});
  }
  return problem;
}

/// How many objectives the algorithm's tests use: two where it takes them.
inline std::size_t objectives_for(const AlgorithmRow& row, const SearchSpace& space) {
  return row.make_config()->make(problem_of(space, 2)).ok() ? 2 : 1;
}

/// With its default options.
inline std::unique_ptr<SearchAlgorithm> make_algorithm(const AlgorithmRow& row, const SearchSpace& space,
                                                       std::size_t objectives) {
  auto made = row.make_config()->make(problem_of(space, objectives));
  NAS_CHECK(made.ok(), made.ok() ? "" : made.error().message);
  return std::move(made).value();
}

/// A proposer with the algorithm's defaults, and kBudget.
inline Proposer make_proposer(const AlgorithmRow& row, const SearchSpace& space, ProposerConfig config) {
  config.budget = kBudget;
  return Proposer(space, make_algorithm(row, space, objectives_for(row, space)), accept_genotype, config);
}

using Judge = std::function<Outcome(const Candidate&)>;

/// Objectives by hash; one in `failing` candidates fails (0: none).
inline Judge hash_judge(std::size_t objectives, std::uint64_t failing = 0) {
  return [=](const Candidate& candidate) {
    Outcome outcome{candidate, failing > 0 && number(candidate.id) % failing == 0, {}, 0};
    for (std::size_t i = 0; i < objectives && !outcome.failed; ++i) {
      outcome.objectives.push_back(hash_score(candidate.genotype, i));
    }
    return outcome;
  };
}

/// Keeps `pending` candidates out and answers `order`: an index into those out.
template <class Order>
std::vector<AskedTrial> drive(Proposer& proposer, const Judge& judge, std::size_t pending, Order order) {
  std::vector<AskedTrial> all;
  std::vector<Candidate> out;
  while (!proposer.finished() || !out.empty()) {
    for (AskedTrial& trial : proposer.ask(pending - out.size())) {
      out.push_back(trial.candidate);
      all.push_back(std::move(trial));
    }
    if (out.empty()) break;
    const std::size_t next = order(out.size());
    proposer.tell(judge(out[next]));
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(next));
  }
  return all;
}

inline std::size_t first_of(std::size_t) { return 0; }
inline std::size_t last_of(std::size_t count) { return count - 1; }

}  // namespace nas::testing
