#include "nas/algorithms/surrogate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>
#include <utility>

#include "nas/surrogate/archive.h"
#include "nas/surrogate/description.h"
#include "nas/surrogate/gaussian_process.h"
#include "nas/surrogate/improvement.h"
#include "nas/surrogate/normal_scores.h"
#include "nas/surrogate/proposal_pool.h"

namespace nas {
namespace {

constexpr std::size_t kParents = 10;  // the whole front where it is larger
constexpr std::size_t kMostParents = 100;
constexpr std::size_t kFrontPoints = 50;   // of two objectives: each makes a box
constexpr std::size_t kPointsOfMany = 12;  // of three and more: boxes multiply
constexpr std::size_t kMostPending = 128;  // of the candidates under way, the latest
constexpr std::size_t kMostFailed = 100;   // the latest
constexpr std::size_t kFitted = 200;       // results that a kernel's parameters are fitted to
constexpr std::size_t kFewestToModel = 3;
constexpr int kFitSteps = 12;
/// From the worst to the reference point: in scores, and as a share of the range of what is known
/// before training. Far away, so that the ends of a front are worth most: on NAS-Bench-201, errors
/// against FLOPs, 100 evaluations find .985 of the hypervolume, and .961 with a tenth.
constexpr double kScoreMargin = 12;
constexpr double kRangeMargin = 3;
/// Variance of a candidate's success apart from its genotype.
constexpr double kSuccessNoise = 0.1;

Eigen::Index at(std::size_t index) { return static_cast<Eigen::Index>(index); }

class Surrogate final : public SearchAlgorithm {
 public:
  Surrogate(const SearchProblem& problem, const SurrogateConfig& config)
      : problem_(problem),
        starts_(static_cast<std::size_t>(config.starts)),
        memory_(static_cast<std::size_t>(config.memory)),
        neighbourhood_(problem.space.genes()),
        describer_(problem),
        archive_(memory_ / 2),
        scores_(problem.objectives.size()),
        exact_(problem.objectives.size(), true),
        models_(problem.objectives.size(), GaussianProcess(layout_of(problem.space.genes()))),
        success_(layout_of(problem.space.genes())) {}

  Proposal propose(Rng& rng) const override {
    if (accepted_ < starts_ || archive_.size() < kFewestToModel) return {problem_.space.sample(rng), {}, "sample"};
    return best_child(rng);
  }

  void accepted(const Candidate& candidate) override {
    ++accepted_;
    const auto description = describer_.describe(candidate.genotype);
    if (!problem_.allow_duplicates) seen_.insert(description->key);
    pending_.emplace(candidate.id, candidate.genotype);
    for (std::size_t k = 0; k < exact_.size(); ++k) exact_[k] = exact_[k] && description->objectives[k].has_value();
    stale_ = true;
  }

  void tell(const Outcome& outcome) override {
    pending_.erase(outcome.candidate.id);
    stale_ = true;
    if (outcome.failed) {
      failed_.push_back(outcome.candidate.genotype);
      if (failed_.size() > 2 * kMostFailed) failed_.erase(failed_.begin(), failed_.end() - at(kMostFailed));
      return;
    }
    archive_.add(outcome);
    some_infeasible_ = some_infeasible_ || outcome.violation > 0;
    for (std::size_t k = 0; k < scores_.size(); ++k) scores_[k].insert(outcome.objectives[k]);
  }

 private:
  // The models are a function of what was told and asked: they are brought up to date where they are
  // read, so that many results at once cost one fit.
  void refresh() const {
    if (!std::exchange(stale_, false)) return;
    const std::size_t interval = std::clamp<std::size_t>(archive_.size() / 10, 1, 80);
    const bool fits = fitted_ == 0 || archive_.size() >= fitted_ + interval;
    if (fits) {
      Rng rng(archive_.size(), 0, Stream::Model);
      training_ = archive_.sample(memory_, rng);
      fit(rng);
    } else {
      for (std::size_t i = trained_; i < archive_.size(); ++i) training_.push_back(i);
    }
    trained_ = archive_.size();
    condition();
    find_free_space();
    if (!failed_.empty() || some_infeasible_) learn_success(fits);
  }

  void fit(Rng& rng) const {
    fitted_ = archive_.size();
    std::vector<std::size_t> sample = training_;
    if (sample.size() > kFitted) {
      rng.shuffle(std::span(sample));
      sample.resize(kFitted);
    }
    const ModelInputs inputs = inputs_of(describe(sample));
    for (std::size_t k = 0; k < models_.size(); ++k) {
      if (!exact_[k]) models_[k].fit(inputs, targets(sample, k), kFitSteps);
    }
  }

  void condition() const {
    Descriptions known = describe(training_);
    const std::size_t skipped = pending_.size() - std::min(pending_.size(), kMostPending);
    for (auto entry = std::next(pending_.begin(), at(skipped)); entry != pending_.end(); ++entry) {
      known.push_back(describer_.describe(entry->second));
    }
    const ModelInputs inputs = inputs_of(known);
    for (std::size_t k = 0; k < models_.size(); ++k) {
      if (!exact_[k]) models_[k].condition(inputs, targets(training_, k));
    }
  }

  /// A second model, of success: 1 for what can be used, -1 for failures and what is over a limit.
  void learn_success(bool fits) const {
    Descriptions known = describe(training_);
    std::vector<double> labels;
    for (const std::size_t i : training_) labels.push_back(archive_[i].point.violation > 0 ? -1 : 1);
    const std::size_t skipped = failed_.size() - std::min(failed_.size(), kMostFailed);
    for (std::size_t i = skipped; i < failed_.size(); ++i) {
      known.push_back(describer_.describe(failed_[i]));
      labels.push_back(-1);
    }
    const ModelInputs inputs = inputs_of(known);
    const Eigen::VectorXd y = Eigen::Map<Eigen::VectorXd>(labels.data(), at(labels.size()));
    if (fits || !knows_success_) success_.fit(inputs, y, kFitSteps);
    success_.condition(inputs, y);
    knows_success_ = true;
  }

  /// In the space where improvement is measured: a score, or the place in the range of the results
  /// where the value is known before training.
  double coordinate(std::size_t k, double value) const {
    if (!exact_[k]) return scores_[k].score(value);
    const double range = scores_[k].greatest() - scores_[k].least();
    return (value - scores_[k].least()) / (range > 0 ? range : std::max(std::abs(value), 1.0));
  }

  void find_free_space() const {
    std::vector<double> reference;
    for (std::size_t k = 0; k < scores_.size(); ++k) {
      reference.push_back(exact_[k] ? 1 + kRangeMargin : scores_[k].worst() + kScoreMargin);
    }
    const std::size_t most = scores_.size() > 2 ? kPointsOfMany : kFrontPoints;
    std::vector<std::vector<double>> points;
    for (const std::size_t i : archive_.best()) {
      if (archive_[i].point.violation > 0 || points.size() == most) break;
      std::vector<double>& point = points.emplace_back();
      for (std::size_t k = 0; k < scores_.size(); ++k) point.push_back(coordinate(k, archive_[i].point.objectives[k]));
    }
    free_ = free_space(std::move(points), reference);
  }

  Descriptions describe(const std::vector<std::size_t>& results) const {
    Descriptions descriptions;
    for (const std::size_t i : results) descriptions.push_back(describer_.describe(archive_[i].genotype));
    return descriptions;
  }

  ModelInputs inputs_of(const Descriptions& descriptions) const {
    std::vector<const ModelPoint*> points;
    for (const auto& description : descriptions) {
      labels_.add(description->point);
      points.push_back(&description->point);
    }
    return labels_.inputs_of(points);
  }

  Eigen::VectorXd targets(const std::vector<std::size_t>& results, std::size_t k) const {
    Eigen::VectorXd y(at(results.size()));
    for (std::size_t i = 0; i < results.size(); ++i) {
      y[at(i)] = scores_[k].score(archive_[results[i]].point.objectives[k]);
    }
    return y;
  }

  std::vector<Parent> parents() const {
    const std::size_t count = std::clamp(archive_.front(), kParents, kMostParents);
    std::vector<Parent> chosen;
    for (const std::size_t i : archive_.best()) {
      if (chosen.size() == count) break;
      chosen.push_back({archive_[i].id, archive_[i].genotype});
    }
    return chosen;
  }

  Proposal best_child(Rng& rng) const {
    refresh();
    std::vector<Proposal> pool;
    Descriptions descriptions;
    std::unordered_set<std::string> keys;
    for (Proposal& proposal : propose_children(problem_.space, neighbourhood_, parents(), rng)) {
      auto description = describer_.describe(proposal.genotype);
      if (!description->usable || seen_.contains(description->key) || !keys.insert(description->key).second) continue;
      pool.push_back(std::move(proposal));
      descriptions.push_back(std::move(description));
    }
    if (pool.empty()) return {problem_.space.sample(rng), {}, "sample"};
    const std::vector<double> worth = worth_of(descriptions);
    return std::move(pool[static_cast<std::size_t>(std::ranges::max_element(worth) - worth.begin())]);
  }

  /// Expected gain of each, times its probability of success.
  std::vector<double> worth_of(const Descriptions& descriptions) const {
    const ModelInputs inputs = inputs_of(descriptions);
    std::vector<Prediction> predictions(models_.size());
    for (std::size_t k = 0; k < models_.size(); ++k) {
      if (!exact_[k]) predictions[k] = models_[k].predict(inputs);
    }
    const Prediction success = knows_success_ ? success_.predict(inputs) : Prediction{};
    std::vector<double> worth;
    std::vector<Belief> beliefs(models_.size());
    for (std::size_t i = 0; i < descriptions.size(); ++i) {
      bool known = true;
      for (std::size_t k = 0; k < models_.size(); ++k) {
        const auto& value = descriptions[i]->objectives[k];
        known = known && (!exact_[k] || value);
        if (!exact_[k]) beliefs[k] = {predictions[k].mean[at(i)], predictions[k].sd[at(i)]};
        if (exact_[k] && value) beliefs[k] = {coordinate(k, *value), 0};
      }
      worth.push_back(known ? expected_improvement(free_, beliefs) : 0);
      if (!knows_success_) continue;
      const double z = success.mean[at(i)] / std::hypot(success.sd[at(i)], std::sqrt(kSuccessNoise));
      worth.back() *= normal_probability(z);
    }
    return worth;
  }

  const SearchProblem problem_;
  const std::size_t starts_;
  const std::size_t memory_;
  const Neighbourhood neighbourhood_;
  mutable Describer describer_;

  std::size_t accepted_ = 0;
  std::unordered_set<std::string> seen_;  // keys
  std::map<CandidateId, Genotype> pending_;
  std::vector<Genotype> failed_;  // the latest
  bool some_infeasible_ = false;
  mutable Archive archive_;
  std::vector<NormalScores> scores_;  // by objective, of all results
  std::vector<bool> exact_;           // by objective: needs no training

  mutable bool stale_ = true;
  mutable LabelRows labels_;
  mutable std::vector<GaussianProcess> models_;  // by objective; of exact ones unused
  mutable GaussianProcess success_;
  mutable bool knows_success_ = false;
  mutable std::vector<std::size_t> training_;  // results
  mutable std::size_t fitted_ = 0;             // results there were at the last fit
  mutable std::size_t trained_ = 0;            // and at the last look
  mutable FreeSpace free_;
};

}  // namespace

Options SurrogateConfig::options() {
  return {
      {"starts", &starts, "random candidates before the model is asked", 2, 1e6},
      {"memory", &memory, "results that train the model: half the best, half at random", 20, 2000},
  };
}

Result<std::unique_ptr<SearchAlgorithm>> SurrogateConfig::make(const SearchProblem& problem) const {
  if (problem.objectives.empty()) {
    return Error{"surrogate needs an objective (it models nothing else), try 'objectives: [{maximize: val_accuracy}]'"};
  }
  return std::unique_ptr<SearchAlgorithm>(std::make_unique<Surrogate>(problem, *this));
}

}  // namespace nas
