#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "nas/option.h"
#include "search_spaces/arguments.h"
#include "search_spaces/parse_context.h"

namespace nas {
namespace {

/// A short name for an option of a choice between steps: "conv(kernel=3)", "relu+conv", "none".
std::string step_text(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::Scalar) return node.text;
  std::string text;
  if (node.kind == YamlNode::Kind::Sequence) {
    for (const YamlNode& item : node.items) text += (text.empty() ? "" : "+") + step_text(item);
    return text.empty() ? "nothing" : text;
  }
  if (node.entries.empty()) return "nothing";
  if (const YamlNode* label = node.find("label")) return label->text;
  const auto& [head, arguments] = node.entries.front();
  for (const auto& [key, value] : arguments.entries) {
    if (value.kind == YamlNode::Kind::Scalar) text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value.text);
  }
  return text.empty() ? head : fmt::format("{}({})", head, text);
}

std::vector<Body> parse_bodies(ParseContext& context, const YamlNode& node, std::string_view what) {
  std::vector<Body> bodies;
  if (node.kind != YamlNode::Kind::Sequence || node.items.empty()) {
    context.fail(node.place, fmt::format("{} needs a list of bodies, such as [[relu], [tanh]]", what));
    return bodies;
  }
  for (const YamlNode& item : node.items) bodies.push_back(parse_body(context, item));
  return bodies;
}

void parse_choose(ParseContext& context, const YamlNode& node, Step& step) {
  static constexpr std::string_view kKeys[] = {"choose", "by", "name", "weights", "label"};
  check_keys(context, node, kKeys, "`choose`");
  const YamlNode& options = *node.find("choose");
  step.bodies = parse_bodies(context, options, "`choose`");
  if (const YamlNode* by = node.find("by")) {
    step.kind = Step::Kind::Switch;
    step.value = parse_value(context, *by);
    return;
  }
  step.kind = Step::Kind::Choose;
  std::vector<std::string> names;
  for (const YamlNode& option : options.items) names.push_back(step_text(option));
  step.target = add_choice(context, node, std::move(names));
}

void parse_join(ParseContext& context, const YamlNode& node, const std::string& head, Step& step) {
  const std::string_view keys[] = {head, "label"};
  check_keys(context, node, keys, fmt::format("`{}`", head));
  step.kind = Step::Kind::Join;
  step.op = head == "sum" ? Op::Add : head == "concat" ? Op::Concat : Op::Multiply;
  step.bodies = parse_bodies(context, *node.find(head), fmt::format("`{}`", head));
}

void parse_residual(ParseContext& context, const YamlNode& node, Step& step) {
  static constexpr std::string_view kKeys[] = {"residual", "shortcut", "when", "label"};
  check_keys(context, node, kKeys, "`residual`");
  step.kind = Step::Kind::Residual;
  step.bodies = {parse_body(context, *node.find("residual")), {}};
  if (const YamlNode* shortcut = node.find("shortcut")) {
    if (shortcut->text == "none") {
      step.has_shortcut = false;
    } else {
      step.bodies[1] = parse_body(context, *shortcut);
    }
  }
  if (const YamlNode* when = node.find("when")) step.value = parse_value(context, *when);
}

/// `choices: own` or `choices: shared`.
bool parse_own(ParseContext& context, const YamlNode& node) {
  if (node.text != "own" && node.text != "shared") {
    context.fail(node.place, fmt::format("choices: '{}': expected `shared` or `own`", node.text));
  }
  return node.text == "own";
}

void parse_repeat(ParseContext& context, const YamlNode& node, Step& step) {
  static constexpr std::string_view kKeys[] = {"times", "index", "choices", "body"};
  step.kind = Step::Kind::Repeat;
  const YamlNode& repeat = *node.find("repeat");
  check_keys(context, repeat, kKeys, "`repeat`");
  const YamlNode* times = repeat.find("times");
  const YamlNode* body = repeat.find("body");
  if (times == nullptr || body == nullptr) {
    context.fail(repeat.place, "`repeat` needs `times` and `body`");
    return;
  }
  step.value = parse_value(context, *times);
  if (const YamlNode* index = repeat.find("index")) step.index = index->text;
  if (const YamlNode* choices = repeat.find("choices")) step.own_choices = parse_own(context, *choices);
  step.bodies = {parse_body(context, *body)};
}

/// Arguments of a block, cell or operation: every name must be one of `known`.
void take_arguments(ParseContext& context, const YamlNode& node, std::string_view what,
                    const std::vector<std::string>& known, Step& step) {
  for (auto& [key, value] : parse_arguments(context, node)) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      context.fail(value.place, known.empty()
                                    ? fmt::format("`{}` takes no arguments, got '{}'", what, key)
                                    : fmt::format("`{}` has no argument '{}'{}", what, key, suggest(key, known)));
    }
    step.arguments.emplace_back(key, std::move(value));
  }
}

/// The arguments without the keys that belong to the language itself.
YamlNode strip(ParseContext& context, const YamlNode& node, Step& step, std::string_view key) {
  YamlNode rest = node;
  std::erase_if(rest.entries, [&](const auto& entry) {
    if (entry.first == "choices") step.own_choices = parse_own(context, entry.second);
    return entry.first == "choices" || entry.first == key;
  });
  return rest;
}

std::vector<std::string> parameter_names(const Arguments& parameters) {
  std::vector<std::string> names;
  for (const auto& [name, value] : parameters) names.push_back(name);
  return names;
}

void parse_cell(ParseContext& context, const YamlNode& node, Step& step) {
  step.kind = Step::Kind::Cell;
  const YamlNode* use = node.kind == YamlNode::Kind::Scalar ? &node : node.find("use");
  if (use == nullptr) {
    context.fail(node.place, "`cell` needs the name of a cell: {cell: {use: NAME}}");
    return;
  }
  const auto found = std::find(context.cell_names.begin(), context.cell_names.end(), use->text);
  if (found == context.cell_names.end()) {
    context.fail(use->place, fmt::format("unknown cell '{}'{}", use->text, suggest(use->text, context.cell_names)));
    return;
  }
  step.target = static_cast<std::size_t>(found - context.cell_names.begin());
  if (node.kind == YamlNode::Kind::Map) {
    take_arguments(context, strip(context, node, step, "use"), use->text,
                   parameter_names(context.ast.cells[step.target].parameters), step);
  }
}

void parse_use(ParseContext& context, const std::string& head, const YamlNode& arguments, Step& step) {
  const auto block = std::find(context.block_names.begin(), context.block_names.end(), head);
  if (block != context.block_names.end()) {
    step.kind = Step::Kind::Block;
    step.target = static_cast<std::size_t>(block - context.block_names.begin());
    take_arguments(context, strip(context, arguments, step, {}), head,
                   parameter_names(context.ast.blocks[step.target].parameters), step);
    return;
  }
  const Operation* row = head == "none" ? &operation(Op::Zero) : find_operation(head);
  if (row != nullptr && row->arity == Arity::One) {
    step.op = row->op;
    take_arguments(context, arguments, head, argument_names(*row), step);
    return;
  }
  std::vector<std::string> names = context.block_names;
  for (const Operation& known : operations()) {
    if (known.arity == Arity::One) names.emplace_back(known.name);
  }
  for (const char* word : {"choose", "sum", "concat", "multiply", "residual", "repeat", "cell"})
    names.emplace_back(word);
  context.fail(step.place, fmt::format("unknown operation or block '{}'{}", head, suggest(head, names)));
}

Step parse_map_step(ParseContext& context, const YamlNode& node, std::string& head) {
  Step step;
  step.place = node.place;
  for (const char* word : {"choose", "sum", "concat", "multiply", "residual", "repeat", "cell"}) {
    if (node.find(word) != nullptr) head = word;
  }
  if (head == "choose") {
    parse_choose(context, node, step);
  } else if (head == "sum" || head == "concat" || head == "multiply") {
    parse_join(context, node, head, step);
  } else if (head == "residual") {
    parse_residual(context, node, step);
  } else {
    for (const auto& [key, value] : node.entries) {
      if (head.empty() && key != "label") head = key;
    }
    check_keys(context, node, std::array<std::string_view, 2>{head, "label"}, "a step");
    if (head.empty()) return step;
    const YamlNode& content = *node.find(head);
    if (head == "repeat") {
      parse_repeat(context, node, step);
    } else if (head == "cell") {
      parse_cell(context, content, step);
    } else {
      parse_use(context, head, content, step);
    }
  }
  return step;
}

Step parse_step(ParseContext& context, const YamlNode& node, std::string& head) {
  Step step;
  step.place = node.place;
  if (node.kind == YamlNode::Kind::Scalar) {
    head = node.text;
    parse_use(context, head, YamlNode{}, step);
  } else if (node.kind == YamlNode::Kind::Map && !node.entries.empty()) {
    step = parse_map_step(context, node, head);
  } else {
    context.fail(node.place, "expected a step: an operation, a block, `choose`, `sum`, `repeat`, ...");
  }
  if (const YamlNode* label = node.find("label")) step.label = label->text;
  return step;
}

}  // namespace

Body parse_body(ParseContext& context, const YamlNode& node) {
  Body body;
  std::map<std::string, int> counts;
  std::vector<const YamlNode*> steps;
  if (node.kind == YamlNode::Kind::Sequence) {
    for (const YamlNode& item : node.items) steps.push_back(&item);
  } else {
    steps.push_back(&node);
  }
  for (const YamlNode* item : steps) {
    std::string head;
    Step step = parse_step(context, *item, head);
    const int count = ++counts[head];
    if (step.label.empty()) step.label = fmt::format("{}_{}", head, count);
    body.push_back(std::move(step));
  }
  // A body's only choice needs no label to tell it from others: `cell.1<-0`, not `cell.1<-0.choose_1`.
  for (Step& step : body) {
    if (step.label == "choose_1" && counts["choose"] == 1) step.label.clear();
  }
  return body;
}

}  // namespace nas
