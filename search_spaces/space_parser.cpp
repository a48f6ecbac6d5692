#include "search_spaces/space_parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nas/option.h"
#include "search_spaces/limits.h"
#include "search_spaces/parse_context.h"

namespace nas {
namespace {

/// Far more of everything than any space has, and few enough to be looked up one by one.
bool check_counts(ParseContext& context, const YamlNode& root) {
  bool few = true;
  constexpr std::pair<std::string_view, std::size_t> kMost[] = {{"parameters", kMaxParameters},
                                                                {"blocks", kMaxDefinitions},
                                                                {"cells", kMaxDefinitions},
                                                                {"architectures", kMaxDefinitions},
                                                                {"constraints", kMaxConstraints}};
  for (const auto& [key, most] : kMost) {
    const YamlNode* node = root.find(key);
    if (node == nullptr) continue;
    const std::size_t count = node->entries.size() + node->items.size();
    if (count <= most) continue;
    few = false;
    context.fail(node->place, fmt::format("{} {}, more than {}", count, key, most));
  }
  return few;
}

Error all_errors(const ParseContext& context) { return Error{fmt::format("{}", fmt::join(context.errors, "\n"))}; }

/// Numbers and expressions over one another; evaluated once it is known which are overridden.
void parse_parameters(ParseContext& context, const YamlNode& node) {
  context.ast.parameter_values = parse_arguments(context, node, "parameters");
  for (const auto& [name, value] : context.ast.parameter_values) {
    if (value.kind != ValueNode::Kind::Number && value.kind != ValueNode::Kind::Formula) {
      context.fail(value.place, fmt::format("parameters: {}: expected a number or \"${{expression}}\"; what the search "
                                            "chooses belongs to `choices:`",
                                            name));
    }
  }
}

Arguments parse_choices_only(ParseContext& context, const YamlNode& node, std::string_view what) {
  const std::size_t errors = context.errors.size();
  Arguments choices = parse_arguments(context, node, std::string(what));
  for (auto& [name, value] : choices) {
    if (value.kind != ValueNode::Kind::Choice) {
      // Not in addition to what has been said about it.
      if (context.errors.size() == errors) {
        context.fail(value.place, fmt::format("{}: {}: expected {{choose: [...]}}", what, name));
      }
      continue;
    }
    ChoiceNode& choice = context.ast.choices[value.choice];
    if (choice.name.empty()) choice.name = name;
  }
  return choices;
}

bool is_step_name(std::string_view name) {
  const auto all = constructs();
  const auto is_it = [&](const Construct& known) { return known.is_step && known.name == name; };
  return name == "none" || std::any_of(all.begin(), all.end(), is_it);
}

/// `NAME: BODY` or `NAME: {parameters: {...}, body: BODY}`. Names and parameters of all blocks are
/// known before any body is read, so blocks may use one another in any order.
void declare_blocks(ParseContext& context, const YamlNode& node) {
  for (const auto& [name, definition] : node.entries) {
    BlockDefinition block{name, definition.place, {}, {}};
    if (const YamlNode* parameters = definition.find("parameters"))
      block.parameters = parse_arguments(context, *parameters, fmt::format("block '{}': parameters", name));
    if (find_operation(name) != nullptr || is_step_name(name)) {
      context.fail(definition.place,
                   fmt::format("block '{}' has the name of an operation or construct, choose another name", name));
    }
    context.block_names.push_back(name);
    context.ast.blocks.push_back(std::move(block));
  }
}

void parse_blocks(ParseContext& context, const YamlNode& node) {
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const YamlNode& definition = node.entries[i].second;
    const YamlNode* body = definition.find("body");
    if (body != nullptr || definition.find("parameters") != nullptr) {
      check_keys(context, definition, construct("block"), fmt::format("block '{}'", node.entries[i].first));
    }
    if (body == nullptr && definition.find("parameters") != nullptr) continue;  // it is missing, and that has been said
    Body steps = parse_body(context, body == nullptr ? definition : *body);
    context.ast.blocks[i].body = std::move(steps);
  }
}

void parse_header(ParseContext& context, const YamlNode& root) {
  SpaceAst& ast = context.ast;
  if (const YamlNode* name = root.find("space")) ast.name = name->text;
  if (const YamlNode* source = root.find("source")) ast.source = source->text;
  if (const YamlNode* input = root.find("input")) ast.input_values = parse_input(context, *input);
  if (const YamlNode* parameters = root.find("parameters")) parse_parameters(context, *parameters);
  ast.keep_unused = has_word(root, "unused", "keep");
}

}  // namespace

std::vector<ValueNode> parse_input(ParseContext& context, const YamlNode& node) {
  check_keys(context, node, construct("input"));
  std::vector<ValueNode> values;
  const YamlNode* channels = node.find("channels");
  const YamlNode* size = node.find("size");
  if (channels != nullptr) values.push_back(parse_value(context, *channels, "`input`: channels"));
  if (size != nullptr && size->items.size() > Shape::kMaxDims) {
    context.fail(size->place, "`input`: size: expected a list of 0 to 3 numbers, one an axis: [32, 32]");
  } else if (size != nullptr) {
    for (const YamlNode& axis : size->items) values.push_back(parse_value(context, axis, "`input`: size"));
  }
  return values;
}

Result<SpaceAst> parse_space(const YamlNode& root) {
  SpaceAst ast;
  ParseContext context{ast};
  if (root.kind != YamlNode::Kind::Map) {
    return Error{fmt::format("{}: a space file: expected keys and values, such as `space: NAME` and `network: [...]`",
                             to_string(root.place))};
  }
  check_keys(context, root, construct("space file"), "a space file");
  if (!check_counts(context, root)) return all_errors(context);
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
    if (root.find("input") == nullptr)
      context.fail(network->place, "a space with a `network` needs an `input`: {channels: 3, size: [32, 32]}");
  } else {
    ast.input_values.clear();
  }
  if (const YamlNode* hyper = root.find("hyperparameters")) {
    ast.hyperparameters = parse_choices_only(context, *hyper, "hyperparameters");
  }
  if (const YamlNode* constraints = root.find("constraints")) parse_constraints(context, *constraints);
  if (const YamlNode* architectures = root.find("architectures")) parse_architectures(context, *architectures);
  if (ast.choices.empty() && root.find("network") == nullptr && context.errors.empty()) {
    context.fail(root.place, "this space has neither a `network` nor a `choose`, so there is nothing in it");
  }
  if (context.errors.empty()) check_recursion(context);
  if (!context.errors.empty()) return all_errors(context);
  return ast;
}

}  // namespace nas
