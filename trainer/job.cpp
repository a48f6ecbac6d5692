#include "trainer/job.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

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
  if (!line.contains("network")) {
    note(Error{"network: missing, a job needs one"});
  } else if (Result<Network> network = network_from_json(line.at("network")); network) {
    job.training.network = std::move(network).value();
  } else {
    note(Error{"network: " + network.error().message});
  }
  if (!errors.empty()) return Error{errors};
  return job;
}

std::string epoch_line(const json& id, std::int32_t epoch, const Metrics& metrics) {
  return json{{"id", id}, {"epoch", epoch}, {"metrics", metrics_to_json(metrics)}}.dump();
}

std::string metrics_line(const json& id, const Metrics& metrics) {
  return json{{"id", id}, {"metrics", metrics_to_json(metrics)}}.dump();
}

std::string error_line(const json& id, std::string_view message, std::optional<FailureType> failure) {
  json object = {{"id", id}, {"error", message}};
  if (failure) object["failure"] = to_string(*failure);
  // Messages may quote bytes of somebody's file: what is not UTF-8 is replaced, not thrown at.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace nas
