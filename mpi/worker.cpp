#include "mpi/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>
#include <unordered_map>
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
/// A coordinator may be held up for long by its file system; where its process has died, the
/// launcher ends the job or MPI says so.
constexpr int kPatienceWithCoordinator = 10;

class WorkerLoop {
 public:
  WorkerLoop(Transport& transport, Evaluator* local, const FarmTiming& timing)
      : transport_(transport), local_(local), timing_(timing), heard_(transport.now()) {}

  Departure run() {
    while (!stopped_) {
      if (transport_.now() >= next_status_) send_status();
      const bool moved = receive_waiting() | exchange_with_local(0ms);
      if (stopped_) break;
      pause_ = moved ? kFirstPause : std::min(2 * pause_, kLongestPause);
      if (!moved) wait();
      check_coordinator();
    }
    return departure_;
  }

 private:
  void wait() {
    if (running_.empty()) {
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
    heard_ = transport_.now();
    Result<WireMessage> decoded = decode(message->bytes);
    // What was damaged on the way is found missing by the coordinator.
    if (decoded) std::visit([this](auto& content) { handle(content); }, decoded.value());
    return true;
  }

  void handle(WorkMessage& work) {
    if (work.letter <= letter_) return;  // it came twice
    letter_ = work.letter;
    std::ranges::move(work.handouts, std::back_inserter(queue_));
  }
  void handle(const WithdrawMessage& message) {
    std::vector<LeaseNumber> returned;
    for (const LeaseNumber lease : message.leases) {
      const auto queued = std::ranges::find(queue_, lease, &Handout::lease);
      if (queued != queue_.end()) {
        queue_.erase(queued);
        returned.push_back(lease);
      } else if (!message.only_waiting) {
        withdraw_running(lease);
      }
    }
    if (!returned.empty()) send_message(transport_, kCoordinatorRank, ReturnedMessage{std::move(returned)});
  }
  void handle(const AliveMessage& message) {
    if (local_ != nullptr && message.seconds_per_epoch > 0) local_->limit_time(message.seconds_per_epoch);
  }
  void handle(const SetAsideMessage& message) {
    if (local_ == nullptr) return;
    local_->set_aside(message.worker);
    send_status();
  }
  void handle(const StopMessage& message) {
    stopped_ = true;
    departure_ = message.ranks_lost ? Departure::Alone : Departure::Together;
  }
  template <class Other>
  void handle(const Other&) {}

  void withdraw_running(LeaseNumber lease) {
    for (const auto& [id, held] : running_) {
      if (held == lease) return local_->withdraw(id);
    }
  }

  /// True if anything went in or came out.
  bool exchange_with_local(std::chrono::milliseconds timeout) {
    if (local_ == nullptr) return false;
    // Before anything is submitted: a candidate may come back to the worker that it was taken from.
    const std::vector<CandidateId> withdrawn = local_->take_withdrawn();
    if (!withdrawn.empty()) send_message(transport_, kCoordinatorRank, ReturnedMessage{leases_of(withdrawn)});
    const bool submitted = submit_queued();
    std::vector<Evaluation> done = local_->wait_some(timeout);
    if (done.empty()) return submitted || !withdrawn.empty();
    const ResultsMessage results = leased_results(std::move(done));
    (void)submit_queued();  // first of all: a slot stands empty
    send_message(transport_, kCoordinatorRank, results);
    return true;
  }

  bool submit_queued() {
    bool any = false;
    // A candidate may come back while its child still keeps a checkpoint: it waits for that.
    while (!queue_.empty() && local_->free_slots() > 0 && !running_.contains(queue_.front().candidate.id)) {
      running_[queue_.front().candidate.id] = queue_.front().lease;
      local_->submit(std::move(queue_.front().candidate));
      queue_.pop_front();
      any = true;
    }
    return any;
  }

  ResultsMessage leased_results(std::vector<Evaluation> done) {
    ResultsMessage message;
    for (Evaluation& evaluation : done) {
      const auto running = running_.extract(evaluation.id);
      NAS_CHECK(!running.empty(), "a result of a candidate that does not run");
      message.results.push_back({running.mapped(), std::move(evaluation)});
    }
    return message;
  }

  std::vector<LeaseNumber> leases_of(const std::vector<CandidateId>& ids) {
    std::vector<LeaseNumber> leases;
    for (const CandidateId id : ids) leases.push_back(running_.extract(id).mapped());
    return leases;
  }

  void send_status() {
    next_status_ = transport_.now() + timing_.heartbeat;
    StatusMessage status{local_ == nullptr ? 0 : static_cast<std::int32_t>(local_->slots()), letter_};
    for (const auto& [id, lease] : running_) status.held.push_back(lease);
    for (const Handout& handout : queue_) status.held.push_back(handout.lease);
    send_message(transport_, kCoordinatorRank, status);
  }

  void check_coordinator() const {
    const auto silence = transport_.now() - heard_;
    const std::vector<int> lost = transport_.lost_ranks();
    const bool dead = std::ranges::find(lost, kCoordinatorRank) != lost.end();
    if (!dead && silence <= kPatienceWithCoordinator * timing_.patience) return;
    throw Exception(dead ? std::string("the coordinator has died, continue the run with --resume")
                         : fmt::format("the coordinator was silent for {} s, continue the run with --resume",
                                       std::chrono::duration_cast<std::chrono::seconds>(silence).count()));
  }

  Transport& transport_;
  Evaluator* local_;
  FarmTiming timing_;
  std::deque<Handout> queue_;
  std::unordered_map<CandidateId, LeaseNumber> running_;
  std::uint64_t letter_ = 0;
  std::chrono::milliseconds pause_ = kFirstPause;
  std::chrono::steady_clock::time_point next_status_{};
  std::chrono::steady_clock::time_point heard_;
  Departure departure_ = Departure::Together;
  bool stopped_ = false;
};

}  // namespace

Departure run_worker(Transport& transport, Evaluator* local, const FarmTiming& timing) {
  const Departure departure = WorkerLoop(transport, local, timing).run();
  send_message(transport, kCoordinatorRank, GoodbyeMessage{});
  (void)transport.flush(kFlushPatience);
  return departure;
}

}  // namespace nas
