#include "search_spaces/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "nas/option.h"

namespace nas {
namespace {

/// Arguments without a value that would suit most.
struct Required {
  Op op;
  std::string_view name;
  std::string_view what;
  std::string_view example;
};

constexpr std::string_view kSizeOfOutput = "the size of its output, one number or one an axis";

constexpr std::array kRequired = {
    Required{Op::Linear, "units", "the number of its outputs", "{linear: {units: 10}}"},
    Required{Op::AdaptiveAveragePool, "size", kSizeOfOutput, "{adaptive_average_pool: {size: 7}}"},
    Required{Op::AdaptiveMaxPool, "size", kSizeOfOutput, "{adaptive_max_pool: {size: 7}}"},
    Required{Op::GroupNorm, "groups", "into how many the channels are divided", "{group_norm: {groups: 8}}"},
    Required{Op::ChannelShuffle, "groups", "into how many the channels are divided", "{channel_shuffle: {groups: 2}}"},
    Required{Op::Upsample, "scale", "how many times as large its output is", "{upsample: {scale: 2}}"},
    Required{Op::Pad, "padding", "how many zeros go on each side", "{pad: {padding: 1}}"},
};

constexpr std::string_view kDepthwise = "depthwise";
constexpr std::string_view kLinear = "linear";

/// Of windows; so that what they are multiplied to stays in range.
constexpr std::int32_t kMaxAxis = 10'000;
constexpr std::int32_t kMaxWhole = std::numeric_limits<std::int32_t>::max();

std::string_view written_name(const AttributeField& field) {
  if (field.name == "pad_low" || field.name == "pad_high") return "padding";
  return field.name == "linear" ? "mode" : field.name;
}

std::vector<std::string> words_of(const Operation& operation, std::string_view name) {
  if (name == "mode") return {"nearest", "linear"};
  if (name == "groups" && operation.op != Op::ChannelShuffle) return {"depthwise"};
  if (name == "padding" && operation.op != Op::Pad) return {"same", "valid"};
  return {};
}

Argument::Kind kind_of(const AttributeField& field) {
  if (field.name == "linear") return Argument::Kind::Word;
  if (std::holds_alternative<Axes Attributes::*>(field.member)) return Argument::Kind::PerAxis;
  if (std::holds_alternative<bool Attributes::*>(field.member)) return Argument::Kind::Flag;
  return std::holds_alternative<double Attributes::*>(field.member) ? Argument::Kind::Real : Argument::Kind::Whole;
}

/// "groups: expected a whole number or `depthwise`, got 'depthwize', did you mean ...".
Error wrong(const Operation& operation, std::string_view name, std::string_view expected, const Value& value) {
  const std::vector<std::string> words = words_of(operation, name);
  std::string allowed(expected);
  for (const std::string& word : words) allowed += fmt::format("{}`{}`", allowed.empty() ? "" : " or ", word);
  const auto* word = std::get_if<std::string>(&value);
  const auto near = word != nullptr ? nearest_name(*word, words) : std::nullopt;
  return Error{fmt::format("{}: expected {}, got '{}'{}", name, allowed, to_string(value),
                           near ? fmt::format(", did you mean '{}'?", *near) : "")};
}

std::optional<std::int32_t> whole(double number, std::int32_t limit) {
  if (number != std::floor(number) || !(std::abs(number) <= limit)) return std::nullopt;
  return static_cast<std::int32_t>(number);
}

/// One number for each of the first `count` axes; a single one stands for all of them.
std::optional<Axes> axes_from(const Value& value, std::size_t count, std::int32_t unused, std::int32_t limit) {
  Axes axes{unused, unused, unused};
  const auto* list = std::get_if<std::vector<double>>(&value);
  const auto* single = std::get_if<double>(&value);
  if ((list == nullptr && single == nullptr) || (list != nullptr && list->size() != count)) return std::nullopt;
  for (std::size_t axis = 0; axis < count; ++axis) {
    const auto number = whole(list != nullptr ? (*list)[axis] : *single, limit);
    if (!number) return std::nullopt;
    axes[axis] = *number;
  }
  return axes;
}

struct Setter {
  const Operation& operation;
  const Shape& input;
  Attributes& attributes;

  Result<Unit> set_axes(Axes Attributes::*member, std::string_view name, const Value& value) const {
    const bool is_size = name == "size";
    // Where the axes are what is asked for, the input's do not matter.
    const auto* list = std::get_if<std::vector<double>>(&value);
    const bool free = operation.op == Op::Reshape;
    const std::size_t count = !free ? input.dims : list == nullptr ? 1 : std::min(list->size(), Shape::kMaxDims);
    const std::int32_t limit = is_size ? kMaxWhole : kMaxAxis;
    const auto axes = axes_from(value, count, (attributes.*member)[0], limit);
    if (!axes) {
      const std::string many = free ? fmt::format("at most {}", Shape::kMaxDims) : std::to_string(input.dims);
      return wrong(operation, name, fmt::format("a whole number up to {}, or a list of {}", limit, many), value);
    }
    attributes.*member = *axes;
    return Unit{};
  }

  Result<Unit> set_word(const AttributeField& field, const std::string& word) const {
    if (field.name == "groups" && operation.op != Op::ChannelShuffle && word == kDepthwise) {
      attributes.groups = static_cast<std::int32_t>(std::min<std::int64_t>(input.channels, kMaxWhole));
      return Unit{};
    }
    if (field.name == "linear" && (word == kLinear || word == "nearest")) {
      attributes.linear = word == kLinear;
      return Unit{};
    }
    return wrong(operation, written_name(field), expected(kind_of(field)), word);
  }

  static std::string_view expected(Argument::Kind kind) {
    switch (kind) {
      case Argument::Kind::Word:
        return "";
      case Argument::Kind::Flag:
        return "true or false";
      case Argument::Kind::Real:
        return "a number";
      default:
        return "a whole number";
    }
  }

  Result<Unit> set(const AttributeField& field, const Value& value) const {
    const std::string_view name = written_name(field);
    if (const auto* axes = std::get_if<Axes Attributes::*>(&field.member)) return set_axes(*axes, name, value);
    if (const auto* word = std::get_if<std::string>(&value)) return set_word(field, *word);
    const auto* number = std::get_if<double>(&value);
    const Argument::Kind kind = kind_of(field);
    if (number == nullptr || kind == Argument::Kind::Word) return wrong(operation, name, expected(kind), value);
    if (kind == Argument::Kind::Real) {
      attributes.*std::get<double Attributes::*>(field.member) = *number;
    } else if (kind == Argument::Kind::Flag) {
      if (*number != 0 && *number != 1) return wrong(operation, name, expected(kind), value);
      attributes.*std::get<bool Attributes::*>(field.member) = *number != 0;
    } else {
      const auto integer = whole(*number, kMaxWhole);
      if (!integer) return wrong(operation, name, expected(kind), value);
      if (const auto* wide = std::get_if<std::int64_t Attributes::*>(&field.member)) attributes.*(*wide) = *integer;
      if (const auto* narrow = std::get_if<std::int32_t Attributes::*>(&field.member)) attributes.*(*narrow) = *integer;
    }
    return Unit{};
  }
};

/// A window at stride 1 keeps the size; larger strides pad (k - 1) * dilation / 2 a side, as the
/// papers do.
void pad_window(Attributes& attributes, std::size_t dims) {
  for (std::size_t axis = 0; axis < dims; ++axis) {
    const std::int64_t total = (std::int64_t{attributes.kernel[axis]} - 1) * attributes.dilation[axis];
    attributes.pad_low[axis] = static_cast<std::int32_t>(total / 2);
    attributes.pad_high[axis] = static_cast<std::int32_t>(attributes.stride[axis] == 1 ? total - total / 2 : total / 2);
  }
}

/// A transposed convolution makes the size `stride` times as large: it undoes a window of the same
/// kernel and stride on a size that the stride divides.
void pad_transposed(Attributes& attributes, std::size_t dims) {
  for (std::size_t axis = 0; axis < dims; ++axis) {
    const std::int64_t total = (std::int64_t{attributes.kernel[axis]} - 1) * attributes.dilation[axis];
    const std::int64_t surplus = total + 1 - attributes.stride[axis];
    const std::int64_t low = std::clamp<std::int64_t>(total / 2, 0, std::max<std::int64_t>(surplus, 0));
    attributes.pad_low[axis] = static_cast<std::int32_t>(low);
    attributes.pad_high[axis] = static_cast<std::int32_t>(std::max<std::int64_t>(surplus, 0) - low);
    attributes.output_padding[axis] += static_cast<std::int32_t>(std::max<std::int64_t>(-surplus, 0));
  }
}

bool is_uniform(const Axes& axes, std::size_t dims) {
  return std::all_of(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(dims),
                     [&](std::int32_t value) { return value == axes[0]; });
}

Result<Unit> set_padding(const Operation& operation, const Value* value, std::size_t dims, Attributes& attributes) {
  const auto* word = value == nullptr ? nullptr : std::get_if<std::string>(value);
  if (operation.op != Op::Pad && (value == nullptr || (word != nullptr && *word == "same"))) {
    operation.op == Op::ConvTranspose ? pad_transposed(attributes, dims) : pad_window(attributes, dims);
    return Unit{};
  }
  if (operation.op != Op::Pad && word != nullptr && *word == "valid") return Unit{};
  constexpr std::string_view kExpected = "a whole number, or [low, high]";
  const auto* list = std::get_if<std::vector<double>>(value);
  if (word != nullptr || (list != nullptr && list->size() != 2)) return wrong(operation, "padding", kExpected, *value);
  if (list != nullptr && (*list)[0] != (*list)[1] && !is_uniform(attributes.kernel, dims)) {
    return Error{
        fmt::format("padding: {} is [low, high] of every axis, which a kernel that differs by axis hardly "
                    "means; leave it out to keep the size, or put a `pad` before",
                    to_string(*value))};
  }
  const auto low = whole(list != nullptr ? (*list)[0] : std::get<double>(*value), kMaxAxis);
  const auto high = whole(list != nullptr ? (*list)[1] : std::get<double>(*value), kMaxAxis);
  if (!low || !high) return wrong(operation, "padding", kExpected, *value);
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

std::optional<Error> check_required(const Operation& operation, const NamedValues& arguments) {
  for (const Required& required : kRequired) {
    if (required.op != operation.op || find(arguments, required.name) != nullptr) continue;
    return Error{fmt::format("`{}` is missing, {}: {}", required.name, required.what, required.example)};
  }
  return std::nullopt;
}

/// What an operation does that is told nothing.
Attributes language_defaults(const Operation& operation, const Shape& input) {
  Attributes attributes;
  if (operation.op == Op::Conv || operation.op == Op::ConvTranspose) attributes.channels = input.channels;
  if (operation.op == Op::Linear) attributes.bias = true;
  return attributes;
}

/// Channels that follow from other arguments: all from `start` on; what the axes leave.
void set_default_channels(const Operation& operation, const Shape& input, Attributes& attributes) {
  if (operation.op == Op::Slice) attributes.channels = input.channels - attributes.start;
  if (operation.op == Op::Reshape) {
    std::int64_t left = input.elements();
    for (const std::int32_t size : attributes.size) left /= std::max(size, 1);
    attributes.channels = std::max<std::int64_t>(left, 1);
  }
}

bool has_padding(const Operation& operation) {
  return std::ranges::any_of(operation.attributes, [](const auto& field) { return field.name == "pad_low"; });
}

bool has_default_channels(Op op) { return op == Op::Slice || op == Op::Reshape; }

}  // namespace

std::string to_string(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{:.10g}", *number);
  if (const auto* word = std::get_if<std::string>(&value)) return *word;
  return fmt::format("[{}]", fmt::join(std::get<std::vector<double>>(value), ", "));
}

std::vector<Argument> arguments_of(const Operation& operation) {
  std::vector<Argument> arguments;
  for (const AttributeField& field : operation.attributes) {
    if (field.name == "pad_high") continue;
    const std::string name(written_name(field));
    const bool required =
        std::ranges::any_of(kRequired, [&](const Required& row) { return row.op == operation.op && row.name == name; });
    arguments.push_back({name, kind_of(field), words_of(operation, name), required});
  }
  return arguments;
}

std::vector<std::string> argument_names(const Operation& operation) {
  std::vector<std::string> names;
  for (Argument& argument : arguments_of(operation)) names.push_back(std::move(argument.name));
  return names;
}

Result<Attributes> make_attributes(const Operation& operation, const NamedValues& arguments, const Shape& input) {
  if (operation.attributes.empty()) return Attributes{};
  Attributes attributes = language_defaults(operation, input);
  if (auto error = check_required(operation, arguments)) return std::move(*error);
  const Setter setter{operation, input, attributes};
  for (const auto& [name, value] : arguments) {
    const auto field = std::ranges::find(operation.attributes, name, written_name);
    if (name == "padding" || field == operation.attributes.end()) continue;
    auto set = setter.set(*field, value);
    if (!set) return set.error();
  }
  if (has_default_channels(operation.op) && find(arguments, "channels") == nullptr) {
    set_default_channels(operation, input, attributes);
  }
  if (has_padding(operation)) {
    auto padded = set_padding(operation, find(arguments, "padding"), input.dims, attributes);
    if (!padded) return padded.error();
  }
  return attributes;
}

}  // namespace nas
