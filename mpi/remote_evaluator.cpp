#include "mpi/remote_evaluator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "mpi/handshake.h"
#include "nas/check.h"

namespace nas {

using namespace std::chrono_literals;

RemoteEvaluator::RemoteEvaluator(Transport& transport)
    : transport_(transport), desks_(static_cast<std::size_t>(transport.size())) {
  for (std::size_t rank = 0; rank < desks_.size(); ++rank) desks_[rank].worker.rank = static_cast<int>(rank);
}

void RemoteEvaluator::submit(Candidate candidate) {
  NAS_CHECK(!ready_.empty(), "submit without a free slot");
  const int rank = ready_.front();
  ready_.pop_front();
  Desk& desk = desks_[static_cast<std::size_t>(rank)];
  at_[number(candidate.id)] = rank;
  if (desk.outbox.empty()) to_flush_.push_back(rank);
  desk.outbox.push_back(std::move(candidate));
  --desk.free;
  --free_;
  if (desk.free > 0) {
    ready_.push_back(rank);
  } else {
    flush_outbox(desk);  // it gets nothing more in this round, so let it begin
  }
}

void RemoteEvaluator::flush_outbox(Desk& desk) {
  if (desk.outbox.empty()) return;
  send_message(transport_, desk.worker.rank, WorkMessage{std::exchange(desk.outbox, {})});
}

void RemoteEvaluator::flush_all() {
  for (const int rank : std::exchange(to_flush_, {})) flush_outbox(desks_[static_cast<std::size_t>(rank)]);
}

std::vector<Evaluation> RemoteEvaluator::wait_some(std::chrono::milliseconds timeout) {
  flush_all();
  std::vector<Evaluation> done;
  const std::size_t free_before = free_;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto left = timeout;
  while (std::optional<Message> message = transport_.receive(left)) {
    handle(*message, done);
    const bool news = !done.empty() || free_ != free_before;
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    left = news ? 0ms : std::max<std::chrono::milliseconds>(rest, 0ms);
    // Enough for a transaction; the rest waits in order.
    if (done.size() >= 2 * slots_ + 1) break;
  }
  return done;
}

void RemoteEvaluator::handle(const Message& message, std::vector<Evaluation>& done) {
  Result<WireMessage> decoded = decode(message.bytes);
  if (!decoded) throw Exception(fmt::format("rank {} sent {}", message.from, decoded.error().message));
  if (auto* results = std::get_if<ResultsMessage>(&decoded.value())) {
    accept(std::move(*results), done);
  } else if (auto* hello = std::get_if<HelloMessage>(&decoded.value())) {
    welcome(desks_[static_cast<std::size_t>(message.from)], std::move(*hello));
  } else if (const auto* trouble = std::get_if<TroubleMessage>(&decoded.value())) {
    throw Exception(fmt::format("rank {}: {}", message.from, trouble->message));
  }
}

void RemoteEvaluator::welcome(Desk& desk, HelloMessage&& hello) {
  NAS_CHECK(desk.worker.slots == 0, "a worker said hello twice");
  desk.worker.host = std::move(hello.host);
  desk.worker.description = std::move(hello.description);
  if (hello.slots <= 0) return;  // a rank that no device is left for
  desk.worker.slots = static_cast<std::size_t>(hello.slots);
  desk.free = desk.worker.slots;
  slots_ += desk.free;
  free_ += desk.free;
  ready_.push_back(desk.worker.rank);
}

void RemoteEvaluator::accept(ResultsMessage&& results, std::vector<Evaluation>& done) {
  for (Evaluation& evaluation : results.evaluations) {
    const auto found = at_.find(number(evaluation.id));
    if (found == at_.end()) continue;
    Desk& desk = desks_[static_cast<std::size_t>(found->second)];
    at_.erase(found);
    if (desk.free++ == 0) ready_.push_back(desk.worker.rank);
    ++free_;
    done.push_back(std::move(evaluation));
  }
}

std::vector<RemoteEvaluator::Worker> RemoteEvaluator::workers() const {
  std::vector<Worker> all;
  for (const Desk& desk : desks_) {
    if (desk.worker.slots > 0) all.push_back(desk.worker);
  }
  return all;
}

Result<Unit> RemoteEvaluator::stop(std::chrono::milliseconds patience) {
  stop_workers(transport_);
  std::set<int> silent;
  for (int rank = 0; rank < transport_.size(); ++rank) {
    if (rank != transport_.rank()) silent.insert(rank);
  }
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!silent.empty() && std::chrono::steady_clock::now() < deadline) {
    const std::optional<Message> message = transport_.receive(100ms);
    if (!message) continue;
    const Result<WireMessage> decoded = decode(message->bytes);
    if (decoded && std::holds_alternative<GoodbyeMessage>(*decoded)) silent.erase(message->from);
  }
  if (silent.empty() && transport_.flush(patience)) return Unit{};
  return Error{fmt::format("rank{} {} did not stop within {} ms", silent.size() == 1 ? "" : "s",
                           fmt::join(silent, ", "), patience.count())};
}

}  // namespace nas
