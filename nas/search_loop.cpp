#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "nas/check.h"
#include "nas/search.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// How long a stop request may go unnoticed while nothing else happens.
constexpr auto kWait = 200ms;
/// Candidates asked for between two looks at the evaluator: a costly algorithm with thousands of
/// free slots must not keep results waiting. A number, not a time, so that runs can be repeated.
constexpr std::size_t kAskedAtOnce = 256;
/// How often a log that is away is tried again.
constexpr auto kLogPause = 1s;
/// How often what does not come back is called again.
constexpr auto kCallPause = 1s;
/// How long the log may be away once all is called back: the job's time is nearly over.
constexpr auto kLastPatience = 10s;

// The search's own state: what is out, what waits to be handed out again, what waits to be written.
class Loop {
 public:
  Loop(Proposer& proposer, Evaluator& evaluator, TrialLog& log, const SearchSetup& setup,
       std::vector<AskedTrial> unfinished)
      : proposer_(proposer),
        evaluator_(evaluator),
        log_(log),
        setup_(setup),
        waiting_(std::make_move_iterator(unfinished.begin()), std::make_move_iterator(unfinished.end())) {}

  void run() {
    for (;;) {
      heed_stop();
      const bool more = stop_ == Stop::No && !log_is_away() && hand_out();
      if (is_over()) return;
      take_in(evaluator_.wait_some(more ? 0ms : std::chrono::milliseconds(kWait)));
    }
  }

 private:
  /// True where slots are left that were not looked at.
  bool hand_out() {
    std::size_t free = evaluator_.free_slots();
    for (; free > 0 && !waiting_.empty(); --free) {
      submit(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    if (free == 0) return false;
    const std::size_t count = std::min(free, kAskedAtOnce);
    unlogged_ = proposer_.ask(count);
    const bool all = unlogged_.size() == count;
    return write() && all && count < free;
  }

  void submit(AskedTrial trial) {
    const CandidateId id = trial.candidate.id;
    const auto [at, added] = running_.emplace(id, std::move(trial));
    NAS_CHECK(added, fmt::format("candidate {} is handed out twice", number(id)));
    evaluator_.submit(at->second.candidate);
  }

  void heed_stop() {
    const Stop stop = setup_.stop_requested ? setup_.stop_requested() : Stop::No;
    if (stop == Stop::No) return;
    if (stop_ == Stop::No) {
      unlogged_.clear();  // the resumed run asks for the same
      evaluator_.withdraw_waiting();
    }
    if (stop == Stop::Now && Clock::now() >= next_call_) {
      next_call_ = Clock::now() + kCallPause;
      if (stop_ != Stop::Now && log_is_away()) away_until_ = std::min(away_until_, Clock::now() + kLastPatience);
      for (const auto& [id, trial] : running_) evaluator_.withdraw(id);
    }
    stop_ = stop;
  }

  bool is_over() const {
    if (!running_.empty() || !unwritten_.empty() || !unlogged_.empty()) return false;
    return stop_ != Stop::No || (waiting_.empty() && proposer_.finished());
  }

  void take_in(std::vector<Evaluation> evaluations) {
    for (Evaluation& evaluation : evaluations) {
      auto asked = running_.extract(evaluation.id);
      NAS_CHECK(!asked.empty(),
                fmt::format("a result for candidate {}, which is not running, or a second one", number(evaluation.id)));
      if (!evaluation.failure) {
        for (const auto& [name, value] : asked.mapped().computed) evaluation.metrics[name] = value;
      }
      unwritten_.push_back(judge(setup_, std::move(evaluation), proposer_.told() + unwritten_.size()));
      candidates_.push_back(std::move(asked.mapped().candidate));
    }
    for (const CandidateId id : evaluator_.take_withdrawn()) running_.erase(id);
    if (!log_is_away() || Clock::now() >= next_try_) write();
  }

  /// Candidates become durable and go out, results become durable and are told. False while the log
  /// is away.
  bool write() {
    try {
      if (!unlogged_.empty()) log_.asked(unlogged_);
      for (AskedTrial& trial : std::exchange(unlogged_, {})) submit(std::move(trial));
      if (!unwritten_.empty()) log_.finished(unwritten_);
    } catch (const LogUnavailable& error) {
      wait_for_log(error.what());
      return false;
    }
    if (log_is_away()) {
      away_until_ = Clock::time_point::max();
      if (setup_.on_log_pause) setup_.on_log_pause({});
    }
    tell();
    return true;
  }

  bool log_is_away() const { return away_until_ != Clock::time_point::max(); }

  /// REQUIRES: inside a handler of LogUnavailable, which it may pass on.
  void wait_for_log(const char* reason) {
    const Clock::time_point now = Clock::now();
    if (!log_is_away()) {
      away_until_ = now + setup_.log_patience;
      if (stop_ == Stop::Now) away_until_ = std::min(away_until_, now + kLastPatience);
      if (setup_.on_log_pause) setup_.on_log_pause(reason);
    }
    if (now >= away_until_ || unwritten_.size() > setup_.kept_results) throw;
    next_try_ = now + kLogPause;
  }

  void tell() {
    const std::vector<FinishedTrial> trials = std::exchange(unwritten_, {});
    for (std::size_t i = 0; i < trials.size(); ++i) {
      proposer_.tell(outcome_of(setup_, candidates_[i], trials[i]));
    }
    candidates_.clear();
    report(trials);
  }

  void report(std::span<const FinishedTrial> news) const {
    if (!setup_.on_progress) return;
    setup_.on_progress({.evaluations = proposer_.evaluations(),
                        .finished = proposer_.told(),
                        .failed = proposer_.failed(),
                        .running = running_.size(),
                        .rejected = proposer_.rejected(),
                        .news = news});
  }

  Proposer& proposer_;
  Evaluator& evaluator_;
  TrialLog& log_;
  const SearchSetup& setup_;
  Stop stop_ = Stop::No;
  std::deque<AskedTrial> waiting_;
  std::unordered_map<CandidateId, AskedTrial> running_;
  std::vector<AskedTrial> unlogged_;
  std::vector<FinishedTrial> unwritten_;
  std::vector<Candidate> candidates_;                        // of unwritten_
  Clock::time_point away_until_ = Clock::time_point::max();  // max: the log is there
  Clock::time_point next_try_{};
  Clock::time_point next_call_{};
};

}  // namespace

void run_search(Proposer& proposer, Evaluator& evaluator, TrialLog& log, const SearchSetup& setup,
                std::vector<AskedTrial> unfinished) {
  Loop(proposer, evaluator, log, setup, std::move(unfinished)).run();
}

}  // namespace nas
