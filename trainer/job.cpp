#include "trainer/job.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nas/mix.h"
#include "nas/network_json.h"

namespace nas {

namespace {

using nlohmann::json;

json metrics_to_json(const Metrics& metrics) {
  json object = json::object();
  for (const auto& [name, value] : metrics) object[name] = std::isfinite(value) ? json(value) : json(nullptr);
  return object;
}

/// Sets options from the object at `key`; a job without it takes the defaults.
Result<Unit> read_options(const json& line, const std::string& key, const Options& rows) {
  if (!line.contains(key)) return Unit{};
  Result<Unit> set = options_from_json(rows, line.at(key));
  if (!set) return Error{fmt::format("{}: {}", key, set.error().message)};
  return set;
}

/// Takes the value at `key`, if it is there, as an integer of at least `least`.
Result<Unit> read_integer(const json& line, const char* key, std::int64_t least, std::int64_t& into) {
  if (!line.contains(key)) return Unit{};
  const json& value = line.at(key);
  // An unsigned number above the largest int64 comes out negative.
  if (!value.is_number_integer() || value.get<std::int64_t>() < least) {
    return Error{fmt::format("{}: {} where an integer of at least {} was expected", key, value.dump(), least)};
  }
  into = value.get<std::int64_t>();
  return Unit{};
}

Result<Unit> read_path(const json& line, const char* key, std::filesystem::path& into) {
  if (!line.contains(key)) return Unit{};
  if (!line.at(key).is_string()) return Error{fmt::format("{}: {} is no path", key, line.at(key).dump())};
  into = line.at(key).get<std::string>();
  return Unit{};
}

/// The numbers beside the network: params, macs, and those up to an exit.
Metrics known_numbers(const json& line) {
  Metrics known;
  for (const auto& [name, value] : line.items()) {
    const bool count = name == "params" || name == "macs" || name.starts_with("params.") || name.starts_with("macs.");
    if (count && value.is_number()) known[name] = value.get<double>();
  }
  return known;
}

Result<Unit> read_stop_rule(const json& line, std::optional<StopRule>& into) {
  if (!line.contains("stop_above")) return Unit{};
  const json& rule = line.at("stop_above");
  const Error wrong{
      "stop_above: expected {\"objective\": expression, \"direction\": \"minimize\" or \"maximize\", \"bounds\": "
      "[number or null, ...]}"};
  try {
    auto expression = Expression::parse(rule.at("objective").get_ref<const std::string&>());
    if (!expression) return Error{"stop_above: " + expression.error().message};
    const std::string& direction = rule.at("direction").get_ref<const std::string&>();
    if (direction != "minimize" && direction != "maximize") return wrong;
    StopRule read{{direction == "maximize" ? Direction::Maximise : Direction::Minimise, std::move(*expression)},
                  {},
                  known_numbers(line)};
    for (const json& bound : rule.at("bounds")) {
      read.bounds.push_back(bound.is_null() ? std::numeric_limits<double>::infinity() : bound.get<double>());
    }
    into = std::move(read);
    return Unit{};
  } catch (const json::exception&) {
    return wrong;
  }
}

Result<Unit> read_final_plan(const json& line, FinalPlan& into) {
  if (!line.contains("final")) return Unit{};
  const json& plan = line.at("final");
  if (!plan.is_object()) return Error{"final: expected {\"weights\": file, \"test\": true or false}"};
  if (plan.contains("test")) {
    if (!plan.at("test").is_boolean()) return Error{"final.test: expected true or false"};
    into.test = plan.at("test").get<bool>();
  }
  const auto weights = read_path(plan, "weights", into.weights);
  return weights ? weights : Error{"final." + weights.error().message};
}

Result<Unit> read_parallel(const json& line, ParallelPlan& into) {
  if (!line.contains("parallel")) return Unit{};
  try {
    const json& plan = line.at("parallel");
    into.place = {plan.at("rank").get<int>(), plan.at("size").get<int>()};
    into.store = plan.at("store").get<std::string>();
    into.interface = plan.value("interface", into.interface);
    into.sync_batch_norm = plan.value("sync_batch_norm", into.sync_batch_norm);
    into.patience = plan.value("patience", into.patience);
    if (into.place.rank >= 0 && into.place.rank < into.place.size && into.patience > 0) return Unit{};
  } catch (const json::exception&) {
  }
  return Error{
      "parallel: expected {\"rank\": from 0, \"size\": processes, \"store\": file, \"interface\": name, "
      "\"sync_batch_norm\": true or false, \"patience\": seconds}"};
}

/// Of all that a training depends on but where it ends, how it is shared among threads and fits into
/// memory, how often it is written down, and what judges and measures it in the end: 16 hexadecimal digits.
std::string fingerprint(Job job, const json& network) {
  const TrainingOptions defaults;
  TrainingOptions& training = job.training.training;
  training.epochs = defaults.epochs;
  training.patience = defaults.patience;
  training.threads = defaults.threads;
  training.recompute = defaults.recompute;
  training.recompute_every = defaults.recompute_every;
  training.memory_gib = defaults.memory_gib;
  training.latency_batch = defaults.latency_batch;
  training.mc_dropout = defaults.mc_dropout;
  // The source stays: what was counted before and after has to be of one.
  training.energy = {.source = training.energy.source};
  training.checkpoint_epochs = defaults.checkpoint_epochs;
  training.checkpoint_minutes = defaults.checkpoint_minutes;
  job.data.reader_threads = DataOptions{}.reader_threads;
  job.data.test_file = job.data.test_inputs = job.data.test_targets = {};
  const std::string text = json{{"network", network},
                                {"training", options_to_json(options(training))},
                                {"data", options_to_json(options(job.data))},
                                {"seed", job.training.seed},
                                {"full_epochs", job.training.full_epochs}}
                               .dump();
  std::uint64_t hash = text.size();
  for (const char letter : text) hash = mix(hash ^ static_cast<unsigned char>(letter)) + 1;
  return fmt::format("{:016x}", hash);
}

}  // namespace

Result<Job> job_from_json(const json& line) {
  Job job;
  std::int64_t seed = 0;
  std::string errors;
  const auto note = [&](const Result<Unit>& result) {
    if (!result) errors += (errors.empty() ? "" : "\n") + result.error().message;
  };
  note(read_options(line, "training", options(job.training.training)));
  note(read_options(line, "data", options(job.data)));
  note(read_integer(line, "budget", 1, job.training.training.epochs));
  note(read_integer(line, "seed", 0, seed));
  job.training.seed = static_cast<std::uint64_t>(seed);
  std::int64_t full_epochs = job.training.training.epochs;
  note(read_integer(line, "full_budget", job.training.training.epochs, full_epochs));
  job.training.full_epochs = full_epochs;
  note(read_path(line, "checkpoint", job.training.checkpoints.folder));
  note(read_path(line, "continue_from", job.training.checkpoints.continue_from));
  note(read_path(line, "preprocessing", job.preprocessing));
  note(read_stop_rule(line, job.training.stop_rule));
  note(read_final_plan(line, job.end));
  note(read_parallel(line, job.training.parallel));
  if (job.data.folds > 0 && (!job.end.is_empty() || job.training.parallel.place.size > 1)) {
    note(Error{"data.folds: a final training, or one by several processes, is of one network, leave folds out"});
  }
  if (!line.contains("network")) {
    note(Error{"network: missing, a job needs one"});
  } else if (Result<Network> network = network_from_json(line.at("network")); network) {
    job.training.network = std::move(network).value();
  } else {
    note(Error{"network: " + network.error().message});
  }
  if (!errors.empty()) return Error{errors};
  job.training.checkpoints.fingerprint = fingerprint(job, line.at("network"));
  return job;
}

std::string epoch_line(const json& id, std::int32_t epoch, const Metrics& metrics) {
  return json{{"id", id}, {"epoch", epoch}, {"metrics", metrics_to_json(metrics)}}.dump();
}

std::string result_line(const json& id, const TrainingResult& result, std::string_view energy_source) {
  json line = {{"id", id}, {"metrics", metrics_to_json(result.metrics)}};
  if (energy_source != "none") line["energy_source"] = energy_source;
  if (result.stopped) line["stopped"] = true;
  return line.dump();
}

std::string interrupted_line(const json& id) { return json{{"id", id}, {"interrupted", true}}.dump(); }

std::optional<json> interrupted_job(const json& line) {
  if (!line.is_object() || !line.contains("id") || !line.contains("interrupt")) return std::nullopt;
  return line.at("interrupt") == true ? std::optional(line.at("id")) : std::nullopt;
}

std::string error_line(const json& id, std::string_view message, std::optional<FailureType> failure) {
  json object = {{"id", id}, {"error", message}};
  if (failure) object["failure"] = to_string(*failure);
  // Messages may quote bytes of somebody's file: what is not UTF-8 is replaced, not thrown at.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace nas
