#include "experiments/store/encoding.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>

#include "nas/check.h"

namespace nas::encoding {
namespace {

using Json = nlohmann::json;

/// Whole numbers up to here are written without a fraction; all of them are exact.
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

std::string shortest(double value) {
  std::array<char, 32> text{};
  const auto [end, status] = std::to_chars(text.data(), text.data() + text.size(), value);
  NAS_CHECK(status == std::errc{}, "a double needs at most 24 characters");
  return std::string(text.data(), end);
}

std::string choice(const GeneOption& option) {
  if (!option.number || !std::isfinite(*option.number)) return python_string(option.name);
  const double value = *option.number;
  if (value == std::floor(value) && std::fabs(value) < kExactIntegers) {
    return fmt::format("{}", static_cast<std::int64_t>(value));
  }
  return shortest(value);
}

template <class Items, class Write>
std::string python_list_of(const Items& items, Write&& write) {
  std::string text = "[";
  for (const auto& item : items) {
    if (text.size() > 1) text += ", ";
    text += write(item);
  }
  return text + "]";
}

Json number_json(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

double number_from(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const auto& text = json.get_ref<const std::string&>();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == "inf") return kInfinity;
  if (text == "-inf") return -kInfinity;
  return std::numeric_limits<double>::quiet_NaN();
}

Json metrics_json(const Metrics& metrics) {
  Json json = Json::object();
  for (const auto& [name, value] : metrics) json[name] = number_json(value);
  return json;
}

Metrics metrics_of(const Json& json) {
  Metrics metrics;
  for (const auto& [name, value] : json.items()) metrics.emplace(name, number_from(value));
  return metrics;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Parses, and reads with `read`; one message for everything that can be wrong.
template <class Read>
auto parse(const std::string& text, Read&& read) -> decltype(read(Json{})) {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception& failure) {
    throw Exception(fmt::format("the study holds a value that this program did not write ({}), restore it from a copy",
                                failure.what()));
  }
}

Json gene_json(const Gene& gene) {
  Json options = Json::array();
  for (const GeneOption& option : gene.options) {
    options.push_back(Json::array({option.name, option.number ? number_json(*option.number) : Json()}));
  }
  Json active = Json::array();
  for (const auto& group : gene.active_when) {
    Json conditions = Json::array();
    for (const GeneCondition& condition : group) conditions.push_back(Json::array({condition.gene, condition.options}));
    active.push_back(std::move(conditions));
  }
  return {{"name", gene.name},
          {"options", std::move(options)},
          {"weights", gene.weights},
          {"active_when", std::move(active)},
          {"hyperparameter", gene.hyperparameter}};
}

Gene gene_of(const Json& json) {
  Gene gene;
  json.at("name").get_to(gene.name);
  for (const Json& option : json.at("options")) {
    const Json& value = option.at(1);
    gene.options.push_back(
        {option.at(0).get<std::string>(), value.is_null() ? std::nullopt : std::optional<double>(number_from(value))});
  }
  json.at("weights").get_to(gene.weights);
  for (const Json& group : json.at("active_when")) {
    std::vector<GeneCondition> conditions;
    for (const Json& condition : group) {
      conditions.push_back({condition.at(0).get<std::size_t>(), condition.at(1).get<std::vector<std::int32_t>>()});
    }
    gene.active_when.push_back(std::move(conditions));
  }
  json.at("hyperparameter").get_to(gene.hyperparameter);
  return gene;
}

}  // namespace

std::string distribution(const Gene& gene) {
  return R"({"name": "CategoricalDistribution", "attributes": {"choices": )" + python_list_of(gene.options, choice) +
         "}}";
}

std::string python_string(std::string_view text) {
  return Json(std::string(text)).dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string python_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return Json(value).dump();
}

std::string python_list(const std::vector<double>& values) { return python_list_of(values, python_number); }

std::string python_list(const std::vector<std::string>& texts) { return python_list_of(texts, python_string); }

const char* value_type(double value) {
  if (std::isnan(value)) return "NAN";
  if (std::isfinite(value)) return "FINITE";
  return value > 0 ? "INF_POS" : "INF_NEG";
}

std::string datetime(double unix_seconds) {
  const auto microseconds = static_cast<std::int64_t>(std::llround(unix_seconds * 1e6));
  const auto seconds = static_cast<std::time_t>(microseconds / 1'000'000);
  std::tm local{};
  NAS_CHECK(localtime_r(&seconds, &local) != nullptr, "a time out of range");
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                     local.tm_hour, local.tm_min, local.tm_sec, microseconds % 1'000'000);
}

std::string metrics_text(const Metrics& metrics) { return dump(metrics_json(metrics)); }

Metrics metrics_from(const std::string& text) { return parse(text, metrics_of); }

std::string values_text(const std::vector<double>& values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(number_json(value));
  return dump(json);
}

std::vector<double> values_from(const std::string& text) {
  return parse(text, [](const Json& json) {
    std::vector<double> values;
    for (const Json& value : json) values.push_back(number_from(value));
    return values;
  });
}

std::string parents_text(const std::vector<CandidateId>& parents) {
  Json json = Json::array();
  for (const CandidateId parent : parents) json.push_back(number(parent));
  return dump(json);
}

std::vector<CandidateId> parents_from(const std::string& text) {
  return parse(text, [](const Json& json) {
    std::vector<CandidateId> parents;
    for (const Json& parent : json) parents.push_back(CandidateId{parent.get<std::uint64_t>()});
    return parents;
  });
}

std::string curve_text(const std::vector<CurvePoint>& curve) {
  Json json = Json::array();
  for (const CurvePoint& point : curve) json.push_back(Json::array({point.epoch, metrics_json(point.metrics)}));
  return dump(json);
}

std::vector<CurvePoint> curve_from(const std::string& text) {
  return parse(text, [](const Json& json) {
    std::vector<CurvePoint> curve;
    for (const Json& point : json) curve.push_back({point.at(0).get<std::int32_t>(), metrics_of(point.at(1))});
    return curve;
  });
}

std::string genes_text(const std::vector<Gene>& genes) {
  Json json = Json::array();
  for (const Gene& gene : genes) json.push_back(gene_json(gene));
  return dump(json);
}

std::vector<Gene> genes_from(const std::string& text) {
  return parse(text, [](const Json& json) {
    std::vector<Gene> genes;
    for (const Json& gene : json) genes.push_back(gene_of(gene));
    return genes;
  });
}

}  // namespace nas::encoding
