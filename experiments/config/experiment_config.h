// An experiment with every default filled in: plain values, whatever file or --set they came from.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nas/objective.h"
#include "nas/option.h"
#include "nas/search_algorithm.h"
#include "nas/table_evaluator.h"
#include "trainer/data_options.h"
#include "trainer/training_options.h"

namespace nas {

enum class EvaluatorType { Train, Table, Command };

/// A long-running program of the user's own that answers JSON Lines (docs/command_protocol.md).
struct CommandOptions {
  std::vector<std::string> command;  // program and arguments
  std::vector<std::string> metrics;  // that it reports
  std::string folder;                // it runs in; absolute once loaded
  bool operator==(const CommandOptions&) const = default;
};

/// Only the options of `type` count; the others keep their defaults.
struct EvaluatorConfig {
  EvaluatorType type = EvaluatorType::Train;
  TableOptions table;
  CommandOptions command;
  bool operator==(const EvaluatorConfig&) const = default;
};

struct ObjectiveConfig {
  Direction direction = Direction::Maximise;
  std::string expression;
  bool operator==(const ObjectiveConfig&) const = default;
};

struct AlgorithmChoice {
  std::string type;                                   // a row of nas::algorithms()
  nlohmann::json options = nlohmann::json::object();  // every row of it
  std::string because = {};                           // why `auto` chose it; empty: somebody else did
  bool operator==(const AlgorithmChoice&) const = default;
};

/// One item of `start_from`: candidates that are evaluated before the algorithm is asked.
struct StartPoint {
  std::string text;               // an architecture of the space or a genotype; empty: `run` says which
  std::string run;                // directory of an earlier run; absolute once loaded
  std::int64_t best = kItsFront;  // of the run

  static constexpr std::int64_t kItsFront = 0;
  bool operator==(const StartPoint&) const = default;
};

/// May differ when a run is resumed.
struct Resources {
  std::int64_t workers = kAutoWorkers;
  std::int64_t workers_per_device = 1;
  double seconds_per_candidate = kLearntDeadline;
  std::int64_t max_attempts = 3;
  std::vector<std::string> retry = {"crashed", "worker_lost"};
  std::int64_t prefetch = kAutoPrefetch;
  std::int64_t seconds_of_silence = 60;
  std::int64_t grace_seconds = 120;

  static constexpr std::int64_t kAutoWorkers = 0;
  static constexpr double kNoDeadline = 0;
  static constexpr double kLearntDeadline = -1;
  static constexpr std::int64_t kAutoPrefetch = -1;
  bool operator==(const Resources&) const = default;
};

/// May differ when a run is resumed.
struct LogOptions {
  bool tensorboard = false;
  bool operator==(const LogOptions&) const = default;
};

struct ExperimentConfig {
  std::string space;                         // name in the library, or an absolute path
  std::map<std::string, double> parameters;  // of the space
  DataOptions data;                          // evaluator `train`
  TrainingOptions training;                  // evaluator `train`; `epochs` is every candidate's budget but with a table
  EvaluatorConfig evaluator;
  std::vector<ObjectiveConfig> objectives;  // at least one
  std::vector<std::string> limits;
  AlgorithmChoice algorithm;
  std::vector<StartPoint> start_from;  // of a prepared search: genotypes alone
  std::int64_t evaluations = 100;
  std::int64_t seed = 1;
  bool allow_duplicates = false;
  Resources resources;
  LogOptions log;
  bool operator==(const ExperimentConfig&) const = default;
};

/// "train", "table", "command".
[[nodiscard]] std::string to_string(EvaluatorType type);
[[nodiscard]] const std::vector<std::string>& evaluator_type_names();

/// Rows of the single values at the top of an experiment.
[[nodiscard]] Options top_options(ExperimentConfig& config);
[[nodiscard]] Options options(Resources& resources);
[[nodiscard]] Options options(LogOptions& log);
[[nodiscard]] Options options(CommandOptions& command);
/// Rows of an item of `start_from` that names a run.
[[nodiscard]] Options options(StartPoint& start);
/// Rows of the evaluator's present type.
[[nodiscard]] Options options(EvaluatorConfig& evaluator);

/// The options object of the chosen algorithm, filled in. REQUIRES: a loaded experiment's choice.
[[nodiscard]] std::unique_ptr<AlgorithmConfig> algorithm_config(const AlgorithmChoice& choice);

/// Program and arguments that run the command in its folder, found from any working directory.
[[nodiscard]] std::vector<std::string> command_line(const CommandOptions& command);

/// Every key and value; yaml_text of it loads to an equal config from any working directory.
/// Sections that the evaluator has no use for are left out.
[[nodiscard]] nlohmann::json resolved_json(const ExperimentConfig& config);

/// What keeps a run of config `stored` from going on under `given` (both resolved_json), a line
/// each; empty if nothing does. `resources` and `log` may differ, `evaluations` may grow, where
/// `training.threads` is `auto` now, the number that the run began with stays, and an algorithm
/// that `auto` chose may be asked for by its name.
[[nodiscard]] std::vector<std::string> differences(const nlohmann::json& stored, const nlohmann::json& given);

}  // namespace nas
