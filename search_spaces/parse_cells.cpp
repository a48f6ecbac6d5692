// Cells of a space file.
#include <fmt/format.h>

#include <cmath>

#include "search_spaces/parse_context.h"

namespace nas {
namespace {

constexpr std::size_t kMaxCellNodes = 64;  // inputs included

std::size_t parse_count(ParseContext& context, const YamlNode& node, std::string_view what, std::size_t least,
                        std::size_t most) {
  const double number = node.number().value_or(-1);
  if (number == std::floor(number) && number >= static_cast<double>(least) && number <= static_cast<double>(most)) {
    return static_cast<std::size_t>(number);
  }
  context.fail(node.place, fmt::format("{}: expected a whole number from {} to {}", what, least, most));
  return least;
}

void parse_takes(ParseContext& context, const YamlNode& node, CellDefinition& cell) {
  if (node.kind == YamlNode::Kind::Scalar && node.text == "all") return;
  if (node.kind != YamlNode::Kind::Map) {
    return context.fail(node.place, fmt::format("cell '{}': takes: expected `all`, {{choose: 2}} or {{choose: any}}, "
                                                "which earlier nodes a node reads",
                                                cell.name));
  }
  const std::string title = fmt::format("cell '{}': takes", cell.name);
  check_keys(context, node, construct("takes"), title);
  Takes& takes = cell.takes;
  const YamlNode* choose = node.find("choose");
  if (choose == nullptr) return;
  if (choose->text == "any") {
    takes.kind = Takes::Kind::Any;
  } else {
    takes.kind = Takes::Kind::Some;
    takes.repeated = has_word(node, "repeated", "true");
    takes.count = parse_count(context, *choose, title + ": choose (how many, or `any`)", 1,
                              takes.repeated ? kMaxCellNodes : cell.inputs + cell.nodes);
  }
  ChoiceNode choice;
  choice.place = node.place;
  context.ast.choices.push_back(std::move(choice));
  takes.choice = context.ast.choices.size() - 1;
}

/// Numbers of nodes of this cell.
std::vector<std::size_t> parse_nodes(ParseContext& context, const YamlNode& list, const CellDefinition& cell) {
  std::vector<std::size_t> nodes;
  const std::size_t last = cell.inputs + cell.nodes - 1;
  for (const YamlNode& item : list.items) {
    nodes.push_back(parse_count(context, item, fmt::format("cell '{}': output: also", cell.name), 0, last));
  }
  return nodes;
}

void parse_output(ParseContext& context, const YamlNode& node, CellDefinition& cell) {
  using Output = CellDefinition::Output;
  if (node.kind == YamlNode::Kind::Scalar && node.text == "last") return;
  if (node.kind != YamlNode::Kind::Map) {
    return context.fail(node.place, fmt::format("cell '{}': output: expected `last` or {{concat: all}}, "
                                                "{{concat: unused}}, {{concat: taken}}",
                                                cell.name));
  }
  check_keys(context, node, construct("cell output"), fmt::format("cell '{}': output", cell.name));
  cell.output = has_word(node, "concat", "unused")  ? Output::ConcatUnused
                : has_word(node, "concat", "taken") ? Output::ConcatTaken
                                                    : Output::ConcatAll;
  if (const YamlNode* inputs = node.find("inputs")) cell.output_inputs = parse_body(context, *inputs);
  if (const YamlNode* also = node.find("also")) cell.output_also = parse_nodes(context, *also, cell);
  if ((!cell.output_inputs.empty() || !cell.output_also.empty()) && cell.output != Output::ConcatUnused) {
    context.fail(node.place, fmt::format("cell '{}': output: `inputs` and `also` need {{concat: unused}}", cell.name));
  }
  cell.split_widths = node.find("widths") != nullptr;
  if (cell.output == Output::ConcatTaken && cell.takes.kind != Takes::Kind::Any) {
    context.fail(node.place, fmt::format("cell '{}': output: {{concat: taken}} needs takes: {{choose: any}}, whose "
                                         "genes say what is taken",
                                         cell.name));
  }
}

void check_split_widths(ParseContext& context, const CellDefinition& cell) {
  if (!cell.split_widths) return;
  if (cell.output != CellDefinition::Output::ConcatTaken || cell.inputs != 1 || !cell.edge.empty() ||
      cell.join != Op::Add || cell.prepare.empty()) {
    context.fail(cell.place, fmt::format("cell '{}': `widths: split` needs inputs: 1, takes: {{choose: any}}, a "
                                         "`prepare` of \"${{width}}\" channels, join: sum, output: {{concat: taken}} "
                                         "and no `edge`",
                                         cell.name));
  }
}

void parse_cell(ParseContext& context, const YamlNode& definition, CellDefinition& cell) {
  const std::string title = fmt::format("cell '{}'", cell.name);
  check_keys(context, definition, construct("cell definition"), title);
  if (const YamlNode* inputs = definition.find("inputs"))
    cell.inputs = parse_count(context, *inputs, title + ": inputs", 1, 2);
  if (const YamlNode* nodes = definition.find("nodes")) {
    cell.nodes = parse_count(context, *nodes, title + ": nodes", 1, kMaxCellNodes - cell.inputs);
  }
  if (const YamlNode* takes = definition.find("takes")) parse_takes(context, *takes, cell);
  if (cell.takes.kind == Takes::Kind::Some && !cell.takes.repeated && cell.takes.count > cell.inputs) {
    context.fail(cell.place, fmt::format("cell '{}': its first node has {} nodes before it, it can't take {} different "
                                         "ones; write `repeated: true` or more `inputs`",
                                         cell.name, cell.inputs, cell.takes.count));
  }
  cell.join = has_word(definition, "join", "concat") ? Op::Concat : Op::Add;
  if (const YamlNode* prepare = definition.find("prepare")) cell.prepare = parse_body(context, *prepare);
  if (const YamlNode* edge = definition.find("edge")) cell.edge = parse_body(context, *edge);
  if (const YamlNode* body = definition.find("node")) cell.node = parse_body(context, *body);
  if (const YamlNode* output = definition.find("output")) parse_output(context, *output, cell);
  check_split_widths(context, cell);
}

}  // namespace

void declare_cells(ParseContext& context, const YamlNode& node) {
  for (const auto& [name, definition] : node.entries) {
    CellDefinition cell;
    cell.name = name;
    cell.place = definition.place;
    if (const YamlNode* parameters = definition.find("parameters")) {
      cell.parameters = parse_arguments(context, *parameters, fmt::format("cell '{}': parameters", name));
    }
    context.cell_names.push_back(name);
    context.ast.cells.push_back(std::move(cell));
  }
}

void parse_cells(ParseContext& context, const YamlNode& node) {
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    // Bodies add to the tree while the cell is being read.
    CellDefinition cell = std::move(context.ast.cells[i]);
    parse_cell(context, node.entries[i].second, cell);
    context.ast.cells[i] = std::move(cell);
  }
}

}  // namespace nas
