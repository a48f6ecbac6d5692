#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nas/option.h"
#include "search_spaces/arguments.h"
#include "search_spaces/parse_steps.h"

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
    const bool plain = value.kind == YamlNode::Kind::Scalar && value.text.find("${") == std::string::npos;
    if (plain) text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value.text);
  }
  return text.empty() ? head : fmt::format("{}({})", head, text);
}

void parse_choose(ParseContext& context, const YamlNode& node, Step& step) {
  const YamlNode& options = *node.find("choose");
  if (options.items.empty()) {
    return context.fail(node.place, "`choose` of steps needs a list with at least one option, such as [relu, tanh]");
  }
  step.bodies = parse_bodies(context, options, "`choose`");
  if (const YamlNode* by = node.find("by")) {
    for (const std::string_view key : {"name", "weights"}) {
      const YamlNode* value = node.find(key);
      if (value != nullptr)
        context.fail(value->place, fmt::format("`choose`: with `by` there is no gene, remove `{}`", key));
    }
    step.kind = Step::Kind::Switch;
    step.value = parse_value(context, *by, "`choose`: by");
    return;
  }
  step.kind = Step::Kind::Choose;
  std::vector<std::string> names;
  for (const YamlNode& option : options.items) names.push_back(step_text(option));
  step.target = add_choice(context, node, std::move(names));
}

/// Arguments of a block, cell or operation: every name must be one of `known`.
void take_arguments(ParseContext& context, const YamlNode& node, std::string_view what,
                    const std::vector<std::string>& known, Step& step) {
  for (auto& [key, value] : parse_arguments(context, node, fmt::format("`{}`", what))) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      context.fail(value.place, known.empty()
                                    ? fmt::format("`{}` takes no arguments, got '{}'", what, key)
                                    : fmt::format("`{}` has no argument '{}'{}", what, key, suggest(key, known)));
    }
    step.arguments.emplace_back(key, std::move(value));
  }
}

/// The arguments without the keys that belong to the language itself.
YamlNode strip(ParseContext& context, const YamlNode& node, Step& step, std::string_view key, std::string_view name) {
  YamlNode rest = node;
  std::erase_if(rest.entries, [&](const auto& entry) {
    if (entry.first != "choices") return entry.first == key;
    check_word(context, entry.second, construct("cell").keys.back(), fmt::format("`{}`", name));
    step.own_choices = entry.second.text == "own";
    return true;
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
    take_arguments(context, strip(context, node, step, "use", use->text), use->text,
                   parameter_names(context.ast.cells[step.target].parameters), step);
  }
}

void parse_use(ParseContext& context, const std::string& head, const YamlNode& arguments, Step& step) {
  const auto block = std::find(context.block_names.begin(), context.block_names.end(), head);
  if (block != context.block_names.end()) {
    step.kind = Step::Kind::Block;
    step.target = static_cast<std::size_t>(block - context.block_names.begin());
    take_arguments(context, strip(context, arguments, step, {}, head), head,
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
  for (const Construct& known : constructs()) {
    if (known.is_step) names.emplace_back(known.name);
  }
  context.fail(step.place, fmt::format("unknown operation or block '{}'{}", head, suggest(head, names)));
}

/// The construct that a map is, if it is one: the key that says so may stand anywhere in it.
const Construct* step_construct(const YamlNode& node) {
  for (const Construct& candidate : constructs()) {
    if (candidate.is_step && node.find(candidate.name) != nullptr) return &candidate;
  }
  return nullptr;
}

using StepParser = void (*)(ParseContext&, const YamlNode&, Step&);

StepParser parser_of(std::string_view name) {
  static const std::map<std::string_view, StepParser> kParsers = {
      {"choose", parse_choose},     {"sum", parse_join},      {"concat", parse_join}, {"multiply", parse_join},
      {"residual", parse_residual}, {"repeat", parse_repeat}, {"split", parse_split}, {"as", parse_as},
      {"from", parse_from},         {"output", parse_output}, {"cell", parse_cell},
  };
  return kParsers.at(name);
}

/// An operation or a block with arguments, and perhaps a label.
std::string parse_named_step(ParseContext& context, const YamlNode& node, Step& step) {
  std::string head;
  for (const auto& [key, value] : node.entries) {
    if (key == "label") continue;
    if (head.empty()) {
      head = key;
    } else {
      context.fail(value.place, fmt::format("a step has one operation or block: '{}' and '{}' stand together, start a "
                                            "step of its own with '- '",
                                            head, key));
    }
  }
  if (head.empty()) {
    context.fail(node.place, "a label alone is no step, expected an operation or block beside it");
  } else {
    parse_use(context, head, *node.find(head), step);
  }
  return head;
}

std::string parse_map_step(ParseContext& context, const YamlNode& node, Step& step) {
  const Construct* construct = step_construct(node);
  if (construct == nullptr) return parse_named_step(context, node, step);
  const YamlNode& content = *node.find(construct->name);
  if (!construct->nested) {
    check_keys(context, node, *construct);
    parser_of(construct->name)(context, node, step);
  } else {
    for (const auto& [key, value] : node.entries) {
      if (key != construct->name && key != "label") {
        context.fail(value.place, fmt::format("`{}`: '{}' stands beside it, write it inside: {{{}: {{{}: ...}}}}",
                                              construct->name, key, construct->name, key));
      }
    }
    const bool open = construct->name == "cell";  // its parameters are keys too
    const bool is_said = node.entries.size() > 1 && content.kind == YamlNode::Kind::Null;
    if (!open && !is_said) check_keys(context, content, *construct);
    parser_of(construct->name)(context, content, step);
  }
  return std::string(construct->name);
}

Step parse_step(ParseContext& context, const YamlNode& node, std::string& head) {
  Step step;
  step.place = node.place;
  if (context.is_full()) return step;
  if (node.kind == YamlNode::Kind::Scalar) {
    head = node.text;
    parse_use(context, head, YamlNode{}, step);
  } else if (node.kind == YamlNode::Kind::Map && !node.entries.empty()) {
    head = parse_map_step(context, node, step);
  } else {
    context.fail(node.place, node.kind == YamlNode::Kind::Sequence
                                 ? "a list inside a list of steps: expected a step; write its steps one by one"
                                 : "expected a step: an operation, a block, `choose`, `sum`, `repeat`, ...");
  }
  if (const YamlNode* label = node.find("label")) {
    step.label = label->text;
    if (label->text.empty()) context.fail(label->place, fmt::format("`{}`: label: expected a name", head));
  }
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
