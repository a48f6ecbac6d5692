// What is known of a genotype before any training.
#pragma once

#include <functional>
#include <string>

#include "nas/candidate.h"

namespace nas {

struct Screening {
  enum class Verdict { Accepted, OverLimit, Invalid };
  Verdict verdict = Verdict::Accepted;
  std::string key;   // two genotypes with equal keys are the same thing to evaluate
  Metrics computed;  // params, macs where they are counted; columns of a table that are known beforehand
};

/// Pure; decodes, counts and hashes as the evaluator at hand needs it.
using Screen = std::function<Screening(const Genotype&)>;

}  // namespace nas
