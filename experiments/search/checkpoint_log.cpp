#include "experiments/search/checkpoint_log.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

namespace nas {
namespace fs = std::filesystem;

CheckpointLog::CheckpointLog(TrialLog& log, const SearchSetup& setup, fs::path folder, const TrialHistory& history)
    : log_(log), setup_(setup), folder_(std::move(folder)) {
  if (folder_.empty()) return;
  std::size_t told = 0;
  // In the order of the run: what a candidate carries on was told before it was asked for.
  for (const AskedTrial& trial : history.asked) {
    for (; told < trial.asked_after; ++told) (void)note(history.finished[told]);
    note(trial.candidate);
  }
  for (; told < history.finished.size(); ++told) (void)note(history.finished[told]);
  sweep();
}

void CheckpointLog::asked(std::span<const AskedTrial> trials) {
  log_.asked(trials);
  if (folder_.empty()) return;
  for (const AskedTrial& trial : trials) note(trial.candidate);
}

void CheckpointLog::finished(std::span<const FinishedTrial> trials) {
  log_.finished(trials);
  if (folder_.empty()) return;
  for (const FinishedTrial& trial : trials) {
    for (const CandidateId id : note(trial)) remove(id);
  }
}

void CheckpointLog::remove_all() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

void CheckpointLog::note(const Candidate& candidate) {
  running_.emplace(candidate.id, candidate);
  if (!candidate.continues) return;
  // Its file is read now, so it must not be thinned out; when the reader is done, it goes.
  for (auto& [budget, waiting] : waiting_) {
    std::erase_if(waiting, [&](const Waiting& one) { return one.id == *candidate.continues; });
  }
}

std::vector<CandidateId> CheckpointLog::note(const FinishedTrial& trial) {
  const auto running = running_.extract(trial.evaluation.id);
  if (running.empty()) return {};
  const Candidate& candidate = running.mapped();
  std::vector<CandidateId> useless;
  if (candidate.continues) useless.push_back(*candidate.continues);
  Outcome outcome = outcome_of(setup_, candidate, trial);
  if (outcome.failed || trial.evaluation.stopped || candidate.budget >= candidate.full_budget) {
    useless.push_back(candidate.id);
    return useless;
  }
  std::vector<Waiting>& waiting = waiting_[candidate.budget];
  waiting.push_back({candidate.id, {std::move(outcome.objectives), outcome.violation}});
  if (waiting.size() > 2 * kWaiting) std::ranges::copy(thin_out(waiting), std::back_inserter(useless));
  return useless;
}

std::vector<CandidateId> CheckpointLog::thin_out(std::vector<Waiting>& waiting) const {
  std::vector<ParetoPoint> points;
  for (const Waiting& one : waiting) points.push_back(one.result);
  const std::vector<std::int32_t> ranks = domination_ranks(points);
  std::vector<std::size_t> order(waiting.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::tuple(ranks[i], waiting[i].id); });
  std::vector<Waiting> kept;
  std::vector<CandidateId> dropped;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Waiting& one = waiting[order[i]];
    if (i < kWaiting) {
      kept.push_back(std::move(one));
    } else {
      dropped.push_back(one.id);
    }
  }
  waiting = std::move(kept);
  return dropped;
}

std::set<std::string> CheckpointLog::wanted() const {
  std::set<std::string> names;
  const auto want = [&](CandidateId id) { names.insert(std::to_string(number(id))); };
  for (const auto& [id, candidate] : running_) {
    want(id);
    if (candidate.continues) want(*candidate.continues);
  }
  for (const auto& [budget, waiting] : waiting_) {
    for (const Waiting& one : waiting) want(one.id);
  }
  return names;
}

void CheckpointLog::sweep() const {
  const std::set<std::string> names = wanted();
  std::vector<fs::path> useless;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    if (!names.contains(entry->path().filename().string())) useless.push_back(entry->path());
  }
  for (const fs::path& path : useless) fs::remove_all(path, error);
}

void CheckpointLog::remove(CandidateId id) const {
  // What can't be removed now is removed with the folder when the run ends.
  std::error_code ignored;
  fs::remove_all(folder_ / std::to_string(number(id)), ignored);
}

}  // namespace nas
