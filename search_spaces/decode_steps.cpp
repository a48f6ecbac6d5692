// Steps, now that every gene is known.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nas/option.h"
#include "search_spaces/decoder_state.h"
#include "search_spaces/limits.h"

namespace nas {
namespace {

constexpr double kAuxiliaryWeight = 0.4;  // of Inception, NASNet and DARTS

}  // namespace

Tensor Decoder::walk(const Body& body, Frame& frame, Tensor current) {
  for (const Step& step : body) {
    if (++steps_ > kMaxSteps)
      return fail(step.place, fmt::format("the network takes more than {} steps, use smaller repeats", kMaxSteps));
    // A body's only choice has no label, but its options may be called as its neighbours are.
    const bool needs_label = step.label.empty() && body.size() > 1;
    const std::size_t length = push_path(needs_label ? "choose_1" : step.label);
    current = walk_step(step, frame, current);
    path_.resize(length);
    if (current == kFailed) return kFailed;
  }
  return current;
}

Tensor Decoder::walk_step(const Step& step, Frame& frame, Tensor current) {
  switch (step.kind) {
    case Step::Kind::Operation:
      return apply(step, frame, current);
    case Step::Kind::Block:
      return walk_block(step, frame, current);
    case Step::Kind::Cell:
      return walk_cell(step, frame, current);
    case Step::Kind::Choose:
      return walk(step.bodies[option(step.target, frame.scope)], frame, current);
    case Step::Kind::Switch:
      return walk_switch(step, frame, current);
    case Step::Kind::Join:
      return walk_join(step, frame, current);
    case Step::Kind::Residual:
      return walk_residual(step, frame, current);
    case Step::Kind::Repeat:
      return walk_repeat(step, frame, current);
    case Step::Kind::Split:
      return walk_split(step, frame, current);
    case Step::Kind::As:
      return walk_as(step, frame, current);
    case Step::Kind::From:
      return walk_from(step, frame, current);
    case Step::Kind::Output:
      return walk_output(step, frame, current);
  }
  return current;
}

Tensor Decoder::walk_switch(const Step& step, Frame& frame, Tensor current) {
  const auto by = evaluate_number(*step.value, frame, current);
  if (!by) return kFailed;
  if (!(*by >= 0 && *by < static_cast<double>(step.bodies.size()))) {
    return fail(step.value->place,
                fmt::format("`choose`: by: is {}, but there are options 0 to {}", *by, step.bodies.size() - 1));
  }
  return walk(step.bodies[static_cast<std::size_t>(*by)], frame, current);
}

Tensor Decoder::walk_join(const Step& step, Frame& frame, Tensor current) {
  std::vector<Tensor> branches;
  const std::optional<Tensor> before = before_;
  for (std::size_t i = 0; i < step.bodies.size(); ++i) {
    const std::size_t length = push_path(i);
    before_ = before;
    branches.push_back(walk(step.bodies[i], frame, current));
    path_.resize(length);
    if (branches.back() == kFailed) return kFailed;
  }
  return join(step, std::move(branches));
}

/// Of tensors that do not fit, the message says which branches made them.
Tensor Decoder::join(const Step& step, std::vector<Tensor> branches) {
  if (branches.size() == 1) return branches.front();
  if (step.op != Op::Add) return add(step.place, step.op, {}, std::move(branches));
  for (std::size_t i = 1; i < branches.size(); ++i) {
    if (shape(branches[i]) == shape(branches[0])) continue;
    const auto reason = operation(Op::Add).infer({}, std::vector<Shape>{shape(branches[0]), shape(branches[i])});
    return fail(step.place,
                fmt::format("{}: branches 1 and {}: {}", step.kind == Step::Kind::Split ? "`split`" : "`sum`", i + 1,
                            reason.error().message));
  }
  return add(step.place, step.op, {}, std::move(branches));
}

Tensor Decoder::walk_residual(const Step& step, Frame& frame, Tensor current) {
  const auto when = step.value ? evaluate_number(*step.value, frame, current) : std::optional(1.0);
  if (!when) return kFailed;
  std::size_t length = push_path("body");
  const Tensor body = walk(step.bodies[0], frame, current);
  path_.resize(length);
  if (body == kFailed || *when == 0 || !step.has_shortcut) return body;
  length = push_path("shortcut");
  const Tensor shortcut = walk(step.bodies[1], frame, current);
  path_.resize(length);
  if (shortcut == kFailed) return kFailed;
  if (shape(shortcut) == shape(body)) return add(step.place, Op::Add, {}, {shortcut, body});
  const auto reason = operation(Op::Add).infer({}, std::vector<Shape>{shape(shortcut), shape(body)});
  return fail(step.place, fmt::format("`residual`: shortcut and body: {}", reason.error().message));
}

Tensor Decoder::walk_repeat(const Step& step, Frame& frame, Tensor current) {
  const auto times = evaluate_number(*step.value, frame, current);
  if (!times) return kFailed;
  const ScopeId scope = frame.scope;
  for (std::size_t i = 0; static_cast<double>(i) < *times; ++i) {
    if (step.own_choices) frame.scope = genes_.child_scopes.at({scope, &step, i});
    if (!step.index.empty()) frame.names.emplace_back(step.index, static_cast<double>(i));
    const std::size_t length = push_path(i);
    current = walk(step.bodies.front(), frame, current);
    path_.resize(length);
    if (!step.index.empty()) frame.names.pop_back();
    if (current == kFailed) return kFailed;
  }
  frame.scope = scope;
  return current;
}

/// Channels of each part; as many parts as branches unless the step says otherwise.
std::optional<std::vector<std::int64_t>> Decoder::part_sizes(const Step& step, const Frame& frame, Tensor current) {
  const std::int64_t channels = shape(current).channels;
  std::vector<std::int64_t> sizes;
  const bool listed = step.value && step.value->kind == ValueNode::Kind::List;
  if (listed) {
    const auto value = evaluate(*step.value, frame, current);
    if (!value) return std::nullopt;
    for (const double size : std::get<std::vector<double>>(*value)) sizes.push_back(static_cast<std::int64_t>(size));
  } else {
    const auto parts = step.value ? evaluate_number(*step.value, frame, current)
                                  : std::optional(static_cast<double>(step.bodies.size()));
    if (!parts) return std::nullopt;
    const std::int64_t most = std::min(channels, std::int64_t{kMaxRepetitions});
    if (!(*parts >= 1 && *parts <= static_cast<double>(most) && *parts == std::floor(*parts))) {
      fail(step.place, fmt::format("`split` of {} channels into {} parts: use 1 to {}", channels, *parts, most));
      return std::nullopt;
    }
    const auto count = static_cast<std::int64_t>(*parts);
    sizes.assign(static_cast<std::size_t>(count), channels / count);
    sizes.front() += channels % count;
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) sum += size >= 1 && size <= channels ? size : channels + 1;
  if (sum != channels || (!step.one_body && sizes.size() != step.bodies.size())) {
    fail(step.place, fmt::format("`split` of {}: parts of {} channels for {} branches; every part needs a branch and "
                                 "the parts must add up to {}",
                                 to_string(shape(current)), fmt::join(sizes, " + "), step.bodies.size(), channels));
    return std::nullopt;
  }
  return sizes;
}

Tensor Decoder::walk_split(const Step& step, Frame& frame, Tensor current) {
  const auto sizes = part_sizes(step, frame, current);
  if (!sizes) return kFailed;
  const ScopeId scope = frame.scope;
  const std::optional<Tensor> before = before_;
  std::vector<Tensor> branches;
  Attributes part;
  for (std::size_t i = 0; i < sizes->size(); ++i) {
    const std::size_t length = push_path(i);
    part.channels = (*sizes)[i];
    Tensor branch = sizes->size() == 1 ? current : add(step.place, Op::Slice, part, {current});
    part.start += part.channels;
    if (step.own_choices) frame.scope = child(scope, &step, i);
    if (!step.index.empty()) frame.names.emplace_back(step.index, static_cast<double>(i));
    before_ = before;
    if (branch != kFailed) branch = walk(step.bodies[step.one_body ? 0 : i], frame, branch);
    if (!step.index.empty()) frame.names.pop_back();
    frame.scope = scope;
    path_.resize(length);
    if (branch == kFailed) return kFailed;
    branches.push_back(branch);
  }
  return join(step, std::move(branches));
}

Tensor Decoder::walk_as(const Step& step, Frame& frame, Tensor current) {
  auto name = evaluate_name(step.name, frame, current);
  if (!name) return kFailed;
  const auto [entry, is_new] = frame.tensors.try_emplace(*name, current);
  if (!is_new && !step.rebind) {
    return fail(step.place,
                fmt::format("`as`: a tensor is called '{}' already, write `rebind: true` beside `as` if the name "
                            "shall mean this one from here on",
                            *name));
  }
  entry->second = current;
  return current;
}

Tensor Decoder::walk_from(const Step& step, const Frame& frame, Tensor current) {
  const auto name = evaluate_name(step.name, frame, current);
  if (!name) return kFailed;
  if (const auto found = frame.tensors.find(*name); found != frame.tensors.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, tensor] : frame.tensors) names.push_back(known);
  return fail(step.place,
              fmt::format("`from`: no tensor is called '{}' here (`as` names one, before and in the same block){}",
                          *name, suggest(*name, names)));
}

Tensor Decoder::walk_output(const Step& step, Frame& frame, Tensor current) {
  const auto name = evaluate_name(step.name, frame, current);
  if (!name) return kFailed;
  Exit exit{*name, 0, step.auxiliary, step.auxiliary ? kAuxiliaryWeight : 1.0};
  if (step.value) {
    const auto weight = evaluate_number(*step.value, frame, current);
    if (!weight) return kFailed;
    exit.weight = *weight;
  }
  const std::optional<Tensor> before = before_;
  const std::size_t length = push_path("head");
  exit.node = walk(step.bodies.front(), frame, current);
  path_.resize(length);
  before_ = before;
  if (exit.node == kFailed) return kFailed;
  const auto added = add_exit(network_, std::move(exit));
  return added ? current : fail(step.place, fmt::format("`output`: {}", added.error().message));
}

}  // namespace nas
