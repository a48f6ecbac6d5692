#include "search_spaces/parse_steps.h"

#include <fmt/format.h>

namespace nas {
namespace {

Op join_op(std::string_view word) { return word == "sum" ? Op::Add : word == "multiply" ? Op::Multiply : Op::Concat; }

/// "level${depth - 1}" as its texts and formulas.
NameTemplate parse_name(ParseContext& context, const YamlNode& node, const std::string& what) {
  NameTemplate name{node.place, what, {}, {}};
  std::string_view rest = node.text;
  while (true) {
    const auto begin = rest.find("${");
    name.texts.emplace_back(rest.substr(0, begin));
    if (begin == std::string_view::npos) break;
    const auto end = rest.find('}', begin);
    if (end == std::string_view::npos) {
      context.fail(node.place, fmt::format("{}: '{}': '${{' is never closed", what, node.text));
      break;
    }
    auto formula = Expression::parse(rest.substr(begin + 2, end - begin - 2));
    if (!formula) {
      context.fail(node.place, fmt::format("{}: {}", what, formula.error().message));
      break;
    }
    name.formulas.push_back(std::move(*formula));
    rest.remove_prefix(end + 1);
  }
  name.texts.resize(name.formulas.size() + 1);
  return name;
}

}  // namespace

std::vector<Body> parse_bodies(ParseContext& context, const YamlNode& node, std::string_view what) {
  std::vector<Body> bodies;
  if (node.kind != YamlNode::Kind::Sequence || node.items.empty()) {
    context.fail(node.place, fmt::format("{} needs a list of bodies, such as [[relu], [tanh]]", what));
    return bodies;
  }
  for (const YamlNode& item : node.items) bodies.push_back(parse_body(context, item));
  return bodies;
}

void parse_join(ParseContext& context, const YamlNode& node, Step& step) {
  const bool concat = node.find("concat") != nullptr;
  const std::string_view head = concat ? "concat" : node.find("sum") != nullptr ? "sum" : "multiply";
  step.kind = Step::Kind::Join;
  step.op = join_op(head);
  step.bodies = parse_bodies(context, *node.find(head), fmt::format("`{}`", head));
}

void parse_residual(ParseContext& context, const YamlNode& node, Step& step) {
  step.kind = Step::Kind::Residual;
  step.bodies = {parse_body(context, *node.find("residual")), {}};
  step.has_shortcut = !has_word(node, "shortcut", "none");
  if (const YamlNode* shortcut = node.find("shortcut"); shortcut != nullptr && step.has_shortcut) {
    step.bodies[1] = parse_body(context, *shortcut);
  }
  if (const YamlNode* when = node.find("when")) step.value = parse_value(context, *when, "`residual`: when");
}

void parse_repeat(ParseContext& context, const YamlNode& repeat, Step& step) {
  step.kind = Step::Kind::Repeat;
  const YamlNode* times = repeat.find("times");
  const YamlNode* body = repeat.find("body");
  if (times == nullptr || body == nullptr) return;
  step.value = parse_value(context, *times, "`repeat`: times");
  if (const YamlNode* index = repeat.find("index")) step.index = index->text;
  step.own_choices = has_word(repeat, "choices", "own");
  step.bodies = {parse_body(context, *body)};
}

void parse_split(ParseContext& context, const YamlNode& split, Step& step) {
  step.kind = Step::Kind::Split;
  const YamlNode* parts = split.find("parts");
  const YamlNode* sizes = split.find("sizes");
  const YamlNode* branches = split.find("branches");
  const YamlNode* body = split.find("body");
  if ((branches == nullptr) == (body == nullptr)) {
    context.fail(step.place, "`split` needs either `branches` (one body a part) or `body` (one for all parts)");
    return;
  }
  if (parts != nullptr && sizes != nullptr) {
    context.fail(parts->place, "`split` takes `parts` (how many) or `sizes` (channels of each), not both");
  }
  if (parts == nullptr && sizes == nullptr && branches == nullptr) {
    context.fail(step.place, "`split` with one `body` needs `parts` (how many) or `sizes` (channels of each)");
  }
  const YamlNode* division = sizes != nullptr ? sizes : parts;
  if (division != nullptr)
    step.value = parse_value(context, *division, sizes != nullptr ? "`split`: sizes" : "`split`: parts");
  const YamlNode* join = split.find("join");
  step.op = join == nullptr ? Op::Concat : join_op(join->text);
  if (const YamlNode* index = split.find("index")) step.index = index->text;
  step.own_choices = has_word(split, "choices", "own");
  if (branches != nullptr) step.bodies = parse_bodies(context, *branches, "`split`: branches");
  if (body != nullptr) step.bodies = {parse_body(context, *body)};
  step.one_body = body != nullptr;
}

void parse_as(ParseContext& context, const YamlNode& node, Step& step) {
  step.kind = Step::Kind::As;
  step.name = parse_name(context, *node.find("as"), "`as`");
  step.rebind = has_word(node, "rebind", "true");
}

void parse_from(ParseContext& context, const YamlNode& node, Step& step) {
  step.kind = Step::Kind::From;
  step.name = parse_name(context, *node.find("from"), "`from`");
}

void parse_output(ParseContext& context, const YamlNode& output, Step& step) {
  step.kind = Step::Kind::Output;
  if (const YamlNode* name = output.find("name")) step.name = parse_name(context, *name, "`output`: name");
  step.auxiliary = has_word(output, "role", "auxiliary");
  if (const YamlNode* weight = output.find("weight")) step.value = parse_value(context, *weight, "`output`: weight");
  const YamlNode* head = output.find("head");
  step.bodies = {head == nullptr ? Body{} : parse_body(context, *head)};
}

}  // namespace nas
