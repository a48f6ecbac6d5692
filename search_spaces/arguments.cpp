#include "search_spaces/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace nas {
namespace {

bool has_padding(const Operation& operation) {
  return std::any_of(operation.attributes.begin(), operation.attributes.end(),
                     [](const AttributeField& field) { return field.name == "pad_low"; });
}

/// Of windows; so that what they are multiplied to stays in range.
constexpr double kMaxAxis = 10'000;

template <class Integer>
std::optional<Integer> whole(double number, double limit = std::numeric_limits<std::int32_t>::max()) {
  if (number != std::floor(number) || !(std::abs(number) <= limit)) return std::nullopt;
  return static_cast<Integer>(number);
}

/// One number for all axes, or one for each.
std::optional<Axes> axes_from(const Value& value, std::size_t dims, std::int32_t unused) {
  Axes axes{unused, unused, unused};
  const auto* list = std::get_if<std::vector<double>>(&value);
  const auto* single = std::get_if<double>(&value);
  if ((list == nullptr && single == nullptr) || (list != nullptr && list->size() != dims)) return std::nullopt;
  for (std::size_t axis = 0; axis < dims; ++axis) {
    const auto number = whole<std::int32_t>(list != nullptr ? (*list)[axis] : *single, kMaxAxis);
    if (!number) return std::nullopt;
    axes[axis] = *number;
  }
  return axes;
}

Error wrong(std::string_view name, std::string_view expected, const Value& value) {
  return Error{fmt::format("{}: expected {}, got '{}'", name, expected, to_string(value))};
}

Result<Unit> set_field(Attributes& attributes, const AttributeField& field, std::string_view name, const Value& value,
                       std::size_t dims) {
  if (const auto* axes_member = std::get_if<Axes Attributes::*>(&field.member)) {
    const auto axes = axes_from(value, dims, (attributes.*(*axes_member))[0]);
    if (!axes) return wrong(name, fmt::format("a whole number up to {}, or a list of {}", kMaxAxis, dims), value);
    attributes.*(*axes_member) = *axes;
    return Unit{};
  }
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr) return wrong(name, "a number", value);
  if (const auto* real = std::get_if<double Attributes::*>(&field.member)) {
    attributes.*(*real) = *number;
  } else if (const auto* flag = std::get_if<bool Attributes::*>(&field.member)) {
    if (*number != 0 && *number != 1) return wrong(name, "true or false", value);
    attributes.*(*flag) = *number != 0;
  } else {
    const auto integer = whole<std::int64_t>(*number);
    if (!integer) return wrong(name, "a whole number", value);
    if (const auto* wide = std::get_if<std::int64_t Attributes::*>(&field.member)) attributes.*(*wide) = *integer;
    if (const auto* narrow = std::get_if<std::int32_t Attributes::*>(&field.member)) {
      attributes.*(*narrow) = static_cast<std::int32_t>(*integer);
    }
  }
  return Unit{};
}

/// Stride 1 keeps the size; larger strides pad (k - 1) * dilation / 2 a side, as the papers do.
void pad_by_default(Attributes& attributes, std::size_t dims) {
  for (std::size_t axis = 0; axis < dims; ++axis) {
    const std::int32_t total = (attributes.kernel[axis] - 1) * attributes.dilation[axis];
    attributes.pad_low[axis] = total / 2;
    attributes.pad_high[axis] = attributes.stride[axis] == 1 ? total - total / 2 : total / 2;
  }
}

Result<Unit> set_padding(Attributes& attributes, const Value& value, std::size_t dims) {
  constexpr std::string_view kExpected = "`same`, `valid`, a whole number, or [low, high]";
  if (const auto* word = std::get_if<std::string>(&value)) {
    if (*word == "same") return Unit{};
    if (*word != "valid") return wrong("padding", kExpected, value);
    attributes.pad_low = attributes.pad_high = Axes{0, 0, 0};
    return Unit{};
  }
  const auto* list = std::get_if<std::vector<double>>(&value);
  if (list != nullptr && list->size() != 2) return wrong("padding", kExpected, value);
  const auto low = whole<std::int32_t>(list != nullptr ? (*list)[0] : std::get<double>(value), kMaxAxis);
  const auto high = whole<std::int32_t>(list != nullptr ? (*list)[1] : std::get<double>(value), kMaxAxis);
  if (!low || !high) return wrong("padding", kExpected, value);
  for (std::size_t axis = 0; axis < dims; ++axis) {
    attributes.pad_low[axis] = *low;
    attributes.pad_high[axis] = *high;
  }
  return Unit{};
}

const Value* find(const NamedValues& arguments, std::string_view name) {
  for (const auto& [key, value] : arguments) {
    if (key == name) return &value;
  }
  return nullptr;
}

Attributes language_defaults(const Operation& operation, const Shape& input) {
  Attributes attributes;
  if (operation.op == Op::Conv) attributes.channels = input.channels;
  if (operation.op == Op::Linear) attributes.bias = true;
  return attributes;
}

}  // namespace

std::string to_string(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{:.10g}", *number);
  if (const auto* word = std::get_if<std::string>(&value)) return *word;
  return fmt::format("[{}]", fmt::join(std::get<std::vector<double>>(value), ", "));
}

std::vector<std::string> argument_names(const Operation& operation) {
  std::vector<std::string> names;
  for (const AttributeField& field : operation.attributes) {
    if (field.name != "pad_low" && field.name != "pad_high") names.emplace_back(field.name);
  }
  if (has_padding(operation)) names.emplace_back("padding");
  return names;
}

Result<Attributes> make_attributes(const Operation& operation, const NamedValues& arguments, const Shape& input) {
  Attributes attributes = language_defaults(operation, input);
  for (const AttributeField& field : operation.attributes) {
    const std::string_view name = field.name;
    const Value* value = find(arguments, name);
    if (value == nullptr) continue;
    if (name == "groups" && std::holds_alternative<std::string>(*value)) {
      if (std::get<std::string>(*value) != "depthwise") return wrong(name, "a whole number or `depthwise`", *value);
      attributes.groups = static_cast<std::int32_t>(input.channels);
      continue;
    }
    auto set = set_field(attributes, field, name, *value, input.dims);
    if (!set) return set.error();
  }
  if (operation.op == Op::Linear && attributes.channels == 0) {
    return Error{"`linear` needs `units`, the number of its outputs: {linear: {units: 10}}"};
  }
  if (operation.op == Op::Slice && find(arguments, "channels") == nullptr) {
    attributes.channels = input.channels - attributes.start;
  }
  if (has_padding(operation)) {
    pad_by_default(attributes, input.dims);
    if (const Value* padding = find(arguments, "padding")) {
      auto set = set_padding(attributes, *padding, input.dims);
      if (!set) return set.error();
    }
  }
  return attributes;
}

}  // namespace nas
