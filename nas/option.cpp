#include "nas/option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

namespace nas {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxTextShown = 60;

// As in errors: texts in single quotes, everything else as JSON; on one line, valid UTF-8.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (value.is_string()) text.front() = text.back() = '\'';
  if (text.size() <= kMaxTextShown) return text;
  std::size_t end = kMaxTextShown;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "...";
}

// " from 1 to 1000", " of at least 1", " of at most 9" or nothing.
std::string range_text(const Option& option) {
  const bool has_min = std::isfinite(option.min);
  const bool has_max = std::isfinite(option.max);
  if (has_min && has_max) return fmt::format(" from {} to {}", option.min, option.max);
  if (has_min) return fmt::format(" of at least {}", option.min);
  if (has_max) return fmt::format(" of at most {}", option.max);
  return {};
}

Error expected(std::string_view what, const Json& value) {
  return Error{fmt::format("expected {}, got {}", what, shown(value))};
}

// YAML and JSON writers turn 1000 into 1e3 and 1000.0: the value counts.
std::optional<std::int64_t> integer_value(const Json& value) {
  constexpr double kLimit = 9007199254740992.0;  // 2^53
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return std::in_range<std::int64_t>(number) ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  if (!(std::abs(number) <= kLimit) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

Result<Unit> set(const Option&, bool* target, const Json& value) {
  if (!value.is_boolean()) return expected("true or false", value);
  *target = value.get<bool>();
  return Unit{};
}

bool is_word(const Option& option, const Json& value) {
  return !option.word.empty() && value.is_string() && value.get<std::string>() == option.word;
}

std::string or_word(const Option& option) { return option.word.empty() ? "" : fmt::format(" or '{}'", option.word); }

Result<Unit> set(const Option& option, std::int64_t* target, const Json& value) {
  if (is_word(option, value)) {
    *target = option.word_value;
    return Unit{};
  }
  const auto number = integer_value(value);
  if (!number || static_cast<double>(*number) < option.min || static_cast<double>(*number) > option.max) {
    return expected(fmt::format("an integer{}{}", range_text(option), or_word(option)), value);
  }
  *target = *number;
  return Unit{};
}

Result<Unit> set(const Option& option, double* target, const Json& value) {
  if (is_word(option, value)) {
    *target = static_cast<double>(option.word_value);
    return Unit{};
  }
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!std::isfinite(number) || number < option.min || number > option.max) {
    return expected("a number" + range_text(option) + or_word(option), value);
  }
  *target = number;
  return Unit{};
}

std::optional<Error> check_choice(const Option& option, const Json& value) {
  if (!value.is_string()) return expected("a text", value);
  const auto text = value.get<std::string>();
  const auto& choices = option.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) return std::nullopt;
  const auto near = nearest_name(text, choices);
  return Error{fmt::format("expected {}{}, got {}{}", choices.size() == 1 ? "" : "one of ", fmt::join(choices, ", "),
                           shown(value), near ? fmt::format(", did you mean '{}'?", *near) : "")};
}

Result<Unit> set(const Option& option, std::string* target, const Json& value) {
  if (auto error = check_choice(option, value)) return std::move(*error);
  *target = value.get<std::string>();
  return Unit{};
}

Result<Unit> set(const Option& option, std::vector<std::string>* target, const Json& value) {
  if (!value.is_array()) return expected("a list of texts", value);
  for (const Json& item : value) {
    if (auto error = check_choice(option, item)) return std::move(*error);
  }
  *target = value.get<std::vector<std::string>>();
  return Unit{};
}

std::string type_text(const Option&, bool*) { return "true or false"; }
std::string type_text(const Option&, std::int64_t*) { return "integer"; }
std::string type_text(const Option&, double*) { return "number"; }
std::string type_text(const Option& option, std::string*) {
  return option.choices.empty() ? "text" : fmt::format("one of {}", fmt::join(option.choices, ", "));
}
std::string type_text(const Option& option, std::vector<std::string>*) {
  return option.choices.empty() ? "list of texts" : fmt::format("list of {}", fmt::join(option.choices, ", "));
}

}  // namespace

Result<Unit> set_option(const Option& option, const Json& value) {
  return std::visit([&](auto target) { return set(option, target, value); }, option.target);
}

Json get_option(const Option& option) {
  return std::visit(
      [&](auto target) -> Json {
        if constexpr (std::is_same_v<decltype(target), std::int64_t*> || std::is_same_v<decltype(target), double*>) {
          if (!option.word.empty() && static_cast<double>(*target) == static_cast<double>(option.word_value)) {
            return option.word;
          }
        }
        return *target;
      },
      option.target);
}

Json options_to_json(const Options& options) {
  Json json = Json::object();
  for (const Option& option : options) json[option.name] = get_option(option);
  return json;
}

Result<Unit> options_from_json(const Options& options, const Json& json) {
  if (!json.is_object()) return expected("a map of options", json);
  std::vector<std::string> names;
  for (const Option& option : options) names.push_back(option.name);
  std::string problems;
  const auto add_problem = [&](const std::string& text) { problems += (problems.empty() ? "" : "\n") + text; };
  for (const auto& [key, value] : json.items()) {
    const auto row = std::find(names.begin(), names.end(), key);
    if (row == names.end()) {
      add_problem(fmt::format("unknown key '{}'{}", key, suggest(key, names)));
      continue;
    }
    const auto result = set_option(options[static_cast<std::size_t>(row - names.begin())], value);
    if (!result) add_problem(fmt::format("{}: {}", key, result.error().message));
  }
  if (!problems.empty()) return Error{problems};
  return Unit{};
}

std::string describe_type(const Option& option) {
  std::string text = std::visit([&](auto target) { return type_text(option, target); }, option.target);
  const bool has_min = std::isfinite(option.min);
  const bool has_max = std::isfinite(option.max);
  if (has_min && has_max) {
    text += fmt::format(", {} to {}", option.min, option.max);
  } else if (has_min) {
    text += fmt::format(", at least {}", option.min);
  } else if (has_max) {
    text += fmt::format(", at most {}", option.max);
  }
  if (!option.word.empty()) text += fmt::format(", or `{}`", option.word);
  return text;
}

}  // namespace nas
