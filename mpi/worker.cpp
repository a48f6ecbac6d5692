#include "mpi/worker.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "mpi/handshake.h"
#include "nas/check.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

constexpr auto kFlushPatience = 10s;
/// Nothing is under way, so only a message can change that; children that die idle are replaced
/// at this pace.
constexpr auto kIdleWait = 100ms;
/// Both a message and a result can come, and nothing can wait for both: look in turns. Results
/// of training take seconds, so the longest pause costs nothing there.
constexpr auto kFirstPause = 1ms;
constexpr auto kLongestPause = 5ms;

class WorkerLoop {
 public:
  WorkerLoop(Transport& transport, Evaluator* local) : transport_(transport), local_(local) {}

  void run() {
    while (!stopped_) {
      const bool moved = receive_waiting() | exchange_with_local(0ms);
      if (stopped_) return;
      pause_ = moved ? kFirstPause : std::min(2 * pause_, kLongestPause);
      if (!moved) wait();
    }
  }

 private:
  void wait() {
    if (running_ == 0) {
      receive(kIdleWait);
    } else if (local_->free_slots() == 0) {
      exchange_with_local(pause_);
    } else {
      // Halves of the same pause: each side is looked at soon enough.
      receive(pause_);
    }
  }

  bool receive_waiting() {
    bool any = false;
    while (!stopped_ && receive(0ms)) any = true;
    return any;
  }

  bool receive(std::chrono::milliseconds timeout) {
    const std::optional<Message> message = transport_.receive(timeout);
    if (!message) return false;
    Result<WireMessage> decoded = decode(message->bytes);
    if (!decoded) throw Exception("the coordinator sent " + decoded.error().message);
    if (auto* work = std::get_if<WorkMessage>(&decoded.value())) {
      std::ranges::move(work->candidates, std::back_inserter(queue_));
    } else if (std::holds_alternative<StopMessage>(decoded.value())) {
      stopped_ = true;
    }
    return true;
  }

  /// True if anything went in or came out.
  bool exchange_with_local(std::chrono::milliseconds timeout) {
    if (local_ == nullptr) return false;
    bool moved = false;
    while (!queue_.empty() && local_->free_slots() > 0) {
      local_->submit(std::move(queue_.front()));
      queue_.pop_front();
      ++running_;
      moved = true;
    }
    std::vector<Evaluation> done = local_->wait_some(timeout);
    if (done.empty()) return moved;
    running_ -= done.size();
    send_message(transport_, kCoordinatorRank, ResultsMessage{std::move(done)});
    return true;
  }

  Transport& transport_;
  Evaluator* local_;  // null: an idle rank
  std::deque<Candidate> queue_;
  std::size_t running_ = 0;
  std::chrono::milliseconds pause_ = kFirstPause;
  bool stopped_ = false;
};

void say_goodbye(Transport& transport) {
  send_message(transport, kCoordinatorRank, GoodbyeMessage{});
  (void)transport.flush(kFlushPatience);
}

}  // namespace

void run_worker(Transport& transport, Evaluator& local, HelloMessage hello) {
  hello.slots = static_cast<std::int32_t>(local.slots());
  send_message(transport, kCoordinatorRank, hello);
  WorkerLoop(transport, &local).run();
  say_goodbye(transport);
}

void run_idle_worker(Transport& transport, HelloMessage hello) {
  hello.slots = 0;
  send_message(transport, kCoordinatorRank, hello);
  WorkerLoop(transport, nullptr).run();
  say_goodbye(transport);
}

}  // namespace nas
