// Learning curves of a search's candidates as TensorBoard's event files, a folder each.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "nas/search_space.h"
#include "nas/trial_log.h"

namespace nas {

/// Of a run's directory.
inline constexpr const char* kTensorboardFolder = "tensorboard";

struct TensorboardPlan {
  std::filesystem::path folder;  // empty: nothing is written
  std::vector<Gene> genes;       // the candidates' choices, for the HPARAMS view
  /// What else is known of an epoch, from 1: the learning rate. May be empty.
  std::function<Metrics(const Candidate& candidate, std::int32_t epoch)> more = {};
  /// Files can't be written, in words for a person. Not empty.
  std::function<void(const std::string& trouble)> say;
};

/// The event file of one candidate: a function of the two, so that writing it twice changes nothing.
/// Scalars by epoch; metrics that the curve lacks as `final/NAME` at its end.
[[nodiscard]] std::string candidate_events(const AskedTrial& asked, const FinishedTrial& finished,
                                           const TensorboardPlan& plan);

/// Passes everything on to another log, and then writes `folder/<id>/events.out.tfevents` of each finished
/// candidate, whole at once. What can't be written is said once and left out; the next start writes it. Used from one
/// thread.
class TensorboardLog final : public TrialLog {
 public:
  /// `history`: of earlier starts of the run; what is missing or not whole of theirs is written. `log` must outlive
  /// it.
  TensorboardLog(TrialLog& log, TensorboardPlan plan, const TrialHistory& history);

  void asked(std::span<const AskedTrial> trials) override;
  void finished(std::span<const FinishedTrial> trials) override;

 private:
  void note(std::span<const AskedTrial> trials);
  void write(const FinishedTrial& trial);

  TrialLog& log_;
  TensorboardPlan plan_;
  std::unordered_map<CandidateId, AskedTrial> running_;
  bool said_ = false;
};

}  // namespace nas
