// Keeps a run's folder of training checkpoints small: what no training can go on from is removed.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "nas/pareto.h"
#include "nas/search.h"
#include "nas/trial_log.h"

namespace nas {

/// Passes everything on to another log, and then removes `folder/<id>` of each candidate that is
/// trained to the end, was stopped or failed, and of the one whose training it carried on. Of those
/// that may still be carried on, the best kWaiting of each budget are sure to be kept, at most twice
/// as many: the others are trained from the start if they are carried on after all, to the same
/// result. Used from one thread.
class CheckpointLog final : public TrialLog {
 public:
  static constexpr std::size_t kWaiting = 32;

  /// `folder`: empty or absent where there are none. `history`: of earlier starts of the run; what
  /// they left behind is removed. `log` and `setup` must outlive it.
  CheckpointLog(TrialLog& log, const SearchSetup& setup, std::filesystem::path folder, const TrialHistory& history);

  void asked(std::span<const AskedTrial> trials) override;
  void finished(std::span<const FinishedTrial> trials) override;

  /// The run has ended, so that nothing is carried on any more.
  void remove_all();

 private:
  struct Waiting {
    CandidateId id{};
    ParetoPoint result;
  };

  void note(const Candidate& candidate);
  /// What can go now that this is known.
  [[nodiscard]] std::vector<CandidateId> note(const FinishedTrial& trial);
  [[nodiscard]] std::vector<CandidateId> thin_out(std::vector<Waiting>& waiting) const;
  [[nodiscard]] std::set<std::string> wanted() const;
  void sweep() const;
  void remove(CandidateId id) const;

  TrialLog& log_;
  const SearchSetup& setup_;
  std::filesystem::path folder_;
  std::unordered_map<CandidateId, Candidate> running_;
  std::map<std::int32_t, std::vector<Waiting>> waiting_;  // by budget
};

}  // namespace nas
