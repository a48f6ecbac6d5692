#include "mpi/local_transport.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "nas/check.h"
#include "nas/rng.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;

struct Delayed {
  Clock::time_point due;
  Message message;
};

}  // namespace

struct LocalNetwork::State {
  State(int ranks, LocalFaults given)
      : size(ranks),
        faults(std::move(given)),
        links(static_cast<std::size_t>(ranks) * static_cast<std::size_t>(ranks)) {
    dead.resize(static_cast<std::size_t>(ranks));
  }

  /// The messages of one pair, in order; each is due no earlier than the one before.
  struct Link {
    std::deque<Delayed> waiting;
    std::uint64_t sent = 0;
    Clock::time_point last_due{};
  };

  Link& link(int from, int to) { return links[static_cast<std::size_t>(from * size + to)]; }
  bool is_dead(int rank) const { return dead[static_cast<std::size_t>(rank)] != 0; }

  const int size;
  const LocalFaults faults;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Link> links;
  std::vector<char> dead;
  std::vector<int> noticed;
};

namespace {

template <class State>
class LocalEndpoint final : public Transport {
 public:
  LocalEndpoint(std::shared_ptr<State> state, int rank) : state_(std::move(state)), rank_(rank) {}

  int rank() const override { return rank_; }
  int size() const override { return state_->size; }

  void send(int to, std::vector<std::byte> bytes) override {
    NAS_CHECK(to >= 0 && to < size(), "a message to a rank that does not exist");
    const std::lock_guard lock(state_->mutex);
    auto& link = state_->link(rank_, to);
    const std::uint64_t index = link.sent++;
    if (state_->is_dead(rank_) || state_->is_dead(to)) return;
    const int copies = state_->faults.treat ? state_->faults.treat(rank_, to, index, bytes) : 1;
    link.last_due = std::max(link.last_due, Clock::now() + delay(to, index));
    for (int copy = 0; copy < copies; ++copy) link.waiting.push_back({link.last_due, {rank_, bytes}});
    state_->changed.notify_all();
  }

  std::optional<Message> receive(std::chrono::milliseconds timeout) override {
    const auto deadline = Clock::now() + timeout;
    std::unique_lock lock(state_->mutex);
    for (;;) {
      auto next = deadline;
      if (std::optional<Message> message = take_due(next)) return message;
      if (Clock::now() >= deadline) return std::nullopt;
      state_->changed.wait_until(lock, next);
    }
  }

  bool flush(std::chrono::milliseconds) override { return true; }

  std::vector<int> lost_ranks() const override {
    const std::lock_guard lock(state_->mutex);
    return state_->noticed;
  }

 private:
  std::chrono::microseconds delay(int to, std::uint64_t index) const {
    const auto span = static_cast<std::uint64_t>((state_->faults.greatest_delay - state_->faults.least_delay).count());
    const auto pair = static_cast<std::uint64_t>(rank_ * size() + to);
    Rng rng(state_->faults.seed + pair, index, Stream::Test);
    return state_->faults.least_delay + std::chrono::microseconds(rng.below(span + 1));
  }

  /// The due message that waited longest; else moves `next` to when one will be due.
  std::optional<Message> take_due(Clock::time_point& next) {
    if (state_->is_dead(rank_)) return std::nullopt;
    const auto now = Clock::now();
    std::deque<Delayed>* oldest = nullptr;
    for (int from = 0; from < size(); ++from) {
      std::deque<Delayed>& waiting = state_->link(from, rank_).waiting;
      if (waiting.empty() || state_->is_dead(from)) continue;
      next = std::min(next, waiting.front().due);
      const bool due = waiting.front().due <= now;
      if (due && (oldest == nullptr || waiting.front().due < oldest->front().due)) oldest = &waiting;
    }
    if (oldest == nullptr) return std::nullopt;
    Message message = std::move(oldest->front().message);
    oldest->pop_front();
    return message;
  }

  std::shared_ptr<State> state_;
  int rank_;
};

}  // namespace

LocalNetwork::LocalNetwork(int size, LocalFaults faults) : state_(std::make_shared<State>(size, std::move(faults))) {
  NAS_CHECK(size > 0, "a network without ranks");
  NAS_CHECK(state_->faults.least_delay <= state_->faults.greatest_delay, "the least delay is the greatest");
}

std::unique_ptr<Transport> LocalNetwork::endpoint(int rank) {
  NAS_CHECK(rank >= 0 && rank < state_->size, "an endpoint of a rank that does not exist");
  return std::make_unique<LocalEndpoint<State>>(state_, rank);
}

void LocalNetwork::kill(int rank) {
  const std::lock_guard lock(state_->mutex);
  state_->dead[static_cast<std::size_t>(rank)] = 1;
  state_->changed.notify_all();
}

void LocalNetwork::kill_noticed(int rank) {
  kill(rank);
  const std::lock_guard lock(state_->mutex);
  state_->noticed.push_back(rank);
}

}  // namespace nas
