// `replay` of nas/search.h: a stored run, asked and told again.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <utility>

#include "nas/search.h"

namespace nas {
namespace {

std::string join_ids(const std::vector<CandidateId>& ids) {
  std::vector<std::uint64_t> numbers;
  for (const CandidateId id : ids) numbers.push_back(number(id));
  return fmt::format("[{}]", fmt::join(numbers, ", "));
}

std::string id_text(std::optional<CandidateId> id) { return id ? std::to_string(number(*id)) : "none"; }

std::string join_values(const std::vector<double>& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

Error differs(CandidateId id, std::string_view what, const std::string& stored, const std::string& now) {
  return Error{
      fmt::format("candidate {} of the stored run has the {} {}, replaying it gives {} (another config, space "
                  "file or version made that run, so it cannot be continued), try the config in its own run "
                  "directory, or a new run",
                  number(id), what, stored, now)};
}

std::optional<Error> compare(const Candidate& stored, const Candidate& now) {
  if (stored.id != now.id)
    return differs(now.id, "id", std::to_string(number(stored.id)), std::to_string(number(now.id)));
  if (stored.genotype != now.genotype) {
    return differs(now.id, "genotype", to_string(stored.genotype), to_string(now.genotype));
  }
  if (stored.budget != now.budget) {
    return differs(now.id, "budget", std::to_string(stored.budget), std::to_string(now.budget));
  }
  if (stored.seed != now.seed) return differs(now.id, "seed", std::to_string(stored.seed), std::to_string(now.seed));
  if (stored.parents != now.parents) {
    return differs(now.id, "parents", join_ids(stored.parents), join_ids(now.parents));
  }
  if (stored.continues != now.continues) {
    return differs(now.id, "earlier training", id_text(stored.continues), id_text(now.continues));
  }
  if (stored.stop_above != now.stop_above) {
    return differs(now.id, "bounds that stop it", join_values(stored.stop_above), join_values(now.stop_above));
  }
  return std::nullopt;
}

Error broken_history(std::string_view what) {
  return Error{
      fmt::format("the stored run contradicts itself: {} (the store was edited or is damaged), try a backup "
                  "of it, or a new run",
                  what)};
}

class Replay {
 public:
  Replay(Proposer& proposer, const SearchSetup& setup, const TrialHistory& history)
      : proposer_(proposer), setup_(setup), history_(history), finished_(history.asked.size(), false) {}

  Result<std::vector<AskedTrial>> run() {
    for (const AskedTrial& trial : history_.asked) {
      if (auto error = tell_until(trial.asked_after)) return *error;
      if (auto error = ask_again(trial)) return *error;
    }
    if (auto error = tell_until(history_.finished.size())) return *error;
    std::vector<AskedTrial> running;
    for (std::size_t i = 0; i < history_.asked.size(); ++i) {
      if (!finished_[i]) running.push_back(history_.asked[i]);
    }
    return running;
  }

 private:
  std::optional<Error> tell_until(std::uint64_t count) {
    if (count < proposer_.told() || count > history_.finished.size()) {
      return broken_history(fmt::format("candidate {} was asked for after {} results, of which {} are there",
                                        proposer_.asked(), count, history_.finished.size()));
    }
    while (proposer_.told() < count) {
      const FinishedTrial& trial = history_.finished[proposer_.told()];
      const std::uint64_t id = number(trial.evaluation.id);
      if (id >= proposer_.asked() || finished_[id]) {
        return broken_history(
            fmt::format("result {} is of candidate {}, which was not running then", proposer_.told(), id));
      }
      if (!trial.evaluation.failure && trial.values.size() != setup_.objectives.size()) {
        return broken_history(fmt::format("candidate {} has {} objective values, the config has {} objectives", id,
                                          trial.values.size(), setup_.objectives.size()));
      }
      finished_[id] = true;
      proposer_.tell(outcome_of(setup_, history_.asked[id].candidate, trial));
    }
    return std::nullopt;
  }

  std::optional<Error> ask_again(const AskedTrial& stored) {
    const std::vector<AskedTrial> now = proposer_.ask(1);
    if (!now.empty()) return compare(stored.candidate, now.front().candidate);
    return Error{
        fmt::format("the stored run has a candidate {}, replaying it ends before ({}), try the config in its "
                    "own run directory, or a new run",
                    number(stored.candidate.id),
                    proposer_.ended_early().empty() ? fmt::format("evaluations: {}", proposer_.evaluations())
                                                    : proposer_.ended_early())};
  }

  Proposer& proposer_;
  const SearchSetup& setup_;
  const TrialHistory& history_;
  std::vector<bool> finished_;
};

}  // namespace

Result<std::vector<AskedTrial>> replay(Proposer& proposer, const SearchSetup& setup, const TrialHistory& history) {
  return Replay(proposer, setup, history).run();
}

}  // namespace nas
