// Constraints and named architectures of a space file.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "search_spaces/parse_context.h"

namespace nas {
namespace {

/// "edges(cell)" reads as the name `edges.cell`: a value that a network has, like `params`.
std::string with_cell_names(std::string text) {
  for (const std::string_view word : {"edges(", "vertices("}) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      const auto close = text.find(')', at);
      if (close == std::string::npos) break;
      const std::string inside = text.substr(at + word.size(), close - at - word.size());
      std::string name = std::string(word.substr(0, word.size() - 1)) + ".";
      for (const char c : inside) {
        if (!std::isspace(static_cast<unsigned char>(c))) name += c;
      }
      text.replace(at, close + 1 - at, name);
    }
  }
  return text;
}

/// Genes by their whole names: maps add ".key", lists "[index]".
void flatten(const YamlNode& node, const std::string& path, std::vector<std::pair<std::string, YamlNode>>& flat) {
  for (const auto& [key, value] : node.entries) flatten(value, path.empty() ? key : path + "." + key, flat);
  for (std::size_t i = 0; i < node.items.size(); ++i) flatten(node.items[i], fmt::format("{}[{}]", path, i), flat);
  if (node.kind == YamlNode::Kind::Scalar) flat.emplace_back(path, node);
}

}  // namespace

void parse_constraints(ParseContext& context, const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Sequence) {
    return context.fail(node.place, "constraints: expected a list of expressions, such as [\"params <= 5e6\"]");
  }
  for (const YamlNode& item : node.items) {
    std::string text = item.text;
    if (text.starts_with("${") && text.ends_with("}")) text = text.substr(2, text.size() - 3);
    auto expression = Expression::parse(with_cell_names(text));
    if (!expression) {
      context.fail(item.place, fmt::format("constraints: {}", expression.error().message));
    } else if (expression->variables().empty()) {
      context.fail(item.place, fmt::format("constraints: '{}' names nothing that differs between samples, such as "
                                           "`params` or a gene",
                                           text));
    } else {
      context.ast.constraints.push_back({item.place, std::move(*expression), text});
    }
  }
}

void parse_architectures(ParseContext& context, const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Map) {
    return context.fail(node.place, "architectures: expected {NAME: {choices: ..., parameters: ...}}");
  }
  for (const auto& [name, definition] : node.entries) {
    ArchitectureDefinition architecture;
    architecture.name = name;
    architecture.place = definition.place;
    const std::string title = fmt::format("architecture '{}'", name);
    check_keys(context, definition, construct("architecture"), title);
    if (const YamlNode* choices = definition.find("choices")) {
      if (choices->kind == YamlNode::Kind::Scalar || choices->kind == YamlNode::Kind::Sequence) {
        context.fail(choices->place, title + ": choices: expected options by gene: {gene: option}");
      }
      flatten(*choices, "", architecture.choices);
    }
    if (const YamlNode* parameters = definition.find("parameters"))
      architecture.parameters = parse_arguments(context, *parameters, title + ": parameters");
    if (const YamlNode* input = definition.find("input")) architecture.input = parse_input(context, *input);
    context.ast.architectures.push_back(std::move(architecture));
  }
}

}  // namespace nas
