#include "mpi/simulated_ranks.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nas/check.h"
#include "nas/rng.h"

namespace nas {
namespace {

/// Adds the real time of its life to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double& sum) : sum_(sum), begin_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() { sum_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& sum_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace

SimulatedRanks::SimulatedRanks(SimulationRules rules) : rules_(std::move(rules)), workers_(rules_.workers) {
  NAS_CHECK(rules_.workers > 0 && rules_.slots > 0 && rules_.evaluate != nullptr, "a simulation without workers");
  const double heartbeat = std::chrono::duration<double>(rules_.timing.heartbeat).count();
  for (int rank = 1; rank < size(); ++rank) {
    workers_[static_cast<std::size_t>(rank - 1)].free = rules_.slots;
    // Ranks do not beat at the same moment.
    Rng rng(rules_.seed, static_cast<std::uint64_t>(rank), Stream::Sample);
    schedule(0, Kind::Ready, rank);
    schedule(heartbeat * rng.uniform(), Kind::Heartbeat, rank);
    if (rules_.mean_life > 0) schedule(-rules_.mean_life * std::log1p(-rng.uniform()), Kind::Death, rank);
  }
}

std::chrono::steady_clock::time_point SimulatedRanks::now() const {
  // Not the clock's zero, which stands for "never" elsewhere.
  return std::chrono::steady_clock::time_point(std::chrono::hours(1)) +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(now_));
}

void SimulatedRanks::schedule(double time, Kind kind, int rank, LeaseNumber lease) {
  events_.push({time, next_order_++, kind, rank, lease});
}

void SimulatedRanks::send(int to, std::vector<std::byte> bytes) {
  const Stopwatch stopwatch(figures_.own_seconds);
  Worker& worker = workers_[static_cast<std::size_t>(to - 1)];
  WireMessage message = decode(bytes).value();
  if (auto* work = std::get_if<WorkMessage>(&message)) {
    figures_.last_handout = now_;
    take(worker, to, std::move(*work));
  } else if (const auto* withdraw = std::get_if<WithdrawMessage>(&message)) {
    give_back(worker, to, *withdraw);
  } else if (std::holds_alternative<StopMessage>(message)) {
    post(to, GoodbyeMessage{});
  }
}

void SimulatedRanks::take(Worker& worker, int rank, WorkMessage&& work) {
  if (worker.dead) return;
  worker.letter = work.letter;
  for (Handout& handout : work.handouts) worker.queue.push_back(std::move(handout));
  begin(worker, rank, now_ + rules_.latency);
}

void SimulatedRanks::begin(Worker& worker, int rank, double time) {
  for (; worker.free > 0 && !worker.queue.empty(); --worker.free) {
    const Handout handout = std::move(worker.queue.front());
    worker.queue.pop_front();
    Running running{rules_.evaluate(handout.candidate), time};
    running.evaluation.id = handout.candidate.id;
    running.evaluation.worker = "simulated:" + std::to_string(rank);
    running.evaluation.started_at = time;
    schedule(time + running.evaluation.seconds, Kind::Finish, rank, handout.lease);
    worker.running.emplace(handout.lease, std::move(running));
  }
}

void SimulatedRanks::give_back(Worker& worker, int rank, const WithdrawMessage& withdraw) {
  ReturnedMessage returned;
  for (const LeaseNumber lease : withdraw.leases) {
    const auto queued = std::ranges::find(worker.queue, lease, &Handout::lease);
    if (queued == worker.queue.end()) continue;
    worker.queue.erase(queued);
    returned.leases.push_back(lease);
  }
  if (!returned.leases.empty() && !worker.dead) post(rank, returned);
}

void SimulatedRanks::happen(const Event& event) {
  Worker& worker = workers_[static_cast<std::size_t>(event.rank - 1)];
  if (worker.dead) return;
  switch (event.kind) {
    case Kind::Ready:
      return report(worker, event.rank);
    case Kind::Finish:
      return finish(worker, event);
    case Kind::Heartbeat:
      schedule(event.time + std::chrono::duration<double>(rules_.timing.heartbeat).count(), Kind::Heartbeat,
               event.rank);
      return report(worker, event.rank);
    case Kind::Death:
      worker.dead = true;
      ++figures_.deaths;
      for (const auto& [lease, running] : worker.running) done_.push_back({running.begin, event.time});
      worker.running.clear();
      worker.queue.clear();
      return;
  }
}

void SimulatedRanks::report(const Worker& worker, int rank) {
  StatusMessage status{static_cast<std::int32_t>(rules_.slots), worker.letter};
  for (const auto& [lease, running] : worker.running) status.held.push_back(lease);
  for (const Handout& handout : worker.queue) status.held.push_back(handout.lease);
  post(rank, status);
}

void SimulatedRanks::finish(Worker& worker, const Event& event) {
  auto running = worker.running.extract(event.lease);
  done_.push_back({running.mapped().begin, event.time});
  ++worker.free;
  begin(worker, event.rank, event.time);
  post(event.rank, ResultsMessage{{{event.lease, std::move(running.mapped().evaluation)}}});
}

void SimulatedRanks::post(int rank, const WireMessage& message) {
  arrived_.push_back({rank, encode(message)});
  figures_.longest_queue = std::max(figures_.longest_queue, arrived_.size());
}

std::optional<Message> SimulatedRanks::receive(std::chrono::milliseconds timeout) {
  const Stopwatch stopwatch(figures_.own_seconds);
  const double deadline = now_ + std::chrono::duration<double>(timeout).count();
  while (!events_.empty() && events_.top().time + rules_.latency <= (arrived_.empty() ? deadline : now_)) {
    const Event event = events_.top();
    events_.pop();
    now_ = std::max(now_, event.time + rules_.latency);
    happen(event);
  }
  if (arrived_.empty()) {
    now_ = std::max(now_, deadline);
    return std::nullopt;
  }
  Message message = std::move(arrived_.front());
  arrived_.pop_front();
  ++figures_.messages;
  now_ += rules_.seconds_per_message;
  return message;
}

SimulatedRanks::Figures SimulatedRanks::figures() const {
  Figures figures = figures_;
  for (const Work& work : done_) {
    figures.busy_until_then += std::max(0.0, std::min(work.end, figures.last_handout) - work.begin);
  }
  return figures;
}

}  // namespace nas
