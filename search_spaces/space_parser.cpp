#include "search_spaces/space_parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nas/option.h"
#include "search_spaces/parse_context.h"

namespace nas {
namespace {

constexpr std::string_view kTopLevel[] = {"space",  "source", "input",   "parameters", "choices",
                                          "blocks", "cells",  "network", "unused",     "hyperparameters"};

/// 0 where it is no number that a shape may hold.
std::int64_t shape_number(const YamlNode& node) {
  const double number = node.number().value_or(0);
  return number >= 1 && number <= 1e9 && number == std::floor(number) ? static_cast<std::int64_t>(number) : 0;
}

std::optional<Shape> parse_input(ParseContext& context, const YamlNode& node) {
  static constexpr std::string_view kKeys[] = {"channels", "size"};
  check_keys(context, node, kKeys, "`input`");
  const YamlNode* channels = node.find("channels");
  const YamlNode* size = node.find("size");
  Shape shape;
  shape.channels = channels == nullptr ? 0 : shape_number(*channels);
  bool good = size == nullptr || size->items.size() <= Shape::kMaxDims;
  if (good && size != nullptr) {
    shape.dims = size->items.size();
    for (std::size_t axis = 0; axis < shape.dims; ++axis) shape.size[axis] = shape_number(size->items[axis]);
  }
  good = good && !check_shape(shape);
  if (!good) {
    context.fail(
        node.place,
        "`input` needs positive whole `channels` and a `size` of 0 to 3 numbers: {channels: 3, size: [32, 32]}");
  }
  return good ? shape : Shape{1, 0, {1, 1, 1}};
}

void parse_parameters(ParseContext& context, const YamlNode& node) {
  for (const auto& [name, value] : node.entries) {
    const auto number = value.number();
    if (!number) context.fail(value.place, fmt::format("parameters.{}: expected a number", name));
    context.ast.parameters.emplace_back(name, number.value_or(0));
  }
}

Arguments parse_choices_only(ParseContext& context, const YamlNode& node, std::string_view what) {
  Arguments choices = parse_arguments(context, node);
  for (auto& [name, value] : choices) {
    if (value.kind != ValueNode::Kind::Choice) {
      context.fail(value.place, fmt::format("{}.{}: expected {{choose: [...]}}", what, name));
      continue;
    }
    ChoiceNode& choice = context.ast.choices[value.choice];
    if (choice.name.empty()) choice.name = name;
  }
  return choices;
}

/// `NAME: BODY` or `NAME: {parameters: {...}, body: BODY}`. Names and parameters of all blocks are
/// known before any body is read, so blocks may use one another in any order.
void declare_blocks(ParseContext& context, const YamlNode& node) {
  for (const auto& [name, definition] : node.entries) {
    BlockDefinition block{name, definition.place, {}, {}};
    if (const YamlNode* parameters = definition.find("parameters"))
      block.parameters = parse_arguments(context, *parameters);
    if (find_operation(name) != nullptr) {
      context.fail(definition.place, fmt::format("block '{}' has the name of an operation, choose another name", name));
    }
    context.block_names.push_back(name);
    context.ast.blocks.push_back(std::move(block));
  }
}

void parse_blocks(ParseContext& context, const YamlNode& node) {
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const YamlNode& definition = node.entries[i].second;
    const YamlNode* body = definition.find("body");
    if (body != nullptr) {
      static constexpr std::string_view kKeys[] = {"parameters", "body"};
      check_keys(context, definition, kKeys, fmt::format("block '{}'", node.entries[i].first));
    }
    Body steps = parse_body(context, body == nullptr ? definition : *body);
    context.ast.blocks[i].body = std::move(steps);
  }
}

void declare_cells(ParseContext& context, const YamlNode& node) {
  for (const auto& [name, definition] : node.entries) {
    CellDefinition cell;
    cell.name = name;
    cell.place = definition.place;
    if (const YamlNode* parameters = definition.find("parameters"))
      cell.parameters = parse_arguments(context, *parameters);
    context.cell_names.push_back(name);
    context.ast.cells.push_back(std::move(cell));
  }
}

void parse_cell_keys(ParseContext& context, const YamlNode& definition, CellDefinition& cell) {
  const YamlNode* nodes = definition.find("nodes");
  const double count = nodes == nullptr ? 0 : nodes->number().value_or(0);
  if (count < 1 || count > 64 || count != std::floor(count)) {
    context.fail(definition.place, fmt::format("cell '{}': `nodes` must be a whole number from 1 to 64", cell.name));
  } else {
    cell.nodes = static_cast<std::size_t>(count);
  }
  const YamlNode* takes = definition.find("takes");
  if (takes != nullptr && takes->text != "all") {
    context.fail(takes->place,
                 fmt::format("cell '{}': `takes` must be `all` (each node reads every earlier one)", cell.name));
  }
  if (const YamlNode* join = definition.find("join")) {
    if (join->text != "sum" && join->text != "concat") context.fail(join->place, "`join` must be `sum` or `concat`");
    cell.join = join->text == "concat" ? Op::Concat : Op::Add;
  }
  if (const YamlNode* output = definition.find("output")) {
    const YamlNode* concat = output->find("concat");
    const bool all = concat != nullptr && concat->text == "all";
    if (output->text != "last" && !all) context.fail(output->place, "`output` must be `last` or {concat: all}");
    cell.output = all ? CellDefinition::Output::ConcatAll : CellDefinition::Output::Last;
  }
}

void parse_cells(ParseContext& context, const YamlNode& node) {
  static constexpr std::string_view kKeys[] = {"nodes", "takes", "edge", "node", "join", "output", "parameters"};
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const YamlNode& definition = node.entries[i].second;
    CellDefinition cell = std::move(context.ast.cells[i]);
    check_keys(context, definition, kKeys, fmt::format("cell '{}'", cell.name));
    parse_cell_keys(context, definition, cell);
    if (const YamlNode* edge = definition.find("edge")) cell.edge = parse_body(context, *edge);
    if (const YamlNode* body = definition.find("node")) cell.node = parse_body(context, *body);
    context.ast.cells[i] = std::move(cell);
  }
}

template <class Visit>
void visit_steps(const Body& body, const Visit& visit) {
  for (const Step& step : body) {
    visit(step);
    for (const Body& inner : step.bodies) visit_steps(inner, visit);
  }
}

/// Blocks and cells that reach themselves would never end. Blocks are numbered first, then cells.
void check_recursion(ParseContext& context) {
  const std::size_t blocks = context.ast.blocks.size();
  std::vector<int> state(blocks + context.ast.cells.size(), 0);  // 1: being walked, 2: done
  const auto walk = [&](const auto& self, std::size_t at) -> void {
    state[at] = 1;
    const auto visit = [&](const Step& step) {
      if (step.kind != Step::Kind::Block && step.kind != Step::Kind::Cell) return;
      const std::size_t next = step.target + (step.kind == Step::Kind::Cell ? blocks : 0);
      if (state[next] == 1) context.fail(step.place, "this block or cell contains itself, which would never end");
      if (state[next] == 0) self(self, next);
    };
    if (at < blocks) {
      visit_steps(context.ast.blocks[at].body, visit);
    } else {
      visit_steps(context.ast.cells[at - blocks].edge, visit);
      visit_steps(context.ast.cells[at - blocks].node, visit);
    }
    state[at] = 2;
  };
  for (std::size_t at = 0; at < state.size(); ++at) {
    if (state[at] == 0) walk(walk, at);
  }
}

void parse_header(ParseContext& context, const YamlNode& root) {
  SpaceAst& ast = context.ast;
  if (const YamlNode* name = root.find("space")) ast.name = name->text;
  if (ast.name.empty()) context.fail(root.place, "`space: NAME` is missing");
  if (const YamlNode* source = root.find("source")) ast.source = source->text;
  if (const YamlNode* input = root.find("input")) ast.input = parse_input(context, *input);
  if (const YamlNode* parameters = root.find("parameters")) parse_parameters(context, *parameters);
  if (const YamlNode* unused = root.find("unused")) {
    ast.keep_unused = unused->text == "keep";
    if (unused->text != "keep" && unused->text != "remove")
      context.fail(unused->place, "`unused` must be `remove` or `keep`");
  }
}

}  // namespace

Result<SpaceAst> parse_space(const YamlNode& root) {
  SpaceAst ast;
  ParseContext context{ast};
  check_keys(context, root, kTopLevel, "a search space");
  if (root.kind != YamlNode::Kind::Map) return Error{context.errors.front()};
  parse_header(context, root);
  if (const YamlNode* choices = root.find("choices"))
    ast.top_choices = parse_choices_only(context, *choices, "choices");
  const YamlNode* blocks = root.find("blocks");
  const YamlNode* cells = root.find("cells");
  if (blocks != nullptr) declare_blocks(context, *blocks);
  if (cells != nullptr) declare_cells(context, *cells);
  if (blocks != nullptr) parse_blocks(context, *blocks);
  if (cells != nullptr) parse_cells(context, *cells);
  if (const YamlNode* network = root.find("network")) {
    ast.network = parse_body(context, *network);
    if (!ast.input)
      context.fail(network->place, "a space with a `network` needs an `input`: {channels: 3, size: [32, 32]}");
  } else {
    ast.input.reset();
  }
  if (const YamlNode* hyper = root.find("hyperparameters")) {
    ast.hyperparameters = parse_choices_only(context, *hyper, "hyperparameters");
  }
  if (ast.choices.empty() && context.errors.empty())
    context.fail(root.place, "this space has no `choose`, so there is nothing to search");
  if (context.errors.empty()) check_recursion(context);
  if (!context.errors.empty()) return Error{fmt::format("{}", fmt::join(context.errors, "\n"))};
  return ast;
}

}  // namespace nas
