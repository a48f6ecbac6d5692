#include "search_spaces/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "search_spaces/arguments.h"

namespace nas {
namespace {

/// A tensor is the index of the node that makes it. kFailed: error_ says why; every step passes
/// it on at once.
using Tensor = std::int32_t;
constexpr Tensor kFailed = -1;

constexpr std::size_t kMaxNodes = 100'000;
constexpr std::size_t kMaxSteps = 1'000'000;

/// What a body sees: names, scope of its choices, the tensor that entered its block or cell.
struct Frame {
  NamedValues names;
  ScopeId scope = 0;
  Tensor entered = 0;
};

class Decoder {
 public:
  Decoder(const SpaceAst& ast, const GeneTable& genes, const Genotype& genotype)
      : ast_(ast), genes_(genes), genotype_(genotype), network_(make_network(*ast.input)) {
    network_.nodes.reserve(512);
  }

  Result<Network> run() {
    Frame frame;
    const Tensor output = walk(ast_.network, frame, 0);
    if (output == kFailed) return std::move(*error_);
    network_.output = output;
    return std::move(network_);
  }

 private:
  Tensor fail(const Place& place, const std::string& what) {
    if (!error_) error_ = Error{fmt::format("{}: {}", to_string(place), what)};
    return kFailed;
  }

  const Shape& shape(Tensor tensor) const { return network_.nodes[static_cast<std::size_t>(tensor)].shape; }

  std::size_t option(std::size_t choice, ScopeId scope) const {
    return static_cast<std::size_t>(genotype_.genes[genes_.gene_of.at({choice, scope})]);
  }

  /// Appends to the path of node names; the returned length restores it.
  std::size_t push_path(std::string_view label) {
    const std::size_t length = path_.size();
    if (!path_.empty() && !label.empty()) path_ += '.';
    path_ += label;
    return length;
  }
  std::size_t push_path(std::size_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return push_path(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }

  std::optional<Value> look_up(const std::string& name, const Frame& frame, Tensor current) const {
    for (auto entry = frame.names.rbegin(); entry != frame.names.rend(); ++entry) {
      if (entry->first == name) return entry->second;
    }
    for (const auto& [parameter, number] : ast_.parameters) {
      if (parameter == name) return number;
    }
    if (const auto found = genes_.named.find(name); found != genes_.named.end()) {
      const auto& [value, gene] = found->second;
      return constant_value(value->items[static_cast<std::size_t>(genotype_.genes[gene])]);
    }
    if (name == "channels") return static_cast<double>(shape(current).channels);
    if (name == "size") return static_cast<double>(shape(current).size[0]);
    if (name == "input.channels") return static_cast<double>(shape(frame.entered).channels);
    if (name == "input.size") return static_cast<double>(shape(frame.entered).size[0]);
    return std::nullopt;
  }

  static std::optional<Value> constant_value(const ValueNode& node) {
    if (node.kind == ValueNode::Kind::Number) return node.number;
    if (node.kind == ValueNode::Kind::Word) return node.word;
    return std::nullopt;
  }

  std::optional<Value> evaluate(const ValueNode& node, const Frame& frame, Tensor current) {
    switch (node.kind) {
      case ValueNode::Kind::Number:
        return node.number;
      case ValueNode::Kind::Word:
        return node.word;
      case ValueNode::Kind::Formula:
        return evaluate_formula(node, frame, current);
      case ValueNode::Kind::Choice:
        return evaluate(node.items[option(node.choice, frame.scope)], frame, current);
      case ValueNode::Kind::List:
        break;
    }
    std::vector<double> numbers;
    for (const ValueNode& item : node.items) {
      const auto number = evaluate_number(item, frame, current);
      if (!number) return std::nullopt;
      numbers.push_back(*number);
    }
    return numbers;
  }

  std::optional<Value> evaluate_formula(const ValueNode& node, const Frame& frame, Tensor current) {
    const auto& variables = node.formula->variables();
    std::vector<double> numbers;
    for (const std::string& name : variables) {
      auto value = look_up(name, frame, current);
      if (value && variables.size() == 1 && node.formula->text() == name) return value;
      const auto* number = value ? std::get_if<double>(&*value) : nullptr;
      if (number == nullptr) {
        fail(node.place, fmt::format("'{}' is no number, so it can't be calculated with", name));
        return std::nullopt;
      }
      numbers.push_back(*number);
    }
    const double result = node.formula->evaluate(numbers);
    if (std::isfinite(result)) return result;
    fail(node.place, fmt::format("'{}' gives no finite number here", node.formula->text()));
    return std::nullopt;
  }

  std::optional<double> evaluate_number(const ValueNode& node, const Frame& frame, Tensor current) {
    const auto value = evaluate(node, frame, current);
    if (!value) return std::nullopt;
    if (const auto* number = std::get_if<double>(&*value)) return *number;
    fail(node.place, fmt::format("expected a number, got '{}'", to_string(*value)));
    return std::nullopt;
  }

  Tensor walk(const Body& body, Frame& frame, Tensor current) {
    for (const Step& step : body) {
      if (++steps_ > kMaxSteps)
        return fail(step.place, "the network takes more than a million steps, use smaller repeats");
      // A body's only choice has no label, but its options may be called as its neighbours are.
      const bool needs_label = step.label.empty() && body.size() > 1;
      const std::size_t length = push_path(needs_label ? "choose_1" : step.label);
      current = walk_step(step, frame, current);
      path_.resize(length);
      if (current == kFailed) return kFailed;
    }
    return current;
  }

  Tensor walk_step(const Step& step, Frame& frame, Tensor current) {
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
    }
    return current;
  }

  Tensor add(const Place& place, Op op, const Attributes& attributes, std::vector<Tensor> inputs) {
    if (network_.nodes.size() > kMaxNodes) return fail(place, "the network has more than 100000 operations");
    auto node = add_node(network_, op, attributes, std::move(inputs), path_);
    return node ? *node : fail(place, node.error().message);
  }

  Tensor apply(const Step& step, const Frame& frame, Tensor current) {
    const Operation& row = operation(step.op);
    NamedValues values;
    if (!evaluate_arguments(step.arguments, frame, current, values)) return kFailed;
    const auto attributes = make_attributes(row, values, shape(current));
    if (!attributes) return fail(step.place, fmt::format("`{}`: {}", row.name, attributes.error().message));
    return add(step.place, step.op, *attributes, {current});
  }

  bool evaluate_arguments(const Arguments& arguments, const Frame& frame, Tensor current, NamedValues& values) {
    values.reserve(arguments.size());
    for (const auto& [name, node] : arguments) {
      auto value = evaluate(node, frame, current);
      if (!value) return false;
      values.emplace_back(name, std::move(*value));
    }
    return true;
  }

  /// What the use says, else the definition's default, evaluated inside.
  bool bind(const Arguments& parameters, const Step& step, const Frame& outer, Tensor current, Frame& inner) {
    NamedValues given;
    if (!evaluate_arguments(step.arguments, outer, current, given)) return false;
    for (const auto& [name, node] : parameters) {
      const auto found =
          std::find_if(given.begin(), given.end(), [&](const auto& entry) { return entry.first == name; });
      auto value = found != given.end() ? std::optional(std::move(found->second)) : evaluate(node, inner, current);
      if (!value) return false;
      inner.names.emplace_back(name, std::move(*value));
    }
    return true;
  }

  Frame enter(const Step& step, const Frame& outer, Tensor current) const {
    Frame inner;
    inner.entered = current;
    inner.scope = step.own_choices ? genes_.child_scopes.at({outer.scope, &step, 0}) : outer.scope;
    return inner;
  }

  Tensor walk_block(const Step& step, const Frame& outer, Tensor current) {
    const BlockDefinition& block = ast_.blocks[step.target];
    Frame inner = enter(step, outer, current);
    if (!bind(block.parameters, step, outer, current, inner)) return kFailed;
    return walk(block.body, inner, current);
  }

  Tensor walk_cell(const Step& step, const Frame& outer, Tensor current) {
    const CellDefinition& cell = ast_.cells[step.target];
    Frame inner = enter(step, outer, current);
    if (!bind(cell.parameters, step, outer, current, inner)) return kFailed;
    inner.names.emplace_back("from_input", 0.0);
    const ScopeId scope = inner.scope;
    std::vector<Tensor> nodes = {current};
    for (std::size_t to = 1; to <= cell.nodes; ++to) {
      const std::size_t length = push_path(to);
      inner.scope = scope;
      Tensor joined = walk_edges(step.place, cell, to, inner, nodes);
      if (joined != kFailed && !cell.node.empty()) {
        inner.scope = genes_.child_scopes.at({scope, &cell, node_index(to)});
        joined = walk(cell.node, inner, joined);
      }
      path_.resize(length);
      if (joined == kFailed) return kFailed;
      nodes.push_back(joined);
    }
    if (cell.output == CellDefinition::Output::Last) return nodes.back();
    return add(step.place, Op::Concat, {}, {nodes.begin() + 1, nodes.end()});
  }

  /// Every earlier node through its edge, joined.
  Tensor walk_edges(const Place& place, const CellDefinition& cell, std::size_t to, Frame& frame,
                    const std::vector<Tensor>& nodes) {
    const ScopeId scope = frame.scope;
    std::vector<Tensor> edges;
    for (std::size_t from = 0; from < to; ++from) {
      frame.scope = genes_.child_scopes.at({scope, &cell, edge_index(from, to)});
      frame.names.back().second = from == 0 ? 1.0 : 0.0;
      const std::size_t length = push_path(from);
      edges.push_back(walk(cell.edge, frame, nodes[from]));
      path_.resize(length);
      if (edges.back() == kFailed) return kFailed;
    }
    return edges.size() == 1 ? edges.front() : add(place, cell.join, {}, std::move(edges));
  }

  Tensor walk_switch(const Step& step, Frame& frame, Tensor current) {
    const auto by = evaluate_number(*step.value, frame, current);
    if (!by) return kFailed;
    if (!(*by >= 0 && *by < static_cast<double>(step.bodies.size()))) {
      return fail(step.place, fmt::format("`by` is {}, but there are options 0 to {}", *by, step.bodies.size() - 1));
    }
    return walk(step.bodies[static_cast<std::size_t>(*by)], frame, current);
  }

  Tensor walk_join(const Step& step, Frame& frame, Tensor current) {
    std::vector<Tensor> branches;
    for (std::size_t i = 0; i < step.bodies.size(); ++i) {
      const std::size_t length = push_path(i);
      branches.push_back(walk(step.bodies[i], frame, current));
      path_.resize(length);
      if (branches.back() == kFailed) return kFailed;
    }
    return add(step.place, step.op, {}, std::move(branches));
  }

  Tensor walk_residual(const Step& step, Frame& frame, Tensor current) {
    const auto when = step.value ? evaluate_number(*step.value, frame, current) : std::optional(1.0);
    if (!when) return kFailed;
    std::size_t length = push_path("body");
    const Tensor body = walk(step.bodies[0], frame, current);
    path_.resize(length);
    if (body == kFailed || *when == 0 || !step.has_shortcut) return body;
    length = push_path("shortcut");
    const Tensor shortcut = walk(step.bodies[1], frame, current);
    path_.resize(length);
    return shortcut == kFailed ? kFailed : add(step.place, Op::Add, {}, {shortcut, body});
  }

  Tensor walk_repeat(const Step& step, Frame& frame, Tensor current) {
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

  const SpaceAst& ast_;
  const GeneTable& genes_;
  const Genotype& genotype_;
  Network network_;
  std::string path_;
  std::size_t steps_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Network> decode_network(const SpaceAst& ast, const GeneTable& genes, const Genotype& genotype) {
  return Decoder(ast, genes, genotype).run();
}

}  // namespace nas
