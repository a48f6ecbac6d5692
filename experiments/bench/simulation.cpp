#include "experiments/bench/simulation.h"

#include <cmath>
#include <numbers>
#include <queue>
#include <utility>
#include <vector>

#include "nas/rng.h"

namespace nas {

namespace {

constexpr double kSpread = 0.5;  // deviation of the logarithm of durations

struct UnderWay {
  double ends = 0;
  AskedTrial trial;
};

/// Puts the first to end on top of a heap.
struct EndsLater {
  bool operator()(const UnderWay& a, const UnderWay& b) const {
    return std::pair(a.ends, number(a.trial.candidate.id)) > std::pair(b.ends, number(b.trial.candidate.id));
  }
};

}  // namespace

double simulated_duration(std::uint64_t seed, CandidateId id) {
  // The stream that a training would draw from: there is none here.
  Rng rng(seed, number(id), Stream::Training);
  const double u = 1 - rng.uniform();  // above 0
  const double angle = 2 * std::numbers::pi * rng.uniform();
  const double normal = std::sqrt(-2 * std::log(u)) * std::cos(angle);  // Box and Muller 1958
  return std::exp(kSpread * normal);
}

void simulate(std::size_t pending, std::uint64_t seed, const std::function<std::optional<AskedTrial>()>& ask,
              const std::function<void(const AskedTrial&)>& finish,
              const std::function<double(const AskedTrial&)>& share) {
  std::priority_queue<UnderWay, std::vector<UnderWay>, EndsLater> under_way;
  double now = 0;
  for (;;) {
    while (under_way.size() < pending) {
      std::optional<AskedTrial> trial = ask();
      if (!trial) break;
      const double duration = simulated_duration(seed, trial->candidate.id);
      const double ends = now + (share ? share(*trial) * duration : duration);
      under_way.push({ends, std::move(*trial)});
    }
    if (under_way.empty()) return;
    const UnderWay next = under_way.top();
    under_way.pop();
    now = next.ends;
    finish(next.trial);
  }
}

}  // namespace nas
