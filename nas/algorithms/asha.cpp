#include "nas/algorithms/asha.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "nas/algorithms/learning_curve_stop.h"
#include "nas/algorithms/rung.h"
#include "nas/check.h"
#include "nas/genotype_hash.h"

namespace nas {
namespace {

// Algorithms that themselves stand for others.
constexpr std::array<std::string_view, 2> kNoProposals = {"asha", "auto"};
constexpr int kTries = 20;         // for a genotype that is new
constexpr double kAutoShare = 27;  // of the budget, for the lowest rung

/// What is needed to train on.
struct Trained {
  Genotype genotype;
  std::uint64_t seed = 0;
};

/// The trainings of one number of epochs.
struct Level {
  std::int32_t epochs = 0;
  std::unique_ptr<Rung> rung;
  std::unordered_map<CandidateId, Trained> trained;  // what the rung may give
  LearningCurveStop stop;                            // of those on their way here
};

class Asha final : public SearchAlgorithm {
 public:
  Asha(const SearchProblem& problem, const std::vector<std::int32_t>& epochs, const AshaConfig& config,
       std::unique_ptr<SearchAlgorithm> proposals)
      : problem_(problem),
        proposals_(std::move(proposals)),
        stops_(config.stop),
        genotypes_(approximate_genotypes(problem.space.genes())) {
    std::int32_t before = 0;
    for (const std::int32_t count : epochs) {
      const auto eta = static_cast<std::size_t>(config.eta);
      levels_.push_back({count, make_rung(problem.objectives.size(), eta), {}, {before, count}});
      before = count;
    }
  }

  Proposal propose(Rng& rng) const override {
    for (std::size_t i = levels_.size() - 1; i-- > 0;) {
      if (const auto id = levels_[i].rung->promotable()) return promotion(i, *id);
    }
    Proposal proposal = proposals_->propose(rng);
    if (is_nearly_exhausted()) {
      for (int i = 0; i < kTries && is_known(proposal.genotype); ++i) proposal = proposals_->propose(rng);
      if (is_known(proposal.genotype)) {
        if (auto left_behind = best_left_behind()) return *std::move(left_behind);
      }
    }
    proposal.budget = levels_.front().epochs;
    return proposal;
  }

  void accepted(const Candidate& candidate) override {
    if (!candidate.continues) {
      if (!problem_.allow_duplicates) known_.insert(candidate.genotype);
      proposals_->accepted(candidate);
      return;
    }
    Level& from = levels_[level_of(candidate.budget) - 1];
    from.rung->promote(*candidate.continues);
    from.trained.erase(*candidate.continues);
  }

  void tell(const Outcome& outcome) override {
    const Candidate& candidate = outcome.candidate;
    if (!candidate.continues) proposals_->tell(outcome);
    const std::size_t place = level_of(candidate.budget);
    Level& level = levels_[place];
    if (outcome.failed || outcome.stopped) {
      level.rung->add_hopeless();
      return;
    }
    if (stops_ && !outcome.curve.empty() && outcome.violation <= 0) {
      if (auto costs = costs_of(candidate.genotype)) level.stop.add(outcome.curve, *std::move(costs));
    }
    if (place + 1 == levels_.size()) return;
    level.rung->add(candidate.id, {outcome.objectives, outcome.violation});
    level.trained.emplace(candidate.id, Trained{candidate.genotype, candidate.seed});
  }

 private:
  bool is_known(const Genotype& genotype) const { return known_.contains(genotype); }

  /// Before, an algorithm that repeats itself does so by chance.
  bool is_nearly_exhausted() const { return 2.0 * static_cast<double>(known_.size()) >= genotypes_; }

  std::optional<Proposal> best_left_behind() const {
    for (std::size_t i = levels_.size() - 1; i-- > 0;) {
      if (const auto id = levels_[i].rung->spare()) return promotion(i, *id);
    }
    return std::nullopt;
  }

  std::size_t level_of(std::int32_t epochs) const {
    const auto found = std::ranges::find(levels_, epochs, &Level::epochs);
    NAS_CHECK(found != levels_.end(), "a candidate of asha has as many epochs as one of its rungs");
    return static_cast<std::size_t>(found - levels_.begin());
  }

  Proposal promotion(std::size_t from, CandidateId id) const {
    const Trained& trained = levels_[from].trained.at(id);
    const Level& to = levels_[from + 1];
    Proposal proposal{trained.genotype, {id}, "promotion", to.epochs};
    Candidate& before = proposal.continues.emplace();
    before.id = id;
    before.genotype = trained.genotype;
    before.budget = levels_[from].epochs;
    before.seed = trained.seed;
    if (!stops_) return proposal;
    if (const auto costs = costs_of(trained.genotype)) proposal.stop_above = to.stop.bounds(*costs);
    return proposal;
  }

  /// Of one objective there are none, and nothing has to be computed.
  std::optional<std::vector<double>> costs_of(const Genotype& genotype) const {
    if (problem_.objectives.size() == 1) return std::vector<double>{};
    return costs_beside_training(problem_.objectives, problem_.screen(genotype).computed);
  }

  const SearchProblem problem_;
  const std::unique_ptr<SearchAlgorithm> proposals_;
  const bool stops_;
  const double genotypes_;     // of the space
  std::vector<Level> levels_;  // by epochs; the last is the search's budget
  std::unordered_set<Genotype, GenotypeHash> known_;
};

std::vector<std::string> names_of_others() {
  std::vector<std::string> names;
  for (const AlgorithmRow& row : algorithms()) {
    if (std::ranges::find(kNoProposals, row.name) == kNoProposals.end()) names.push_back(row.name);
  }
  return names;
}

}  // namespace

std::vector<std::int32_t> rung_epochs(std::int32_t budget, std::int32_t min_epochs, std::int32_t eta) {
  std::vector<std::int32_t> epochs;
  for (double share = budget; std::lround(share) >= min_epochs; share /= eta) {
    const auto rounded = static_cast<std::int32_t>(std::lround(share));
    if (epochs.empty() || epochs.back() > rounded) epochs.push_back(rounded);
    if (rounded <= 1) break;
  }
  std::ranges::reverse(epochs);
  return epochs;
}

Options AshaConfig::options() {
  return {
      {.name = "min_epochs",
       .target = &min_epochs,
       .help = "the lowest rung has at least so many epochs of training; auto: a 27th of the search's, at least 1",
       .min = 1,
       .max = 1e6,
       .word = "auto",
       .word_value = kAutoEpochs},
      {.name = "eta",
       .target = &eta,
       .help = "one in so many goes on to the next rung, which has so many times the epochs",
       .min = 2,
       .max = 100},
      {.name = "proposals",
       .target = &proposals,
       .help = "the algorithm that new candidates come from, with its default options",
       .choices = names_of_others()},
      {.name = "stop",
       .target = &stop,
       .help = "end a training that falls behind two thirds of the learning curves on its way to the next rung"},
  };
}

Result<std::unique_ptr<SearchAlgorithm>> AshaConfig::make(const SearchProblem& problem) const {
  if (problem.objectives.empty()) {
    return Error{"asha needs an objective (it promotes the best), try 'objectives: [{maximize: val_accuracy}]'"};
  }
  const auto automatic = std::max<std::int64_t>(1, std::lround(problem.budget / kAutoShare));
  const std::int64_t least = min_epochs == kAutoEpochs ? automatic : min_epochs;
  const std::vector<std::int32_t> epochs =
      least > problem.budget
          ? std::vector<std::int32_t>{}
          : rung_epochs(problem.budget, static_cast<std::int32_t>(least), static_cast<std::int32_t>(eta));
  if (epochs.size() < 2) {
    return Error{
        fmt::format("asha has nothing to halve: a full training has {} epoch{}, the next shorter one has at least {} "
                    "(it compares candidates after fewer epochs than the search's), try more epochs or 'random'",
                    problem.budget, problem.budget == 1 ? "" : "s", least)};
  }
  auto inner = find_algorithm(proposals)->make_config()->make(problem);
  if (!inner) return Error{fmt::format("asha: proposals: {}", inner.error().message)};
  return std::unique_ptr<SearchAlgorithm>(std::make_unique<Asha>(problem, epochs, *this, std::move(*inner)));
}

}  // namespace nas
