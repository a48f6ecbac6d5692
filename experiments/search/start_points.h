// `start_from:` of an experiment as genotypes of its space: named architectures, genotypes as people
// write them, the best of an earlier run.
#pragma once

#include <string>
#include <vector>

#include "experiments/config/experiment_config.h"
#include "nas/screening.h"
#include "nas/search_space.h"
#include "search_spaces/text_space.h"

namespace nas {

struct StartCandidate {
  Genotype genotype;
  std::string from;  // for people: "best_cifar10", "runs/earlier, candidate 17"; of a genotype: empty
};

struct StartRequest {
  const std::vector<StartPoint>& points;
  const std::vector<Place>& places;  // of the points, as far as they are known
  bool keep_duplicates = false;
};

/// What is wrong goes to `errors`: no such architecture or run, a run of another space, a genotype
/// that is none here or that somebody wrote and `screen` refuses. Candidates of a run that are
/// refused are left out, which `notes` says. Equal ones are taken once.
[[nodiscard]] std::vector<StartCandidate> resolve_starts(const StartRequest& request, const TextSpace& space,
                                                         const Screen& screen, std::vector<std::string>& errors,
                                                         std::vector<std::string>& notes);

/// An architecture's name or a genotype as people write it, checked, inactive genes written 0.
[[nodiscard]] Result<StartCandidate> candidate_of_text(const std::string& text, const TextSpace& space);

/// How the genes of an earlier run differ from these, in words; empty if a genotype means the same
/// in both. Weights do not matter.
[[nodiscard]] std::string gene_difference(const std::vector<Gene>& earlier, const std::vector<Gene>& now);

}  // namespace nas
