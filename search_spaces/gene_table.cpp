#include "search_spaces/gene_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "nas/option.h"
#include "search_spaces/abstract_value.h"

namespace nas {
namespace {

constexpr std::size_t kMaxRepetitions = 10'000;
constexpr std::size_t kMaxSteps = 1'000'000;  // that the largest network could take
constexpr std::size_t kMaxGenes = 100'000;

/// Names a body can read, with what is known about them before any genotype.
using Environment = std::vector<std::pair<std::string, AbstractValue>>;

/// Where the collector stands.
struct Position {
  ScopeId scope = 0;
  Guard guard = always();
  std::string path;  // within the scope
};

/// In the order of the genes: choices, cells shared by all their uses, network, hyperparameters.
struct SortKey {
  int section = 0;
  std::size_t cell = 0;
  auto operator<=>(const SortKey&) const = default;
};

class Collector {
 public:
  explicit Collector(const SpaceAst& ast) : ast_(ast) {}

  Result<GeneTable> run() {
    for (const auto& [name, value] : ast_.parameters) parameters_.emplace_back(name, constant(value));
    Environment empty;
    for (const auto& [name, value] : ast_.top_choices) evaluate(value, empty, {});
    section_ = {2, 0};
    walk(ast_.network, empty, {});
    section_ = {3, 0};
    for (const auto& [name, value] : ast_.hyperparameters) {
      evaluate(value, empty, {});
      const auto found = table_.gene_of.find({value.choice, 0});
      if (found != table_.gene_of.end()) table_.genes[found->second].hyperparameter = name;
    }
    if (errors_.empty()) order();
    if (!errors_.empty()) return Error{fmt::format("{}", fmt::join(errors_, "\n"))};
    return std::move(table_);
  }

 private:
  const Environment* parameters() const { return &parameters_; }

  void fail(const Place& place, const std::string& what) {
    const std::string line = fmt::format("{}: {}", to_string(place), what);
    if (std::find(errors_.begin(), errors_.end(), line) == errors_.end()) errors_.push_back(line);
  }

  Cardinality cardinality() const {
    return [this](std::size_t gene) { return table_.genes[gene].options.size(); };
  }

  ScopeId child(const Position& at, const void* opener, std::size_t index, const std::string& path) {
    const auto next = static_cast<ScopeId>(scope_paths_.size());
    const auto [entry, is_new] = table_.child_scopes.try_emplace({at.scope, opener, index}, next);
    if (is_new) scope_paths_.push_back(join_path(scope_paths_[at.scope], path));
    return entry->second;
  }

  std::size_t gene(std::size_t choice, const Position& at, std::vector<GeneOption> options) {
    const auto [entry, is_new] = table_.gene_of.try_emplace({choice, at.scope}, table_.genes.size());
    if (!is_new) {
      widen(table_.genes[entry->second].active_when, at.guard);
      return entry->second;
    }
    const ChoiceNode& node = ast_.choices[choice];
    Gene gene;
    gene.name = node.name.empty() ? join_path(scope_paths_[at.scope], at.path) : node.name;
    if (!node.name.empty() && at.scope != 0) gene.name = join_path(scope_paths_[at.scope], node.name);
    if (gene.name.empty()) gene.name = "choose";
    gene.options = std::move(options);
    gene.weights = node.weights;
    gene.active_when = at.guard;
    if (!names_.insert(gene.name).second) {
      fail(node.place, fmt::format("two genes are called '{}', give one a `name:` or its step a `label:`", gene.name));
    }
    table_.genes.push_back(std::move(gene));
    keys_.push_back(section_);
    return entry->second;
  }

  std::vector<GeneOption> option_names(std::size_t choice) const {
    std::vector<GeneOption> options;
    for (const std::string& name : ast_.choices[choice].options) options.push_back({name, std::nullopt});
    return options;
  }

  AbstractValue evaluate(const ValueNode& value, const Environment& environment, const Position& at) {
    switch (value.kind) {
      case ValueNode::Kind::Number:
        return constant(value.number);
      case ValueNode::Kind::Word:
        return constant(value.word);
      case ValueNode::Kind::Formula:
        return evaluate_formula(value, environment);
      case ValueNode::Kind::Choice:
        return evaluate_choice(value, environment, at);
      case ValueNode::Kind::List:
        break;
    }
    std::vector<AbstractValue> elements;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      Position inner = at;
      inner.path = join_path(at.path, std::to_string(i));
      elements.push_back(evaluate(value.items[i], environment, inner));
    }
    return map_values(elements, cardinality(), [&](const std::vector<const Value*>& values) {
      std::vector<double> numbers;
      for (const Value* element : values) numbers.push_back(number_of(*element, value.place));
      return Value(numbers);
    });
  }

  double number_of(const Value& value, const Place& place) {
    if (const auto* number = std::get_if<double>(&value)) return *number;
    fail(place, fmt::format("expected a number, got '{}'", to_string(value)));
    return 0;
  }

  AbstractValue evaluate_choice(const ValueNode& value, const Environment& environment, const Position& at) {
    std::vector<GeneOption> options = option_names(value.choice);
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (value.items[i].kind == ValueNode::Kind::Number) options[i].number = value.items[i].number;
    }
    const std::size_t index = gene(value.choice, at, std::move(options));
    AbstractValue selector{true, {index}, {}};
    std::vector<AbstractValue> operands;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      selector.table.emplace_back(static_cast<double>(i));
      Position inner = at;
      inner.guard = both(at.guard, {{GeneCondition{index, {static_cast<std::int32_t>(i)}}}});
      inner.path = join_path(at.path, ast_.choices[value.choice].options[i]);
      operands.push_back(evaluate(value.items[i], environment, inner));
    }
    operands.push_back(std::move(selector));
    if (const std::string& name = ast_.choices[value.choice].name; !name.empty() && at.scope == 0) {
      table_.named[name] = {&value, index};
    }
    return map_values(operands, cardinality(), [](const std::vector<const Value*>& values) {
      return *values[static_cast<std::size_t>(std::get<double>(*values.back()))];
    });
  }

  /// Empty: no such name. Names of tensors are known only when a network is built.
  std::optional<AbstractValue> look_up(const std::string& name, const Environment& environment) {
    for (const Environment* names : {&environment, parameters()}) {
      const auto found = std::find_if(names->rbegin(), names->rend(), [&](const auto& e) { return e.first == name; });
      if (found != names->rend()) return found->second;
    }
    if (const auto found = table_.named.find(name); found != table_.named.end()) {
      return evaluate(*found->second.first, {}, {});
    }
    if (name == "channels" || name == "size" || name == "input.channels" || name == "input.size") return unknown();
    return std::nullopt;
  }

  AbstractValue evaluate_formula(const ValueNode& value, const Environment& environment) {
    std::vector<AbstractValue> operands;
    for (const std::string& name : value.formula->variables()) {
      auto found = look_up(name, environment);
      if (!found) {
        std::vector<std::string> known = {"channels", "size", "input.channels", "input.size"};
        for (const Environment* names : {&environment, parameters()}) {
          for (const auto& entry : *names) known.push_back(entry.first);
        }
        for (const auto& entry : table_.named) known.push_back(entry.first);
        fail(value.place, fmt::format("unknown name '{}' in an expression{}", name, suggest(name, known)));
        return constant(0.0);
      }
      operands.push_back(std::move(*found));
    }
    if (operands.size() == 1 && value.formula->text() == value.formula->variables().front()) return operands.front();
    return map_values(operands, cardinality(), [&](const std::vector<const Value*>& values) {
      std::vector<double> numbers;
      for (const Value* operand : values) numbers.push_back(number_of(*operand, value.place));
      return Value(value.formula->evaluate(numbers));
    });
  }

  void walk(const Body& body, Environment& environment, const Position& at) {
    for (const Step& step : body) {
      if (++steps_ > kMaxSteps || table_.genes.size() > kMaxGenes) {
        return fail(step.place,
                    "the space is too large from here on (over a million steps or 100000 genes), use smaller repeats");
      }
      Position inner = at;
      inner.path = join_path(at.path, step.label);
      walk_step(step, environment, inner);
    }
  }

  void walk_step(const Step& step, Environment& environment, const Position& at) {
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
    }
  }

  static Position with_path(const Position& at, const std::string& label) {
    Position inner = at;
    inner.path = join_path(at.path, label);
    return inner;
  }

  Environment arguments(const Step& step, const Environment& environment, const Position& at) {
    Environment values;
    for (const auto& [name, value] : step.arguments) {
      values.emplace_back(name, evaluate(value, environment, with_path(at, name)));
    }
    return values;
  }

  /// Parameters of a block or cell: what the use says, else the definition's default.
  Environment bind(const Arguments& parameters, Environment given, const Position& inside) {
    Environment bound;
    for (const auto& [name, value] : parameters) {
      const auto found =
          std::find_if(given.begin(), given.end(), [&](const auto& entry) { return entry.first == name; });
      bound.emplace_back(name, found != given.end() ? found->second : evaluate(value, bound, with_path(inside, name)));
    }
    return bound;
  }

  Position enter(const Step& step, const std::string& definition, const Position& at) {
    Position inside = at;
    inside.path = definition;
    if (step.own_choices) {
      inside.scope = child(at, &step, 0, at.path);
      inside.path.clear();
    }
    return inside;
  }

  void walk_block(const Step& step, Environment& environment, const Position& at) {
    const BlockDefinition& block = ast_.blocks[step.target];
    const Position inside = enter(step, block.name, at);
    Environment bound = bind(block.parameters, arguments(step, environment, at), inside);
    walk(block.body, bound, inside);
  }

  void walk_cell(const Step& step, Environment& environment, const Position& at) {
    const CellDefinition& cell = ast_.cells[step.target];
    const Position inside = enter(step, cell.name, at);
    const SortKey outer = section_;
    if (inside.scope == 0) section_ = {1, step.target};
    Environment bound = bind(cell.parameters, arguments(step, environment, at), inside);
    bound.emplace_back("from_input", constant(0.0));
    for (std::size_t to = 1; to <= cell.nodes; ++to) {
      for (std::size_t from = 0; from < to; ++from) {
        bound.back().second = constant(from == 0 ? 1.0 : 0.0);
        const std::string label = fmt::format("{}<-{}", to, from);
        const ScopeId scope = child(inside, &cell, edge_index(from, to), join_path(inside.path, label));
        walk(cell.edge, bound, {scope, inside.guard, {}});
      }
      const ScopeId scope = child(inside, &cell, node_index(to), join_path(inside.path, std::to_string(to)));
      walk(cell.node, bound, {scope, inside.guard, {}});
    }
    section_ = outer;
  }

  void walk_choose(const Step& step, Environment& environment, const Position& at) {
    const std::size_t index = gene(step.target, at, option_names(step.target));
    for (std::size_t i = 0; i < step.bodies.size(); ++i) {
      Position inner = with_path(at, ast_.choices[step.target].options[i]);
      inner.guard = both(at.guard, {{GeneCondition{index, {static_cast<std::int32_t>(i)}}}});
      walk(step.bodies[i], environment, inner);
    }
  }

  void walk_switch(const Step& step, Environment& environment, const Position& at) {
    const AbstractValue by = evaluate(*step.value, environment, with_path(at, "by"));
    for (std::size_t i = 0; i < step.bodies.size(); ++i) {
      Position inner = with_path(at, std::to_string(i));
      if (by.known) {
        const auto taken = [&](const Value& value) { return number_of(value, step.place) == static_cast<double>(i); };
        inner.guard = both(at.guard, when(by, cardinality(), taken));
      }
      if (!inner.guard.empty()) walk(step.bodies[i], environment, inner);
    }
  }

  void walk_branches(const Step& step, Environment& environment, const Position& at) {
    for (std::size_t i = 0; i < step.bodies.size(); ++i) {
      walk(step.bodies[i], environment, with_path(at, std::to_string(i)));
    }
  }

  void walk_repeat(const Step& step, Environment& environment, const Position& at) {
    const AbstractValue times = evaluate(*step.value, environment, with_path(at, "times"));
    if (!times.known) {
      return fail(step.place,
                  "`times` must not depend on tensors (the genes of a space are fixed before any network is built)");
    }
    double most = 0;
    for (const Value& value : times.table) most = std::max(most, number_of(value, step.place));
    if (!(most <= static_cast<double>(kMaxRepetitions))) {
      return fail(step.place, fmt::format("`times` may be up to {}, more than {}", most, kMaxRepetitions));
    }
    for (std::size_t i = 0; static_cast<double>(i) < most; ++i) {
      Position inner = at;
      const auto reaches = [&](const Value& value) { return number_of(value, step.place) > static_cast<double>(i); };
      inner.guard = both(at.guard, when(times, cardinality(), reaches));
      if (step.own_choices) {
        inner.scope = child(at, &step, i, fmt::format("{}[{}]", at.path, i));
        inner.path.clear();
      }
      if (!step.index.empty()) environment.emplace_back(step.index, constant(static_cast<double>(i)));
      walk(step.bodies.front(), environment, inner);
      if (!step.index.empty()) environment.pop_back();
    }
  }

  /// Genes in the documented order, conditions and tables renumbered with them.
  void order() {
    std::vector<std::size_t> sorted(table_.genes.size());
    std::iota(sorted.begin(), sorted.end(), std::size_t{0});
    std::stable_sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) { return keys_[a] < keys_[b]; });
    std::vector<std::size_t> place(sorted.size());
    std::vector<Gene> genes;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      place[sorted[i]] = i;
      genes.push_back(std::move(table_.genes[sorted[i]]));
    }
    for (Gene& gene : genes) {
      if (gene.active_when == always()) gene.active_when.clear();
      for (auto& conjunction : gene.active_when) {
        for (GeneCondition& condition : conjunction) condition.gene = place[condition.gene];
      }
    }
    table_.genes = std::move(genes);
    for (auto& entry : table_.gene_of) entry.second = place[entry.second];
    for (auto& entry : table_.named) entry.second.second = place[entry.second.second];
  }

  const SpaceAst& ast_;
  GeneTable table_;
  Environment parameters_;
  std::vector<std::string> scope_paths_ = {""};
  std::vector<SortKey> keys_;
  SortKey section_;
  std::unordered_set<std::string> names_;
  std::size_t steps_ = 0;
  std::vector<std::string> errors_;
};

}  // namespace

std::string join_path(const std::string& left, const std::string& right) {
  if (left.empty() || right.empty()) return left + right;
  return left + "." + right;
}

Result<GeneTable> collect_genes(const SpaceAst& ast) { return Collector(ast).run(); }

}  // namespace nas
