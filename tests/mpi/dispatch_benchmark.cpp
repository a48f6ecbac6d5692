// How many empty candidates a second go through the whole search: random search over genes alone,
// duplicates refused, no store, nothing to evaluate at the workers.
//
//   mpirun -n 3 --oversubscribe --bind-to none dispatch_benchmark [CANDIDATES [ROUNDS [SLOTS]]]
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
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

struct Settings {
  std::uint64_t candidates = 100'000;
  std::size_t rounds = 7;
  std::size_t slots = 64;  // of each worker
};

class EmptyEvaluator final : public Evaluator {
 public:
  explicit EmptyEvaluator(std::size_t slots) : slots_(slots) {}

  std::size_t free_slots() const override { return slots_ - done_.size(); }
  std::size_t slots() const override { return slots_; }
  void submit(Candidate candidate) override {
    done_.push_back({candidate.id, {{"score", 0.0}}, {}, std::nullopt, 0, 0, "worker"});
  }
  std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override {
    if (done_.empty()) std::this_thread::sleep_for(timeout);
    return std::exchange(done_, {});
  }

 private:
  std::size_t slots_;
  std::vector<Evaluation> done_;
};

/// When the first tenth was done, and when the last one began.
struct TenthsLog final : TrialLog {
  explicit TenthsLog(std::uint64_t candidates) : all(candidates) {}
  void asked(std::span<const AskedTrial>) override {}
  void finished(std::span<const FinishedTrial> trials) override {
    done += trials.size();
    if (first_end == 0 && done >= all / 10) first_end = seconds_so_far();
    if (last_begin == 0 && done >= all - all / 10) last_begin = seconds_so_far();
  }
  double seconds_so_far() const { return seconds(std::chrono::steady_clock::now() - begin); }

  std::uint64_t all;
  std::uint64_t done = 0;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  double first_end = 0;
  double last_begin = 0;
};

struct RoundPace {
  double seconds = 0;
  double last_against_first = 0;  // rate of the last tenth over that of the first
};

double resident_gigabytes() {
  rusage usage{};
  NAS_CHECK(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  return 1024e-9 * static_cast<double>(usage.ru_maxrss);
}

RoundPace one_search(Farm& evaluator, const Settings& settings, std::uint64_t seed) {
  const testing::GeneSpace space(testing::plain_genes(20, 10));
  auto algorithm = find_algorithm("random")->make_config()->make({space, {}, {}});
  const auto screen = [](const Genotype& genotype) {
    return Screening{Screening::Verdict::Accepted, to_string(genotype), {}};
  };
  Proposer proposer(space, std::move(algorithm).value(), screen,
                    {.seed = seed, .evaluations = settings.candidates, .budget = 1, .allow_duplicates = false});
  SearchSetup setup;
  setup.objectives = {{Direction::Minimise, Expression::parse("score").value()}};
  TenthsLog log(settings.candidates);
  run_search(proposer, evaluator, log, setup);
  const double all = log.seconds_so_far();
  NAS_CHECK(proposer.told() == settings.candidates, "not every candidate came back");
  return {all, log.first_end / (all - log.last_begin)};
}

void coordinate(Transport& transport, const Settings& settings) {
  Farm evaluator(&transport, nullptr, {});
  const std::size_t all = settings.slots * static_cast<std::size_t>(transport.size() - 1);
  while (evaluator.slots() < all) (void)evaluator.wait_some(1s);
  std::vector<double> rates;
  std::vector<double> ratios;
  for (std::size_t round = 0; round <= settings.rounds; ++round) {
    const RoundPace pace = one_search(evaluator, settings, round + 1);
    if (round == 0) continue;  // it warms up
    rates.push_back(static_cast<double>(settings.candidates) / pace.seconds);
    ratios.push_back(pace.last_against_first);
  }
  std::ranges::sort(rates);
  std::ranges::sort(ratios);
  fmt::print("dispatch: {} candidates a round, {} workers of {} slots, {} rounds\n", settings.candidates,
             transport.size() - 1, settings.slots, rates.size());
  fmt::print("candidates per second: median {:.0f}, least {:.0f}, greatest {:.0f}\n", rates[rates.size() / 2],
             rates.front(), rates.back());
  fmt::print("last tenth against first: median {:.2f}; greatest memory of the coordinator: {:.2f} GB\n",
             ratios[ratios.size() / 2], resident_gigabytes());
  const Result<Unit> stopped = stop_ranks(transport, {}, 10s);
  if (!stopped) throw Exception(stopped.error().message);
}

Settings settings_from(std::span<char* const> arguments) {
  Settings settings;
  if (arguments.size() > 1) settings.candidates = std::strtoull(arguments[1], nullptr, 10);
  if (arguments.size() > 2) settings.rounds = std::strtoull(arguments[2], nullptr, 10);
  if (arguments.size() > 3) settings.slots = std::strtoull(arguments[3], nullptr, 10);
  if (settings.candidates == 0 || settings.rounds == 0 || settings.slots == 0) {
    throw Exception("usage: dispatch_benchmark [CANDIDATES [ROUNDS [SLOTS]]], all at least 1");
  }
  return settings;
}

void run(std::span<char* const> arguments) {
  const Settings settings = settings_from(arguments);
  MpiSession session;
  if (session.size() < 2) throw Exception("dispatch_benchmark needs a worker, start it with mpirun -n 3");
  const std::unique_ptr<Transport> transport = session.make_transport();
  if (session.rank() == 0) {
    coordinate(*transport, settings);
  } else {
    EmptyEvaluator local(settings.slots);
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
