// Genes of steps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "search_spaces/collector.h"
#include "search_spaces/limits.h"

namespace nas {
namespace {

std::string_view times_name(const Step& step) {
  return step.kind == Step::Kind::Repeat ? "`repeat`: times" : "`split`: parts";
}

}  // namespace

void Collector::walk(const Body& body, Environment& environment, const Position& at) {
  ++nesting_;
  for (const Step& step : body) {
    if (nesting_ > kMaxNesting) {
      stop(step.place, fmt::format("bodies nested over {} deep, through blocks and cells", kMaxNesting));
    }
    if (++steps_ > kMaxSteps || table_.genes.size() > kMaxGenes) {
      stop(step.place,
           fmt::format("the space is too large from here on (over {} steps or {} genes), use smaller repeats",
                       kMaxSteps, kMaxGenes));
    }
    Position inner = at;
    inner.path = join_path(at.path, step.label);
    spend(step.place, inner.path.size() + extent(inner.guard));
    if (stopped_) break;
    walk_step(step, environment, inner);
  }
  --nesting_;
}

void Collector::walk_step(const Step& step, Environment& environment, const Position& at) {
  switch (step.kind) {
    case Step::Kind::Operation:
      return (void)arguments(step, environment, at);
    case Step::Kind::Block:
      return walk_block(step, environment, at);
    case Step::Kind::Cell:
      return walk_cell(step, environment, at);
    case Step::Kind::Choose:
      return walk_choose(step, environment, at);
    case Step::Kind::Switch:
      return walk_switch(step, environment, at);
    case Step::Kind::Repeat:
      return walk_repeat(step, environment, at);
    case Step::Kind::Join:
      return walk_branches(step, environment, at);
    case Step::Kind::Residual:
      if (step.value) (void)evaluate(*step.value, environment, with_path(at, "when"));
      return walk_branches(step, environment, at);
    case Step::Kind::Split:
      return walk_split(step, environment, at);
    case Step::Kind::As:
    case Step::Kind::From:
      return check_name(step.name, environment, at);
    case Step::Kind::Output:
      check_name(step.name, environment, at);
      if (step.value) (void)evaluate(*step.value, environment, with_path(at, "weight"));
      return walk(step.bodies.front(), environment, with_path(at, "head"));
  }
}

Position with_path(const Position& at, const std::string& label) {
  Position inner = at;
  inner.path = join_path(at.path, label);
  return inner;
}

Environment Collector::arguments(const Step& step, const Environment& environment, const Position& at) {
  Environment values;
  for (const auto& [name, value] : step.arguments) {
    values.emplace_back(name, evaluate(value, environment, with_path(at, name)));
  }
  return values;
}

/// Parameters of a block or cell: what the use says, else the definition's default.
Environment Collector::bind(const Arguments& parameters, Environment given, const Position& inside) {
  Environment bound;
  for (const auto& parameter : parameters) {
    const auto& [name, value] = parameter;
    const auto is_it = [&](const auto& entry) { return entry.first == parameter.first; };
    const auto found = std::find_if(given.begin(), given.end(), is_it);
    bound.emplace_back(name, found != given.end() ? found->second : evaluate(value, bound, with_path(inside, name)));
  }
  return bound;
}

Position Collector::enter(const Step& step, const std::string& definition, const Position& at) {
  Position inside = at;
  inside.path = definition;
  if (step.own_choices) {
    inside.scope = child(at, &step, 0, at.path);
    inside.path.clear();
  }
  return inside;
}

void Collector::walk_block(const Step& step, Environment& environment, const Position& at) {
  const BlockDefinition& block = ast_.blocks[step.target];
  const Position inside = enter(step, block.name, at);
  Environment bound = bind(block.parameters, arguments(step, environment, at), inside);
  walk(block.body, bound, inside);
}

void Collector::walk_choose(const Step& step, Environment& environment, const Position& at) {
  const std::size_t index = gene(step.target, at, [&] { return option_names(step.target); });
  for (std::size_t i = 0; i < step.bodies.size() && !stopped_; ++i) {
    Position inner = with_path(at, ast_.choices[step.target].options[i]);
    inner.guard = narrow(step.place, at.guard, {{GeneCondition{index, {static_cast<std::int32_t>(i)}}}});
    walk(step.bodies[i], environment, inner);
  }
}

void Collector::walk_switch(const Step& step, Environment& environment, const Position& at) {
  const AbstractValue by = evaluate(*step.value, environment, with_path(at, "by"));
  for (std::size_t i = 0; i < step.bodies.size() && !stopped_; ++i) {
    Position inner = with_path(at, std::to_string(i));
    if (by.known) {
      const auto taken = [&](const Value& value) { return number_of(value, *step.value) == static_cast<double>(i); };
      spend(step.place, by.table.size());
      inner.guard = narrow(step.place, at.guard, when(by, cardinality(), taken));
    }
    if (!inner.guard.empty()) walk(step.bodies[i], environment, inner);
  }
}

void Collector::walk_branches(const Step& step, Environment& environment, const Position& at) {
  for (std::size_t i = 0; i < step.bodies.size(); ++i) {
    walk(step.bodies[i], environment, with_path(at, std::to_string(i)));
  }
}

void Collector::walk_repeat(const Step& step, Environment& environment, const Position& at) {
  walk_times(step, evaluate(*step.value, environment, with_path(at, "times")), environment, at);
}

/// The one body of a step under every count that `times` may have.
void Collector::walk_times(const Step& step, const AbstractValue& times, Environment& environment, const Position& at) {
  if (!times.known) {
    return fail(step.value->place,
                fmt::format("{}: must not depend on tensors or on thousands of combinations of choices (the genes of a "
                            "space are fixed before any network is built)",
                            times_name(step)));
  }
  double most = 0;
  for (const Value& value : times.table) {
    const double count = number_of(value, *step.value);
    if (!(std::abs(count) <= static_cast<double>(kMaxRepetitions)) || count != std::floor(count)) {
      return fail(step.value->place, fmt::format("{}: expected a whole number up to {} (below 1: never), got {}",
                                                 times_name(step), kMaxRepetitions, to_string(value)));
    }
    most = std::max(most, count);
  }
  for (std::size_t i = 0; static_cast<double>(i) < most && !stopped_; ++i) {
    Position inner = at;
    spend(step.place, 1 + times.table.size());
    const auto reaches = [&](const Value& value) { return number_of(value, *step.value) > static_cast<double>(i); };
    inner.guard = narrow(step.place, at.guard, when(times, cardinality(), reaches));
    if (step.own_choices) {
      inner.scope = child(at, &step, i, fmt::format("{}[{}]", at.path, i));
      inner.path.clear();
    }
    if (!step.index.empty()) environment.emplace_back(step.index, constant(static_cast<double>(i)));
    walk(step.bodies.front(), environment, inner);
    if (!step.index.empty()) environment.pop_back();
  }
}

void Collector::walk_split(const Step& step, Environment& environment, const Position& at) {
  const bool sizes = step.value && step.value->kind == ValueNode::Kind::List;
  AbstractValue parts = constant(static_cast<double>(step.bodies.size()));
  if (step.value) {
    AbstractValue value = evaluate(*step.value, environment, with_path(at, sizes ? "sizes" : "parts"));
    parts = sizes ? constant(static_cast<double>(step.value->items.size())) : std::move(value);
  }
  if (step.one_body) return walk_times(step, parts, environment, at);
  for (std::size_t i = 0; i < step.bodies.size(); ++i) {
    Position inner = with_path(at, std::to_string(i));
    if (step.own_choices) {
      inner.scope = child(at, &step, i, inner.path);
      inner.path.clear();
    }
    if (!step.index.empty()) environment.emplace_back(step.index, constant(static_cast<double>(i)));
    walk(step.bodies[i], environment, inner);
    if (!step.index.empty()) environment.pop_back();
  }
}

}  // namespace nas
