// A space file after parsing: bodies of steps, values, blocks and cells, each with its place.
// Nothing is evaluated yet. Grammar in docs/spaces.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nas/expression.h"
#include "nas/operation.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

/// A number, a word, a list of numbers, an expression, or a choice among such.
struct ValueNode {
  enum class Kind { Number, Word, List, Formula, Choice };
  Kind kind = Kind::Number;
  Place place;
  double number = 0;
  std::string word;
  std::optional<Expression> formula;
  std::vector<ValueNode> items;  // List: elements; Choice: options
  std::size_t choice = 0;        // Choice: index in SpaceAst::choices
};

/// What every `choose` shares, wherever it stands.
struct ChoiceNode {
  Place place;
  std::string name;                  // `name:`; empty: the path
  std::vector<std::string> options;  // names for people
  std::vector<double> weights;       // empty: uniform
};

struct Step;
using Body = std::vector<Step>;

using Arguments = std::vector<std::pair<std::string, ValueNode>>;

/// One step of a body: takes the current tensor to the next.
struct Step {
  enum class Kind { Operation, Block, Choose, Switch, Join, Residual, Repeat, Cell };
  Kind kind = Kind::Operation;
  Place place;
  std::string label;  // `label:`, else its name and count; unique in its body

  Op op = Op::Identity;            // Operation, Join (Add, Concat or Multiply)
  Arguments arguments;             // Operation, Block, Cell
  std::size_t target = 0;          // Block, Cell: index of the definition; Choose: of the choice
  std::vector<Body> bodies;        // Choose, Switch: options; Join: branches; Residual: body, shortcut
  std::optional<ValueNode> value;  // Switch: by; Residual: when; Repeat: times
  bool own_choices = false;        // Block, Repeat, Cell
  std::string index;               // Repeat: name of its counter, may be empty
  bool has_shortcut = true;        // Residual: false for `shortcut: none`
};

struct BlockDefinition {
  std::string name;
  Place place;
  Arguments parameters;  // with their defaults
  Body body;
};

/// A small graph: node 0 is the tensor that enters, nodes 1..nodes are computed in order.
struct CellDefinition {
  enum class Output { Last, ConcatAll };
  std::string name;
  Place place;
  std::size_t nodes = 1;
  Arguments parameters;
  Body edge;  // on the edge from every earlier node
  Body node;  // on a node after its edges are joined; may be empty
  Op join = Op::Add;
  Output output = Output::Last;
};

struct SpaceAst {
  std::string name;
  std::string source;
  std::optional<Shape> input;  // none: a space of genes alone
  std::vector<std::pair<std::string, double>> parameters;
  Arguments top_choices;
  std::vector<BlockDefinition> blocks;
  std::vector<CellDefinition> cells;
  Body network;
  bool keep_unused = false;
  Arguments hyperparameters;
  std::vector<ChoiceNode> choices;
};

}  // namespace nas
