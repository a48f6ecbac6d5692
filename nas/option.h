// Configuration options, each declared once: a row binds a name, a line of help and a range to a
// field of a plain struct. Parsing, the resolved config, --help, the reference and the JSON Schema
// all walk the rows; the default is what the struct's initialiser says.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nas/result.h"

namespace nas {

struct Option {
  using Target = std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::string>*>;

  std::string name;
  Target target;
  std::string help;                                       // one line, with the unit
  double min = -std::numeric_limits<double>::infinity();  // numbers: inclusive
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};  // strings: if not empty, one of these
  /// Numbers only: the word that may stand instead of a number, and the number it stands for
  /// (`workers: auto`).
  std::string word = {};
  std::int64_t word_value = 0;
};

using Options = std::vector<Option>;

/// Sets the field. Error: wrong type, out of range, not one of the choices; without location.
[[nodiscard]] Result<Unit> set_option(const Option& option, const nlohmann::json& value);

/// The field's present value.
[[nodiscard]] nlohmann::json get_option(const Option& option);

/// {name: value} for all rows.
[[nodiscard]] nlohmann::json options_to_json(const Options& options);

/// Sets every key of `json`. Error: not an object, an unknown key (with the nearest name), or a
/// bad value; all at once, a line each.
[[nodiscard]] Result<Unit> options_from_json(const Options& options, const nlohmann::json& json);

/// "integer, 1 to 1000, or `auto`" and the like.
[[nodiscard]] std::string describe_type(const Option& option);

/// The candidate nearest to `name` by edit distance, if it is near enough to be a slip.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& names);

/// ", did you mean 'x'?" or ", known: a, b, c".
[[nodiscard]] std::string suggest(std::string_view name, const std::vector<std::string>& names);

}  // namespace nas
