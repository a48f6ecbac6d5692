// How leases end otherwise than by a result, and what the farm does by the clock.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "mpi/farm.h"
#include "mpi/handshake.h"
#include "nas/check.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

Evaluation lost_evaluation(CandidateId id, const std::string& worker, const std::string& why) {
  Evaluation evaluation;
  evaluation.id = id;
  evaluation.failure = Failure{FailureType::WorkerLost, why, {}};
  evaluation.started_at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  evaluation.worker = worker;
  return evaluation;
}

}  // namespace

Farm::Lease Farm::end_lease(LeaseNumber lease) {
  const auto at = leases_.find(lease);
  NAS_CHECK(at != leases_.end(), "the end of a lease that has ended");
  const Lease ended = at->second;
  leases_.erase(at);
  desks_.remove(desks_[ended.rank], lease);
  return ended;
}

void Farm::finish(LeaseNumber lease, Evaluation evaluation) {
  const Lease ended = end_lease(lease);
  const auto at = outstanding_.find(ended.id);
  Outstanding& outstanding = at->second;
  const std::optional<Failure>& failure = evaluation.failure;
  const bool machine_lost = failure && failure->type == FailureType::WorkerLost;
  if (!machine_lost) {
    pace_.note_duration(evaluation.seconds, outstanding.candidate.budget, !failure);
    if (ended.direct && ended.rank != kCoordinatorRank) {
      pace_.note_round_trip(seconds(now() - ended.sent) - evaluation.seconds + busy_seconds_);
    }
    if (health_.note(evaluation)) set_aside(evaluation.worker, desks_[ended.rank]);
  }
  if (failure && options_.retry.try_again(failure->type, outstanding.attempts)) {
    ++counts_.retries;
    event("retry",
          fmt::format("candidate {} goes out again (attempt {} of {}): {}: {}", number(ended.id),
                      outstanding.attempts + 1, options_.retry.max_attempts, evaluation.worker, failure->message));
    outstanding.avoid = ended.rank;
    return hand_back(at);
  }
  if (failure && outstanding.attempts > 1 && outstanding.attempts == options_.retry.max_attempts) {
    evaluation.failure->message +=
        fmt::format(" (attempt {} of {})", outstanding.attempts, options_.retry.max_attempts);
  }
  outstanding_.erase(at);
  done_.push_back(std::move(evaluation));
}

void Farm::hand_back(std::unordered_map<CandidateId, Outstanding>::iterator at) {
  at->second.lease = 0;
  if (!withdrawing_ && !at->second.called_back) {
    again_.push_back(at->first);
    return;
  }
  withdrawn_.push_back(at->first);
  outstanding_.erase(at);
}

void Farm::give_back(LeaseNumber lease) {
  const auto at = outstanding_.find(end_lease(lease).id);
  --at->second.attempts;
  hand_back(at);
}

void Farm::set_aside(const std::string& worker, const Desk& desk) {
  event("worker", fmt::format("{} failed {} different candidates in a row while others did not, it gets no more",
                              worker, WorkerHealth::kFailuresInARow));
  if (desk.rank != kCoordinatorRank) return send_message(*transport_, desk.rank, SetAsideMessage{worker});
  local_->set_aside(worker);
  desks_.open(desks_[kCoordinatorRank], local_->slots());
}

void Farm::lose_lease(LeaseNumber lease, const std::string& why) {
  Desk& desk = desks_[leases_.at(lease).rank];
  desk.to_withdraw.push_back(lease);
  to_flush_.push_back(desk.rank);
  const CandidateId id = leases_.at(lease).id;
  finish(lease, lost_evaluation(id, name_of(desk), why));
}

void Farm::lose_rank(Desk& desk, Desk::State state, const std::string& why) {
  desks_.close(desk, state);
  desk.outbox.clear();
  const std::deque<LeaseNumber> leases = desk.leases;
  event("worker",
        fmt::format("{} {}; it held {} candidate{}", name_of(desk), why, leases.size(), leases.size() == 1 ? "" : "s"));
  for (const LeaseNumber lease : leases) {
    finish(lease, lost_evaluation(leases_.at(lease).id, name_of(desk), fmt::format("{} {}", name_of(desk), why)));
  }
}

/// A lease that the worker does not hold although it has read the letter, or whose letter it has not
/// read for too long, was lost on the way, or its result was.
void Farm::compare_leases(Desk& desk, const StatusMessage& status) {
  std::vector<LeaseNumber> held = status.held;
  std::sort(held.begin(), held.end());
  const std::deque<LeaseNumber> leases = desk.leases;
  for (const LeaseNumber lease : leases) {
    const Lease& known = leases_.at(lease);
    if (known.letter == 0 || std::binary_search(held.begin(), held.end(), lease)) continue;
    const bool read = known.letter <= status.letter;
    if (read || now() - known.sent > options_.timing.patience) {
      lose_lease(lease, fmt::format("a message to or from {} was lost", name_of(desk)));
    }
  }
  for (const LeaseNumber lease : held) {
    if (leases_.contains(lease)) continue;
    desk.to_withdraw.push_back(lease);
    to_flush_.push_back(desk.rank);
  }
}

void Farm::withdraw_waiting() {
  withdrawing_ = true;
  for (const CandidateId id : std::exchange(again_, {})) hand_back(outstanding_.find(id));
  for (Desk& desk : desks_) {
    for (const Handout& handout : std::exchange(desk.outbox, {})) give_back(handout.lease);
    if (desk.waiting() > 0) recall(desk, desk.leases.size());
  }
}

void Farm::recall(Desk& desk, std::size_t count) {
  desk.recalled = true;
  const auto first = desk.leases.end() - static_cast<std::ptrdiff_t>(std::min(count, desk.leases.size()));
  send_message(*transport_, desk.rank, WithdrawMessage{{first, desk.leases.end()}, true});
}

void Farm::withdraw(CandidateId id) {
  const auto at = outstanding_.find(id);
  if (at == outstanding_.end()) return;
  at->second.called_back = true;
  const auto lease = leases_.find(at->second.lease);
  if (lease == leases_.end()) {  // it waits to be handed out again
    std::erase(again_, id);
    return hand_back(at);
  }
  if (lease->second.rank == kCoordinatorRank) return local_->withdraw(id);
  desks_[lease->second.rank].to_withdraw.push_back(lease->first);
  to_flush_.push_back(lease->second.rank);
}

std::vector<CandidateId> Farm::take_withdrawn() { return std::exchange(withdrawn_, {}); }

void Farm::beat() {
  next_beat_ = now() + options_.timing.heartbeat;
  if (options_.prefetch == FarmOptions::kAutoPrefetch) desks_.set_ahead(pace_.ahead());
  delay_ = options_.prefetch == FarmOptions::kAutoPrefetch ? pace_.harmless_delay() : 0;
  const double limit = options_.learn_limit ? pace_.seconds_per_epoch() : 0;
  if (local_ != nullptr && limit > 0) local_->limit_time(limit);
  if (transport_ == nullptr) return;
  find_silent();
  const std::vector<std::byte> alive = encode(AliveMessage{limit});
  for (const Desk& desk : desks_) {
    if (desk.rank != kCoordinatorRank && desk.state != Desk::State::Gone) transport_->send(desk.rank, alive);
  }
  if (given_all_) recall_for_idle();
  check_anybody_left();
}

void Farm::find_silent() {
  const TimePoint time = now();
  for (Desk& desk : desks_) {
    if (desk.rank == kCoordinatorRank || !desk.is_ready() || time - desk.heard <= options_.timing.patience) continue;
    lose_rank(desk, Desk::State::Lost, fmt::format("was silent for {:.0f} s", seconds(time - desk.heard)));
  }
}

void Farm::find_dead() {
  const std::vector<int> dead = transport_->lost_ranks();
  for (; dead_seen_ < dead.size(); ++dead_seen_) {
    lose_rank(desks_[dead[dead_seen_]], Desk::State::Gone, "has died");
  }
}

/// The search has nothing more to give while slots stand empty: what waits elsewhere comes back for
/// them.
void Farm::recall_for_idle() {
  std::size_t wanted = desks_.idle() > again_.size() ? desks_.idle() - again_.size() : 0;
  for (Desk& desk : desks_) {
    if (wanted == 0) return;
    if (desk.waiting() == 0 || desk.recalled || !desk.is_ready()) continue;
    const std::size_t count = std::min(wanted, desk.waiting());
    recall(desk, count);
    wanted -= count;
  }
}

void Farm::check_anybody_left() {
  const bool somebody = desks_.slots() > 0 || counts().lost == 0;
  if (somebody) {
    nobody_since_ = now();
  } else if (now() - nobody_since_ > options_.timing.patience || dead_seen_ + 1 == desks_.size()) {
    throw Exception(
        fmt::format("no worker is left ({} ranks are lost), continue the run with --resume", counts().lost));
  }
}

Result<Unit> stop_ranks(Transport& transport, const std::vector<int>& gone, std::chrono::milliseconds patience) {
  std::set<int> silent;
  for (int rank = 0; rank < transport.size(); ++rank) {
    if (rank != transport.rank() && std::find(gone.begin(), gone.end(), rank) == gone.end()) silent.insert(rank);
  }
  for (const int rank : silent) send_message(transport, rank, StopMessage{!gone.empty()});
  const auto deadline = transport.now() + patience;
  while (!silent.empty() && transport.now() < deadline) {
    const std::optional<Message> message = transport.receive(100ms);
    for (const int rank : transport.lost_ranks()) silent.erase(rank);
    if (!message) continue;
    const Result<WireMessage> decoded = decode(message->bytes);
    if (decoded && std::holds_alternative<GoodbyeMessage>(*decoded)) silent.erase(message->from);
  }
  if (silent.empty() && (!gone.empty() || transport.flush(patience))) return Unit{};
  return Error{fmt::format("rank{} {} did not stop within {} ms", silent.size() == 1 ? "" : "s",
                           fmt::join(silent, ", "), patience.count())};
}

}  // namespace nas
