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
  std::string what;  // "`conv`: channels", for errors; empty for plain numbers
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

/// A word with "${expression}" parts: names of tensors and outputs.
struct NameTemplate {
  Place place;
  std::string what = {};           // "`as`", for errors
  std::vector<std::string> texts;  // one more than the formulas that stand between them
  std::vector<Expression> formulas;
};

struct Step;
using Body = std::vector<Step>;

using Arguments = std::vector<std::pair<std::string, ValueNode>>;

/// One step of a body: takes the current tensor to the next.
struct Step {
  enum class Kind { Operation, Block, Choose, Switch, Join, Residual, Repeat, Cell, Split, As, From, Output };
  Kind kind = Kind::Operation;
  Place place;
  std::string label;  // `label:`, else its name and count; unique in its body

  Op op = Op::Identity;            // Operation; Join, Split (Add, Concat or Multiply)
  Arguments arguments;             // Operation, Block, Cell
  std::size_t target = 0;          // Block, Cell: index of the definition; Choose: of the choice
  std::vector<Body> bodies;        // Choose, Switch: options; Join, Split: branches; Residual: body, shortcut;
                                   // Repeat: body; Output: head
  std::optional<ValueNode> value;  // Switch: by; Residual: when; Repeat: times; Split: parts or sizes; Output: weight
  bool own_choices = false;        // Block, Repeat, Cell, Split
  bool one_body = false;           // Split: bodies holds one for all parts
  std::string index;               // Repeat, Split: name of its counter, may be empty
  bool has_shortcut = true;        // Residual: false for `shortcut: none`
  NameTemplate name;               // As, From, Output
  bool rebind = false;             // As
  bool auxiliary = false;          // Output
};

struct BlockDefinition {
  std::string name;
  Place place;
  Arguments parameters;  // with their defaults
  Body body;
};

/// Which earlier nodes a node of a cell reads.
struct Takes {
  enum class Kind { All, Some, Any };
  Kind kind = Kind::All;
  std::size_t count = 0;   // Some: how many
  bool repeated = false;   // Some: the same node more than once
  std::size_t choice = 0;  // Some, Any: index in SpaceAst::choices
};

/// A small graph: the input nodes, then `nodes` computed ones in order, then the output.
struct CellDefinition {
  enum class Output { Last, ConcatAll, ConcatUnused, ConcatTaken };
  std::string name;
  Place place;
  std::size_t inputs = 1;  // 1: the tensor before; 2: the last two cells' outputs
  std::size_t nodes = 1;
  Arguments parameters;
  Takes takes;
  Body prepare;  // on each input; with split widths wherever an input is read
  Body edge;     // on each edge taken
  Body node;     // on a node after its edges are joined; may be empty
  Op join = Op::Add;
  Output output = Output::Last;
  Body output_inputs;                    // ConcatUnused: on inputs that are concatenated
  std::vector<std::size_t> output_also;  // ConcatUnused: concatenated though others read them
  bool split_widths = false;             // NAS-Bench-101's channel rule
};

/// A named network of the space: values of genes, and what else it changes.
struct ArchitectureDefinition {
  std::string name;
  Place place;
  std::vector<std::pair<std::string, YamlNode>> choices;  // gene -> option
  Arguments parameters;
  std::vector<ValueNode> input;  // channels and sizes; empty: the space's
};

struct ConstraintNode {
  Place place;
  Expression expression;
  std::string text;  // as written
};

struct SpaceAst {
  std::string name;
  std::string source;
  std::vector<ValueNode> input_values;                     // channels and sizes, as written
  std::optional<Shape> input;                              // evaluated; none: a space of genes alone
  Arguments parameter_values;                              // as written
  std::vector<std::pair<std::string, double>> parameters;  // evaluated, in the same order
  Arguments top_choices;
  std::vector<BlockDefinition> blocks;
  std::vector<CellDefinition> cells;
  Body network;
  bool keep_unused = false;
  Arguments hyperparameters;
  std::vector<ChoiceNode> choices;
  std::vector<ConstraintNode> constraints;
  std::vector<ArchitectureDefinition> architectures;
};

}  // namespace nas
