#include "experiments/config/experiment_config.h"

#include <fmt/format.h>

#include <cmath>

#include "nas/check.h"

namespace nas {

namespace {

constexpr double kMaxEvaluations = 1e9;
constexpr double kMaxExact = 9'007'199'254'740'992.0;  // 2^53: exact in JSON and in `double`
constexpr double kMaxWorkers = 100'000;
constexpr double kMaxStarts = 1e6;

nlohmann::json number_json(double value) {
  const bool whole = std::trunc(value) == value && std::abs(value) <= kMaxExact;
  return whole ? nlohmann::json(static_cast<std::int64_t>(value)) : nlohmann::json(value);
}

nlohmann::json objectives_json(const std::vector<ObjectiveConfig>& objectives) {
  nlohmann::json list = nlohmann::json::array();
  for (const ObjectiveConfig& objective : objectives) {
    const char* key = objective.direction == Direction::Maximise ? "maximize" : "minimize";
    list.push_back({{key, objective.expression}});
  }
  return list;
}

nlohmann::json algorithm_json(const AlgorithmChoice& choice) {
  nlohmann::json json = choice.options;
  json["type"] = choice.type;
  if (!choice.because.empty()) json["because"] = choice.because;
  return json;
}

nlohmann::json starts_json(std::vector<StartPoint> starts) {
  nlohmann::json list = nlohmann::json::array();
  for (StartPoint& start : starts) {
    list.push_back(start.run.empty() ? nlohmann::json(start.text) : options_to_json(options(start)));
  }
  return list;
}

/// {"training.epochs": 3, ...}; lists count as one value.
nlohmann::json flattened(const nlohmann::json& json, const std::string& path = {}) {
  nlohmann::json flat = nlohmann::json::object();
  for (const auto& [key, value] : json.items()) {
    const std::string name = path.empty() ? key : fmt::format("{}.{}", path, key);
    if (value.is_object()) {
      flat.update(flattened(value, name));
    } else {
      flat[name] = value;
    }
  }
  return flat;
}

std::string shown(const nlohmann::json& flat, const std::string& key) {
  return flat.contains(key) ? flat[key].dump() : "nothing";
}

/// Those that a second try could turn out otherwise.
std::vector<std::string> retryable_failures() {
  using enum FailureType;
  std::vector<std::string> names;
  for (const FailureType type : {Crashed, WorkerLost, OutOfMemory, TimedOut, Diverged, Protocol, Reported}) {
    names.emplace_back(to_string(type));
  }
  return names;
}

bool may_differ(const std::string& key, const nlohmann::json& stored, const nlohmann::json& given) {
  if (key.starts_with("resources.") || key.starts_with("log.") || key == "algorithm.because") return true;
  if (!stored.contains(key) || !given.contains(key)) return false;
  if (key == "evaluations") return given[key] >= stored[key];
  if (key == "training.threads") return given[key] == "auto";
  return false;
}

}  // namespace

std::string to_string(EvaluatorType type) { return evaluator_type_names()[static_cast<std::size_t>(type)]; }

const std::vector<std::string>& evaluator_type_names() {
  static const std::vector<std::string> names = {"train", "table", "command"};
  return names;
}

Options top_options(ExperimentConfig& config) {
  return {
      {.name = "space",
       .target = &config.space,
       .help = "search space: a name of the library (`nas space describe NAME`) or a path to a YAML file; required"},
      {.name = "limits",
       .target = &config.limits,
       .help =
           "comparisons over metrics such as `params <= 2e6`; those on params and macs are checked before training"},
      {.name = "evaluations",
       .target = &config.evaluations,
       .help = "candidates to evaluate in all, failures included",
       .min = 1,
       .max = kMaxEvaluations},
      {.name = "seed",
       .target = &config.seed,
       .help = "of everything random: proposals, data split, training",
       .min = 1,
       .max = kMaxExact},
      {.name = "allow_duplicates",
       .target = &config.allow_duplicates,
       .help = "whether the same network and hyperparameters may be evaluated more than once"},
  };
}

Options options(Resources& resources) {
  return {
      {.name = "workers",
       .target = &resources.workers,
       .help = "trainer or command processes of each rank that supervises any; auto: one a GPU; without GPUs one, or "
               "for a run without mpirun one a CPU core",
       .min = 1,
       .max = kMaxWorkers,
       .word = "auto",
       .word_value = Resources::kAutoWorkers},
      {.name = "workers_per_device",
       .target = &resources.workers_per_device,
       .help = "trainer or command processes that share one GPU, where `workers` is auto",
       .min = 1,
       .max = kMaxWorkers},
      {.name = "seconds_per_candidate",
       .target = &resources.seconds_per_candidate,
       .help = "a candidate that takes longer is stopped and counted as failed; 0: no deadline; auto: ten times the "
               "slowest epoch so far for each of its epochs, at least a minute, once ten candidates have finished",
       .min = 0,
       .word = "auto",
       .word_value = static_cast<std::int64_t>(Resources::kLearntDeadline)},
      {.name = "max_attempts",
       .target = &resources.max_attempts,
       .help = "how often a candidate is tried in all when its failure is one of `retry`",
       .min = 1,
       .max = 100},
      {.name = "retry",
       .target = &resources.retry,
       .help = "failures after which a candidate is tried again, on another worker if there is one",
       .choices = retryable_failures()},
      {.name = "prefetch",
       .target = &resources.prefetch,
       .help = "candidates that wait at a worker of another rank for each of its slots; auto: as many as the way "
               "there and back is worth, none where it takes less than 1% of a candidate's time",
       .min = 0,
       .max = 1000,
       .word = "auto",
       .word_value = Resources::kAutoPrefetch},
      {.name = "seconds_of_silence",
       .target = &resources.seconds_of_silence,
       .help = "a rank that is not heard for so long is given up, its candidates go to others",
       .min = 1,
       .max = 86400},
      {.name = "grace_seconds",
       .target = &resources.grace_seconds,
       .help = "when the search is to stop (a signal, --walltime): how long running candidates may go on; those that "
               "have not finished then are trained on by the next start",
       .min = 0,
       .max = 86400},
  };
}

Options options(LogOptions& log) {
  return {
      {.name = "tensorboard",
       .target = &log.tensorboard,
       .help = "learning curves as event files, a folder `tensorboard/NAME` of the run's directory for each network: "
               "`tensorboard --logdir RUN/tensorboard`"},
  };
}

Options options(CommandOptions& command) {
  return {
      {.name = "command",
       .target = &command.command,
       .help = "program and arguments as a list, or one text for `sh -c`; required"},
      {.name = "metrics", .target = &command.metrics, .help = "names of the metrics that it reports; required"},
      {.name = "folder",
       .target = &command.folder,
       .help = "where it runs; empty: the folder of the experiment's file"},
  };
}

Options options(StartPoint& start) {
  return {
      {.name = "run", .target = &start.run, .help = "directory of an earlier search of the same space; required"},
      {.name = "best",
       .target = &start.best,
       .help = "how many of its candidates: those of its front first, then what is dominated by these alone, and so "
               "on; front: its Pareto front",
       .min = 1,
       .max = kMaxStarts,
       .word = "front",
       .word_value = StartPoint::kItsFront},
  };
}

Options options(EvaluatorConfig& evaluator) {
  switch (evaluator.type) {
    case EvaluatorType::Train:
      return {};
    case EvaluatorType::Table:
      return options(evaluator.table);
    case EvaluatorType::Command:
      return options(evaluator.command);
  }
  return {};
}

std::unique_ptr<AlgorithmConfig> algorithm_config(const AlgorithmChoice& choice) {
  const AlgorithmRow* row = find_algorithm(choice.type);
  NAS_CHECK(row != nullptr, "an experiment was loaded with the unknown algorithm " + choice.type);
  std::unique_ptr<AlgorithmConfig> config = row->make_config();
  const Result<Unit> set = options_from_json(config->options(), choice.options);
  NAS_CHECK(set.ok(), set.ok() ? std::string() : set.error().message);
  return config;
}

std::vector<std::string> command_line(const CommandOptions& command) {
  // env -C changes directory and then becomes the command: no process in between.
  std::vector<std::string> words = {"env", "-C", command.folder, "--"};
  words.insert(words.end(), command.command.begin(), command.command.end());
  return words;
}

nlohmann::json resolved_json(const ExperimentConfig& config) {
  ExperimentConfig copy = config;  // rows bind to fields that can be written
  nlohmann::json json = options_to_json(top_options(copy));
  json["parameters"] = nlohmann::json::object();
  for (const auto& [name, value] : config.parameters) json["parameters"][name] = number_json(value);
  json["evaluator"] = options_to_json(options(copy.evaluator));
  json["evaluator"]["type"] = to_string(config.evaluator.type);
  if (config.evaluator.type == EvaluatorType::Train) {
    json["data"] = options_to_json(options(copy.data));
    json["training"] = options_to_json(options(copy.training));
  }
  if (config.evaluator.type == EvaluatorType::Command) json["training"]["epochs"] = config.training.epochs;
  json["objectives"] = objectives_json(config.objectives);
  json["algorithm"] = algorithm_json(config.algorithm);
  if (!config.start_from.empty()) json["start_from"] = starts_json(config.start_from);
  json["resources"] = options_to_json(options(copy.resources));
  json["log"] = options_to_json(options(copy.log));
  return json;
}

std::vector<std::string> differences(const nlohmann::json& stored, const nlohmann::json& given) {
  const nlohmann::json before = flattened(stored);
  const nlohmann::json now = flattened(given);
  nlohmann::json all = before;
  all.update(now);
  std::vector<std::string> lines;
  for (const auto& [key, unused] : all.items()) {
    const std::string then_text = shown(before, key);
    const std::string now_text = shown(now, key);
    if (then_text == now_text || may_differ(key, before, now)) continue;
    const char* hint = key == "evaluations" ? " (may only be raised)" : "";
    lines.push_back(fmt::format("{}: {} in the run, {} now{}", key, then_text, now_text, hint));
  }
  return lines;
}

}  // namespace nas
