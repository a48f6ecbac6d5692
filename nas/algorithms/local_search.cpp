#include "nas/algorithms/local_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "nas/algorithms/neighbourhood.h"
#include "nas/genotype_hash.h"
#include "nas/pareto.h"

namespace nas {
namespace {

// A member whose neighbours may be evaluated.
struct Centre {
  CandidateId id{};
  Genotype genotype;
  ParetoPoint point;
  std::vector<Move> moves;  // not accepted yet
};

// What both kinds of local search share: which neighbours there are and which are known.
class Surroundings {
 public:
  Surroundings(const SearchSpace& space, std::int64_t kick)
      : space_(space), neighbourhood_(space.genes()), kick_(kick) {}

  [[nodiscard]] Proposal sample(Rng& rng) const { return {space_.sample(rng), {}, "sample"}; }

  [[nodiscard]] Proposal kick_from(const Centre& centre, Rng& rng) const {
    std::int64_t moves = kick_;
    while (rng.uniform() < kFarther) ++moves;  // what is near may all be known one day
    return {neighbourhood_.kicked(centre.genotype, moves, rng), {centre.id}, "mutation"};
  }

  // REQUIRES: centre.moves is not empty.
  [[nodiscard]] Proposal neighbour_of(const Centre& centre, Rng& rng) const {
    Genotype neighbour;
    for (std::size_t i = 0; i < kDraws; ++i) {
      neighbour = neighbourhood_.moved(centre.genotype, centre.moves[rng.index(centre.moves.size())], rng);
      if (!is_known(neighbour)) break;
    }
    return {std::move(neighbour), {centre.id}, "mutation"};
  }

  [[nodiscard]] Centre centre_of(const Outcome& outcome) const {
    const Candidate& candidate = outcome.candidate;
    return {candidate.id,
            candidate.genotype,
            {outcome.objectives, outcome.violation},
            neighbourhood_.moves_from(candidate.genotype)};
  }

  void accepted(const Candidate& candidate) { known_.insert(GenotypeHash()(candidate.genotype)); }

  // Where few are left, those that others have led to go too, or they would be drawn again and again.
  void remove_move(const Candidate& neighbour, Centre& centre) const {
    neighbourhood_.remove_move_to(neighbour.genotype, centre.moves);
    if (centre.moves.size() > kFew) return;
    Rng rng(neighbour.seed, number(neighbour.id), Stream::Proposal);
    std::erase_if(centre.moves,
                  [&](const Move& move) { return is_known(neighbourhood_.moved(centre.genotype, move, rng)); });
  }

 private:
  static constexpr std::size_t kDraws = 16;  // for a neighbour that is not known
  static constexpr std::size_t kFew = 16;    // moves
  static constexpr double kFarther = 0.25;   // of kicks, and of those again

  [[nodiscard]] bool is_known(const Genotype& genotype) const { return known_.contains(GenotypeHash()(genotype)); }

  const SearchSpace& space_;
  const Neighbourhood neighbourhood_;
  const std::int64_t kick_;
  std::unordered_set<std::size_t> known_;  // hashes: a collision hides one genotype
};

bool is_child_of(const Candidate& candidate, CandidateId parent) {
  return candidate.parents.size() == 1 && candidate.parents.front() == parent;
}

// Equal points are not better: a climb over a plateau would never end.
bool is_better(const ParetoPoint& a, const ParetoPoint& b) {
  if (a.violation != b.violation) return a.violation < b.violation;
  return a.objectives.front() < b.objectives.front();
}

// One objective. The climb is at `current_`; `open_` are the best others, whose neighbours are
// taken while the climb waits for results.
class Climb final : public SearchAlgorithm {
 public:
  Climb(const SearchSpace& space, const LocalSearchConfig& config)
      : around_(space, config.kick), starts_(static_cast<std::size_t>(config.starts)) {}

  Proposal propose(Rng& rng) const override {
    if (accepted_ < starts_ || !best_) return around_.sample(rng);
    if (restart_due_) return around_.kick_from(*best_, rng);
    // Now and then another centre: the neighbours left may all be refused (over a limit).
    if (!current_.moves.empty() && rng.uniform() >= kDetour) return around_.neighbour_of(current_, rng);
    for (const Centre& centre : open_) {
      if (rng.uniform() < kNextBest) return around_.neighbour_of(centre, rng);
    }
    return around_.kick_from(*best_, rng);
  }

  void accepted(const Candidate& candidate) override {
    around_.accepted(candidate);
    const bool is_start = ++accepted_ <= starts_ || !best_;
    if (is_start) return;
    if (restart_due_) {
      restart_ = candidate.id;
      restart_due_ = false;
    }
    if (candidate.parents.empty()) give_up_nearest();
    if (is_child_of(candidate, current_.id)) {
      ++children_out_;
      detours_ = 0;
      around_.remove_move(candidate, current_);
    } else if (++detours_ >= kPatience) {
      current_.moves.clear();
    }
    leave_open(candidate);
    end_climb_if_done();
  }

  void tell(const Outcome& outcome) override {
    const Candidate& candidate = outcome.candidate;
    const bool is_child = best_ && is_child_of(candidate, current_.id);
    if (is_child) --children_out_;
    const bool is_restart = restart_ == candidate.id;
    if (is_restart) restart_.reset();
    if (!outcome.failed) consider(around_.centre_of(outcome), is_child, is_restart);
    if (best_) end_climb_if_done();
  }

 private:
  static constexpr double kDetour = 0.1;       // did no harm up to 0.4
  static constexpr double kNextBest = 0.5;     // of those open, best first
  static constexpr std::size_t kPatience = 3;  // detours in a row: by chance once in a thousand
  static constexpr std::size_t kOpen = 256;    // centres that wait for their turn

  void consider(Centre centre, bool is_child, bool is_restart) {
    const bool is_best = !best_ || is_better(centre.point, best_->point);
    if (is_best) best_ = centre;
    if (is_best || is_restart || (is_child && is_better(centre.point, current_.point))) {
      if (!current_.moves.empty()) open(std::move(current_));
      climb_to(std::move(centre));
    } else {
      open(std::move(centre));
    }
  }

  void climb_to(Centre centre) {
    current_ = std::move(centre);
    children_out_ = 0;
    detours_ = 0;
  }

  void open(Centre centre) {
    const auto after = std::upper_bound(open_.begin(), open_.end(), centre,
                                        [](const Centre& a, const Centre& b) { return is_better(a.point, b.point); });
    open_.insert(after, std::move(centre));
    if (open_.size() > kOpen) open_.pop_back();
  }

  // Not ours: whatever was proposed was refused, so these have nothing left that is of use.
  void give_up_nearest() {
    current_.moves.clear();
    if (!open_.empty()) open_.erase(open_.begin());
  }

  void leave_open(const Candidate& candidate) {
    const auto parent = std::find_if(open_.begin(), open_.end(),
                                     [&](const Centre& centre) { return is_child_of(candidate, centre.id); });
    if (parent == open_.end()) return;
    around_.remove_move(candidate, *parent);
    if (parent->moves.empty()) open_.erase(parent);
  }

  // A local optimum: nothing left to try and nothing left to wait for.
  void end_climb_if_done() {
    if (current_.moves.empty() && children_out_ == 0 && !restart_) restart_due_ = true;
  }

  Surroundings around_;
  const std::size_t starts_;
  std::size_t accepted_ = 0;
  std::optional<Centre> best_;  // of all; its moves do not count
  Centre current_;              // best_ tells whether there is one
  std::size_t children_out_ = 0;
  std::size_t detours_ = 0;
  bool restart_due_ = false;
  std::optional<CandidateId> restart_;  // the kick that is being evaluated
  std::vector<Centre> open_;            // best first, none without moves
};

// Several objectives. `front_` holds what no other result dominates or equals.
class ParetoLocalSearch final : public SearchAlgorithm {
 public:
  ParetoLocalSearch(const SearchSpace& space, const LocalSearchConfig& config)
      : around_(space, config.kick), starts_(static_cast<std::size_t>(config.starts)) {}

  Proposal propose(Rng& rng) const override {
    if (accepted_ < starts_ || front_.empty()) return around_.sample(rng);
    std::vector<const Centre*> open;
    for (const Centre& centre : front_) {
      if (!centre.moves.empty()) open.push_back(&centre);
    }
    if (open.empty() || rng.uniform() < kDetour) return around_.kick_from(front_[rng.index(front_.size())], rng);
    return around_.neighbour_of(*open[rng.index(open.size())], rng);
  }

  void accepted(const Candidate& candidate) override {
    around_.accepted(candidate);
    const bool is_start = ++accepted_ <= starts_ || front_.empty();
    if (is_start) return;
    for (Centre& centre : front_) {
      // Not ours: whatever was proposed was refused, so the neighbours left are of no use.
      if (candidate.parents.empty()) centre.moves.clear();
      if (is_child_of(candidate, centre.id)) around_.remove_move(candidate, centre);
    }
  }

  void tell(const Outcome& outcome) override {
    if (outcome.failed) return;
    const ParetoPoint point{outcome.objectives, outcome.violation};
    const bool is_covered = std::any_of(front_.begin(), front_.end(), [&](const Centre& member) {
      return member.point == point || dominates(member.point, point);
    });
    if (is_covered) return;
    std::erase_if(front_, [&](const Centre& member) { return dominates(point, member.point); });
    front_.push_back(around_.centre_of(outcome));
    if (front_.size() > kFront) drop_one();
  }

 private:
  static constexpr double kDetour = 0.02;
  static constexpr std::size_t kFront = 1000;

  // The oldest whose neighbours are all known, else the oldest.
  void drop_one() {
    const auto done =
        std::find_if(front_.begin(), front_.end(), [](const Centre& member) { return member.moves.empty(); });
    front_.erase(done == front_.end() ? front_.begin() : done);
  }

  Surroundings around_;
  const std::size_t starts_;
  std::size_t accepted_ = 0;
  std::vector<Centre> front_;  // oldest first
};

}  // namespace

Options LocalSearchConfig::options() {
  return {
      {"starts", &starts, "random candidates before the first neighbour", 1, 1e6},
      {"kick", &kick,
       "random moves away from the best where all its neighbours are known; one more in a quarter of cases, and so on",
       1, 1000},
  };
}

Result<std::unique_ptr<SearchAlgorithm>> LocalSearchConfig::make(const SearchProblem& problem) const {
  if (problem.objectives.empty()) {
    return Error{
        "local_search needs an objective (it climbs by nothing else), try 'objectives: [{maximize: val_accuracy}]'"};
  }
  if (problem.objectives.size() == 1) {
    return std::unique_ptr<SearchAlgorithm>(std::make_unique<Climb>(problem.space, *this));
  }
  return std::unique_ptr<SearchAlgorithm>(std::make_unique<ParetoLocalSearch>(problem.space, *this));
}

}  // namespace nas
