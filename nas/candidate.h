// What is searched over and what comes back: genotype, candidate, evaluation. Plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

/// Evaluation number: 0, 1, 2, ... in the order in which candidates were asked for.
enum class CandidateId : std::uint64_t {};

[[nodiscard]] constexpr std::uint64_t number(CandidateId id) { return static_cast<std::uint64_t>(id); }

/// One option index per gene, in the space's gene order; inactive genes are 0.
struct Genotype {
  std::vector<std::int32_t> genes;
  auto operator<=>(const Genotype&) const = default;
};

struct Candidate {
  CandidateId id{};
  Genotype genotype;
  std::int32_t budget = 0;           // epochs of training
  std::uint64_t seed = 0;            // of everything random in its training
  std::vector<CandidateId> parents;  // empty for a sample
  std::string origin;                // "sample", "mutation", "crossover", "start", "promotion", ...
  /// The candidate whose training this one carries on: of the same genotype and seed, with fewer epochs.
  std::optional<CandidateId> continues = {};
  /// By epoch, from the first: the training ends after it where the first objective, minimised, is above.
  std::vector<double> stop_above = {};
  std::int32_t full_budget = 0;  // epochs that its schedules are made for; at least `budget`
  bool operator==(const Candidate&) const = default;
};

using Metrics = std::map<std::string, double, std::less<>>;

enum class FailureType {
  Diverged,     // loss not finite
  OutOfMemory,  // of the device or the host
  Crashed,      // the child ended by a signal or exited while it worked
  TimedOut,     // past resources.seconds_per_candidate
  WorkerLost,   // the rank that held it is gone
  Invalid,      // this genotype has no network that can be trained
  Protocol,     // the child sent something that is no answer
  Reported,     // the child answered {"error": ...}
};

/// Stable text form, as stored: "diverged", "out_of_memory", "crashed", "timed_out",
/// "worker_lost", "invalid", "protocol", "reported".
[[nodiscard]] std::string_view to_string(FailureType type);
[[nodiscard]] std::optional<FailureType> failure_type_from(std::string_view text);

struct Failure {
  FailureType type{};
  std::string message;   // one line for a person
  std::string log_tail;  // last lines of the child's standard error, may be empty
  bool operator==(const Failure&) const = default;
};

struct CurvePoint {
  std::int32_t epoch = 0;  // counts from 1
  Metrics metrics;
  bool operator==(const CurvePoint&) const = default;
};

/// The one result of one candidate. `metrics` is empty where `failure` is set.
struct Evaluation {
  CandidateId id{};
  Metrics metrics;
  std::vector<CurvePoint> curve;
  std::optional<Failure> failure;
  double started_at = 0;  // Unix time in seconds
  double seconds = 0;     // from the start on a worker to the result
  std::string worker;     // "host:rank.slot"
  bool stopped = false;   // by its candidate's `stop_above`: it has fewer epochs than its budget
  bool operator==(const Evaluation&) const = default;
};

/// Whether a training ends after `epoch`, from 1, by Candidate::stop_above; never where it has no bound.
[[nodiscard]] bool is_above_bound(const std::vector<double>& stop_above, std::int32_t epoch, double value);

/// "3,0,1": the form of a genotype on the command line and in the store.
[[nodiscard]] std::string to_string(const Genotype& genotype);
/// Empty where `text` is not a comma-separated list of integers; an empty text is no gene at all.
[[nodiscard]] std::optional<Genotype> genotype_from(std::string_view text);

}  // namespace nas
