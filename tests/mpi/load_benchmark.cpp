// A search at a real pace: what the coordinator's process costs while its workers train and while they
// do not, and how long a worker's slot stands empty between two candidates.
//
//   mpirun -n 65 --oversubscribe --bind-to none load_benchmark [MILLISECONDS [CANDIDATES [SLOTS]]]
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "mpi/farm.h"
#include "mpi/mpi_session.h"
#include "mpi/worker.h"
#include "nas/check.h"
#include "nas/search.h"
#include "nas/testing/gene_space.h"

namespace nas {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kIdleFor = 10s;

struct Settings {
  std::chrono::milliseconds training{20};
  std::uint64_t candidates = 20'000;
  std::size_t slots = 1;  // of each worker
};

/// A candidate takes its time and no processor. The metric `empty` is how long its slot had waited for it.
class SleepingEvaluator final : public Evaluator {
 public:
  SleepingEvaluator(std::size_t slots, std::chrono::milliseconds training)
      : training_(training), slots_(slots), emptied_(slots) {}

  std::size_t free_slots() const override { return slots_ - running_.size(); }
  std::size_t slots() const override { return slots_; }
  void submit(Candidate candidate) override {
    const Clock::time_point now = Clock::now();
    const bool first = emptied_.front() == Clock::time_point{};
    const double empty = first ? 0 : seconds(now - emptied_.front());
    emptied_.pop_front();
    running_.push_back(
        {now + training_, {candidate.id, {{"empty", empty}}, {}, std::nullopt, 0, seconds(training_), "worker"}});
  }
  std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override {
    const Clock::time_point deadline = Clock::now() + timeout;
    std::this_thread::sleep_until(running_.empty() ? deadline : std::min(deadline, running_.front().end));
    std::vector<Evaluation> done;
    while (!running_.empty() && running_.front().end <= Clock::now()) {
      emptied_.push_back(running_.front().end);
      done.push_back(std::move(running_.front().result));
      running_.pop_front();
    }
    return done;
  }

 private:
  struct Running {
    Clock::time_point end;
    Evaluation result;
  };
  std::chrono::milliseconds training_;
  std::size_t slots_;
  std::deque<Running> running_;
  std::deque<Clock::time_point> emptied_;  // one for each free slot
};

/// Adds up how long slots stood empty, from the second half of the search on: the first one warms up.
struct EmptinessLog final : TrialLog {
  explicit EmptinessLog(std::uint64_t candidates) : from(candidates / 2) {}
  void asked(std::span<const AskedTrial>) override {}
  void finished(std::span<const FinishedTrial> trials) override {
    for (const FinishedTrial& trial : trials) {
      if (trial.told_index < from) continue;
      empty += trial.evaluation.metrics.at("empty");
      trained += trial.evaluation.seconds;
    }
  }
  std::uint64_t from;
  double empty = 0;
  double trained = 0;
};

double processor_seconds() {
  rusage usage{};
  NAS_CHECK(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  const auto total = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return total(usage.ru_utime) + total(usage.ru_stime);
}

struct Meter {
  Clock::time_point begin = Clock::now();
  double processor = processor_seconds();

  double wall() const { return seconds(Clock::now() - begin); }
  double percent_of_a_core() const { return 100 * (processor_seconds() - processor) / wall(); }
};

void search(Farm& evaluator, const Settings& settings, TrialLog& log) {
  const testing::GeneSpace space(testing::plain_genes(20, 10));
  auto algorithm = find_algorithm("random")->make_config()->make({space, {}, {}});
  const auto screen = [](const Genotype& genotype) {
    return Screening{Screening::Verdict::Accepted, to_string(genotype), {}};
  };
  Proposer proposer(space, std::move(algorithm).value(), screen,
                    {.seed = 1, .evaluations = settings.candidates, .budget = 1, .allow_duplicates = false});
  SearchSetup setup;
  setup.objectives = {{Direction::Minimise, Expression::parse("empty").value()}};
  run_search(proposer, evaluator, log, setup);
  NAS_CHECK(proposer.told() == settings.candidates, "not every candidate came back");
}

void coordinate(Transport& transport, const Settings& settings) {
  Farm evaluator(&transport, nullptr, {});
  const std::size_t all = settings.slots * static_cast<std::size_t>(transport.size() - 1);
  while (evaluator.slots() < all) (void)evaluator.wait_some(1s);
  EmptinessLog log(settings.candidates);
  const Meter busy;
  search(evaluator, settings, log);
  fmt::print("{} workers of {} slots, {} candidates of {} ms: {:.0f} a second\n", transport.size() - 1, settings.slots,
             settings.candidates, settings.training.count(), static_cast<double>(settings.candidates) / busy.wall());
  fmt::print("coordinator: {:.2f}% of a core\n", busy.percent_of_a_core());
  fmt::print("a slot stands empty {:.2f}% of the time, {:.0f} us before a candidate\n",
             100 * log.empty / (log.empty + log.trained),
             1e6 * log.empty / static_cast<double>(settings.candidates - log.from));
  const Meter idle;
  while (idle.wall() < seconds(kIdleFor)) (void)evaluator.wait_some(1s);
  fmt::print("coordinator without work: {:.2f}% of a core\n", idle.percent_of_a_core());
  const Result<Unit> stopped = stop_ranks(transport, {}, 10s);
  if (!stopped) throw Exception(stopped.error().message);
}

Settings settings_from(std::span<char* const> arguments) {
  Settings settings;
  if (arguments.size() > 1) settings.training = std::chrono::milliseconds(std::strtol(arguments[1], nullptr, 10));
  if (arguments.size() > 2) settings.candidates = std::strtoull(arguments[2], nullptr, 10);
  if (arguments.size() > 3) settings.slots = std::strtoull(arguments[3], nullptr, 10);
  if (settings.training < 1ms || settings.candidates < 2 || settings.slots == 0) {
    throw Exception("usage: load_benchmark [MILLISECONDS [CANDIDATES [SLOTS]]], at least 1, 2 and 1");
  }
  return settings;
}

void run(std::span<char* const> arguments) {
  const Settings settings = settings_from(arguments);
  MpiSession session;
  if (session.size() < 2) throw Exception("load_benchmark needs a worker, start it with mpirun -n 65");
  const std::unique_ptr<Transport> transport = session.make_transport();
  if (session.rank() == 0) {
    coordinate(*transport, settings);
  } else {
    SleepingEvaluator local(settings.slots, settings.training);
    (void)run_worker(*transport, &local, {});
  }
}

}  // namespace
}  // namespace nas

int main(int argc, char** argv) {
  try {
    nas::run(std::span<char* const>(argv, static_cast<std::size_t>(argc)));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    nas::MpiSession::abort_all(1);
    return 1;
  }
}
