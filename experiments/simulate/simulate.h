// `nas simulate`: the real coordinator and algorithm against simulated workers in simulated time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "experiments/commands/output.h"
#include "experiments/search/prepare.h"
#include "nas/result.h"

namespace nas {

/// How long candidates take.
struct DurationLaw {
  enum class Kind : std::uint8_t { Fixed, Exponential, Lognormal };
  Kind kind = Kind::Fixed;
  double seconds = 1;  // its median, or the mean of the exponential law
  double sigma = 0;    // of the logarithm

  /// One draw; the same for the same seed and number. Seconds.
  [[nodiscard]] double draw(std::uint64_t seed, std::uint64_t number) const;
};

/// "30m", "exponential:MEAN", "lognormal:MEDIAN:SIGMA". Error: anything else.
[[nodiscard]] Result<DurationLaw> parse_duration_law(std::string_view text);

struct SimulateRequest {
  std::size_t workers = 1;
  std::size_t slots = 1;  // of each
  DurationLaw duration;
  double mean_life = 0;    // of a worker, seconds; 0: for ever
  double latency = 0.001;  // seconds
  double seconds_per_message = 0.0001;
  std::uint64_t seed = 1;
  std::filesystem::path store;  // a new run directory; empty: nothing is stored
};

/// All times but `wall_seconds` and `coordinator_seconds` are simulated.
struct SimulateReport {
  std::uint64_t results = 0;
  std::uint64_t failed = 0;
  std::uint64_t retries = 0;
  std::size_t deaths = 0;
  double handed_out = 0;           // seconds until the last candidate was
  double drain = 0;                // seconds from then to the last result
  double utilisation = 0;          // share of all slots' time that was work until `handed_out`
  std::size_t longest_queue = 0;   // messages
  double wall_seconds = 0;         // real
  double coordinator_seconds = 0;  // real CPU time of a result, without the simulated workers'
  double peak_memory = 0;          // bytes of the process
};

/// The experiment's metrics come from its table where it has one, and are sums over genes of random
/// numbers otherwise. Same request, same report, but for real time and memory. Error: the store
/// cannot be made.
[[nodiscard]] Result<SimulateReport> simulate(PreparedSearch search, const SimulateRequest& request);

void print_report(const SimulateReport& report, const SimulateRequest& request, Output output, std::ostream& out);

}  // namespace nas
