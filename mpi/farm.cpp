#include "mpi/farm.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mpi/handshake.h"
#include "nas/check.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

/// How long a result of one side may wait while the other is slept on.
constexpr auto kTurn = 5ms;
/// Messages taken in at once; the rest waits in order.
constexpr int kMessagesAtOnce = 1024;
/// A letter of so many candidates goes out before the round ends.
constexpr std::size_t kFullLetter = 64;
/// Weight of the latest round in the coordinator's own share of a round trip.
constexpr double kLatest = 0.1;

}  // namespace

Farm::Farm(Transport* transport, Evaluator* local, FarmOptions options)
    : transport_(transport),
      local_(local),
      options_(std::move(options)),
      desks_(transport == nullptr ? 1 : static_cast<std::size_t>(transport->size())) {
  NAS_CHECK(transport_ != nullptr || local_ != nullptr, "a farm without workers");
  for (Desk& desk : desks_) {
    desk.heard = now();
    const auto rank = static_cast<std::size_t>(desk.rank);
    if (rank < options_.hosts.size()) desk.host = options_.hosts[rank];
  }
  if (local_ != nullptr) desks_.open(desks_[0], local_->slots());
  if (options_.prefetch != FarmOptions::kAutoPrefetch) desks_.set_ahead(static_cast<std::size_t>(options_.prefetch));
  if (options_.order == FarmOptions::Order::RankAfterRank) desks_.fill_up();
  next_beat_ = now();
}

Farm::TimePoint Farm::now() const {
  return transport_ == nullptr ? std::chrono::steady_clock::now() : transport_->now();
}

void Farm::event(std::string_view kind, std::string_view text) const {
  if (options_.on_event) options_.on_event(kind, text);
}

std::string Farm::name_of(const Desk& desk) const {
  return desk.host.empty() ? fmt::format("rank {}", desk.rank) : fmt::format("rank {} on {}", desk.rank, desk.host);
}

std::size_t Farm::free_slots() const {
  if (withdrawing_) return 0;
  const std::size_t reserved = again_.size() - std::min(again_.size(), stuck_);
  return desks_.room() > reserved ? desks_.room() - reserved : 0;
}

void Farm::submit(Candidate candidate) {
  const CandidateId id = candidate.id;
  const auto [at, added] = outstanding_.emplace(id, Outstanding{std::move(candidate)});
  NAS_CHECK(added, "a candidate was handed out twice");
  const int rank = desks_.pick(Desks::kNobody);
  NAS_CHECK(rank != Desks::kNobody, "submit without a free slot");
  place(at->second, desks_[rank]);
}

void Farm::place(Outstanding& outstanding, Desk& desk) {
  const LeaseNumber lease = next_lease_++;
  outstanding.lease = lease;
  ++outstanding.attempts;
  leases_[lease] = {outstanding.candidate.id, desk.rank, 0, now(), desk.leases.size() < desk.slots};
  desks_.add(desk, lease);
  if (desk.rank == kCoordinatorRank) return local_->submit(outstanding.candidate);
  if (desk.outbox.empty()) to_flush_.push_back(desk.rank);
  desk.outbox.push_back({lease, outstanding.candidate});
  if (desk.leases.size() == desk.slots || desk.outbox.size() == kFullLetter) flush_work(desk);
}

/// Those whose only free desk is the one that they failed at wait for another.
void Farm::place_again() {
  stuck_ = 0;
  for (std::size_t left = again_.size(); left > 0 && desks_.room() > 0; --left) {
    const CandidateId id = again_.front();
    again_.pop_front();
    Outstanding& outstanding = outstanding_.at(id);
    const int rank = desks_.pick(outstanding.avoid);
    if (rank != Desks::kNobody) {
      place(outstanding, desks_[rank]);
    } else {
      again_.push_back(id);
      ++stuck_;
    }
  }
}

void Farm::flush_work(Desk& desk) {
  if (desk.outbox.empty()) return;
  const std::uint64_t letter = ++desk.letters;
  for (const Handout& handout : desk.outbox) leases_.at(handout.lease).letter = letter;
  send_message(*transport_, desk.rank, WorkMessage{letter, std::exchange(desk.outbox, {})});
}

void Farm::flush_withdrawals(Desk& desk) {
  if (desk.to_withdraw.empty()) return;
  send_message(*transport_, desk.rank, WithdrawMessage{std::exchange(desk.to_withdraw, {}), false});
}

void Farm::flush() {
  for (const int rank : std::exchange(to_flush_, {})) {
    // First what has ended, so that a candidate may come back to the worker that had it.
    flush_withdrawals(desks_[rank]);
    flush_work(desks_[rank]);
  }
}

/// While its caller was busy for long nobody listened: that is not the ranks' silence.
void Farm::hear_who_wrote_meanwhile(TimePoint begin) {
  if (left_at_ == TimePoint{} || begin - left_at_ < options_.timing.patience / 2) return;
  for (Desk& desk : desks_) desk.heard = std::min(begin, desk.heard + (begin - left_at_));
}

std::vector<Evaluation> Farm::wait_some(std::chrono::milliseconds timeout) {
  const TimePoint begin = now();
  hear_who_wrote_meanwhile(begin);
  if (left_at_ != TimePoint{}) busy_seconds_ += kLatest * (seconds(begin - left_at_) - busy_seconds_);
  given_all_ = desks_.idle() > 0 && free_slots() > 0;
  const std::size_t room = free_slots();
  const TimePoint deadline = begin + timeout;
  for (TimePoint time = begin;; time = now()) {
    if (transport_ != nullptr) find_dead();
    if (time >= next_beat_) beat();
    place_again();
    flush();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(deadline, next_beat_) - time);
    wait_for_news(std::max<std::chrono::milliseconds>(left, 0ms));
    if (!done_.empty() || !withdrawn_.empty() || free_slots() != room || now() >= deadline) break;
  }
  place_again();
  flush();
  left_at_ = now();
  return std::exchange(done_, {});
}

void Farm::wait_for_news(std::chrono::milliseconds timeout) {
  if (transport_ == nullptr) return take_from_local(timeout);
  // Where nothing is under way nothing that matters can come.
  const std::chrono::duration<double> delay{leases_.empty() ? Pace::kLatestNotice : delay_};
  transport_->allow_delay(std::chrono::duration_cast<std::chrono::microseconds>(delay));
  if (local_ == nullptr) {
    (void)take_from_ranks(timeout);
    return;
  }
  take_from_local(0ms);
  (void)take_from_ranks(done_.empty() ? std::min<std::chrono::milliseconds>(timeout, kTurn) : 0ms);
}

void Farm::take_from_local(std::chrono::milliseconds timeout) {
  for (Evaluation& evaluation : local_->wait_some(timeout)) {
    const LeaseNumber lease = outstanding_.at(evaluation.id).lease;
    finish(lease, std::move(evaluation));
  }
  for (const CandidateId id : local_->take_withdrawn()) give_back(outstanding_.at(id).lease);
}

bool Farm::take_from_ranks(std::chrono::milliseconds timeout) {
  std::optional<Message> message = transport_->receive(timeout);
  if (!message) return false;
  for (int count = 0; message && count < kMessagesAtOnce; ++count) {
    handle(*message);
    message = transport_->receive(0ms);
  }
  if (message) handle(*message);
  return true;
}

void Farm::handle(const Message& message) {
  Desk& desk = desks_[message.from];
  Result<WireMessage> decoded = decode(message.bytes);
  if (!decoded) {
    // Another program shows in its first message; later ones can only have been damaged on the way.
    if (desk.state == Desk::State::Expected) {
      throw Exception(fmt::format("{} sent {}", name_of(desk), decoded.error().message));
    }
    ++counts_.damaged;
    event("message", fmt::format("{} sent {}, which is dropped", name_of(desk), decoded.error().message));
    return;
  }
  desk.heard = now();
  if (auto* results = std::get_if<ResultsMessage>(&decoded.value())) {
    handle_results(std::move(*results));
  } else if (const auto* status = std::get_if<StatusMessage>(&decoded.value())) {
    handle_status(desk, *status);
  } else if (const auto* returned = std::get_if<ReturnedMessage>(&decoded.value())) {
    desk.recalled = false;
    for (const LeaseNumber lease : returned->leases) {
      if (leases_.contains(lease)) give_back(lease);
    }
  } else if (const auto* curve = std::get_if<CurveMessage>(&decoded.value())) {
    if (options_.on_epoch) options_.on_epoch(curve->id, curve->point);
  } else if (const auto* trouble = std::get_if<TroubleMessage>(&decoded.value())) {
    throw Exception(fmt::format("{}: {}", name_of(desk), trouble->message));
  }
}

void Farm::handle_results(ResultsMessage&& results) {
  for (LeasedResult& result : results.results) {
    if (leases_.contains(result.lease)) {
      finish(result.lease, std::move(result.evaluation));
    } else {
      ++counts_.late;
    }
  }
}

void Farm::handle_status(Desk& desk, const StatusMessage& status) {
  if (desk.state == Desk::State::Lost) event("worker", name_of(desk) + " is heard again and gets work again");
  desk.recalled = false;
  const auto slots = static_cast<std::size_t>(std::max(status.slots, 0));
  if ((!desk.is_ready() && slots > 0) || (desk.is_ready() && slots != desk.slots)) desks_.open(desk, slots);
  compare_leases(desk, status);
}

Farm::Counts Farm::counts() const {
  Counts counts = counts_;
  counts.ready = desks_.ready();
  counts.set_aside = health_.set_aside();
  counts.waiting = again_.size();
  for (std::size_t rank = 0; rank < desks_.size(); ++rank) {
    const Desk& desk = desks_[static_cast<int>(rank)];
    counts.waiting += desk.waiting();
    counts.lost += desk.state == Desk::State::Lost || desk.state == Desk::State::Gone ? 1 : 0;
  }
  return counts;
}

std::vector<int> Farm::lost_ranks() const {
  std::vector<int> lost;
  for (std::size_t rank = 0; rank < desks_.size(); ++rank) {
    const Desk& desk = desks_[static_cast<int>(rank)];
    if (desk.state == Desk::State::Lost || desk.state == Desk::State::Gone) lost.push_back(desk.rank);
  }
  return lost;
}

}  // namespace nas
