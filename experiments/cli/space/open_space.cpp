#include "experiments/cli/space/open_space.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "experiments/config/shipped_files.h"

namespace nas {
namespace {

/// `parameters.channels=36` -> {"channels", 36}; only parameters may be set here.
Result<ParameterOverride> parse_set(const std::string& text) {
  constexpr std::string_view kPrefix = "parameters.";
  const auto equals = text.find('=');
  char* end = nullptr;
  const double number = equals == std::string::npos ? 0 : std::strtod(text.c_str() + equals + 1, &end);
  const bool is_number = end != nullptr && *end == '\0' && end != text.c_str() + equals + 1 && std::isfinite(number);
  if (!text.starts_with(kPrefix) || !is_number) {
    return Error{fmt::format("--set {}: expected parameters.NAME=NUMBER", text)};
  }
  return ParameterOverride{text.substr(kPrefix.size(), equals - kPrefix.size()), number, {}};
}

std::optional<std::int64_t> parse_axis(std::string_view word) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (word.empty() || error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

/// "3x224x224": channels, then up to three sizes.
Result<Shape> parse_shape(const std::string& text) {
  Shape shape;
  std::string_view left = text;
  for (std::size_t axis = 0; axis <= Shape::kMaxDims; ++axis) {
    const std::size_t end = left.find('x');
    const auto number = parse_axis(left.substr(0, end));
    if (!number) break;
    (axis == 0 ? shape.channels : shape.size[axis - 1]) = *number;
    shape.dims = axis;
    if (end != std::string_view::npos) {
      left.remove_prefix(end + 1);
      continue;
    }
    if (const auto error = check_shape(shape)) return Error{fmt::format("--input {}: {}", text, error->message)};
    return shape;
  }
  return Error{fmt::format("--input {}: expected channels and up to three sizes joined by x, such as 3x224x224", text)};
}

}  // namespace

void declare_space_options(cxxopts::OptionAdder& add) {
  add("set", "change a parameter of the space: parameters.NAME=NUMBER (repeatable)",
      cxxopts::value<std::vector<std::string>>(), "KEY=VALUE");
  add("input", "change the shape of the input: channels and sizes, such as 3x224x224", cxxopts::value<std::string>(),
      "SHAPE");
}

Result<SpaceOverrides> space_overrides(const CommandLine& line) {
  SpaceOverrides overrides;
  if (line.options.count("set") > 0) {
    for (const std::string& text : line.options["set"].as<std::vector<std::string>>()) {
      auto parameter = parse_set(text);
      if (!parameter) return parameter.error();
      overrides.parameters.push_back(std::move(*parameter));
    }
  }
  if (line.options.count("input") > 0) {
    const auto shape = parse_shape(line.options["input"].as<std::string>());
    if (!shape) return shape.error();
    overrides.input = *shape;
  }
  return overrides;
}

void declare_json_option(cxxopts::OptionAdder& add) { add("json", "machine-readable"); }

bool wants_json(const CommandLine& line) { return line.options.count("json") > 0; }

Result<OpenedSpace> open_space(const CommandLine& line) {
  const auto path = find_space(line.arguments.at(0), std::filesystem::current_path());
  if (!path) return path.error();
  auto root = read_yaml(*path);
  if (!root) return root.error();
  auto overrides = space_overrides(line);
  if (!overrides) return overrides.error();
  auto space = TextSpace::make(*root, *overrides);
  if (!space) return space.error();
  if (overrides->input && !(*space)->has_network()) {
    return Error{
        fmt::format("--input: space '{}' has no network, so it has no input; leave the option out", (*space)->name())};
  }
  return OpenedSpace{*path, std::move(*root), std::move(*overrides), std::move(*space)};
}

Result<Genotype> read_genotype(const TextSpace& space, std::string_view text, std::string_view where) {
  const auto genotype = genotype_from(text);
  if (!genotype) {
    return Error{
        fmt::format("{}: '{}' is no genotype, expected option indices joined by commas such as 0,3,1", where, text)};
  }
  if (const auto error = check_genotype(space.genes(), *genotype)) {
    return Error{fmt::format("{}: {}; nas space describe lists the genes", where, error->message)};
  }
  return canonical(space.genes(), *genotype);
}

}  // namespace nas
