#include "search_spaces/language.h"

#include <algorithm>

#include "nas/check.h"

namespace nas {
namespace {

using Kind = KeyKind;

constexpr std::string_view kOwn =
    "`own`: genes of its own for each repetition, part or use; `shared` (default): the same";

std::vector<Construct> steps() {
  return {
      {"choose",
       "one of several steps: a gene; with `by` a switch without a gene",
       true,
       false,
       {{"choose", Kind::OptionList, true, "the options; `[]` does nothing"},
        {"by", Kind::AnyValue, false, "index of the option, from 0, in place of a gene (a comparison gives 0 or 1)"},
        {"name", Kind::Text, false, "whole name of the gene"},
        {"weights", Kind::Numbers, false, "how often each option is sampled, relative to the others"}}},
      {"sum",
       "parallel branches from the current tensor, added",
       true,
       false,
       {{"sum", Kind::Bodies, true, "the branches; equal shapes"}}},
      {"concat",
       "parallel branches from the current tensor, channels joined in order",
       true,
       false,
       {{"concat", Kind::Bodies, true, "the branches; equal shapes but for channels"}}},
      {"multiply",
       "parallel branches from the current tensor, multiplied",
       true,
       false,
       {{"multiply", Kind::Bodies, true, "the branches; equal shapes, or axes of size 1, which are repeated"}}},
      {"residual",
       "a body plus its shortcut",
       true,
       false,
       {{"residual", Kind::Step, true, "the body"},
        {"shortcut", Kind::Shortcut, false, "what is added; default the tensor itself", {"identity", "none"}},
        {"when", Kind::AnyValue, false, "where it is 0 or false: the body alone"}}},
      {"repeat",
       "a body several times in sequence",
       true,
       true,
       {{"times", Kind::AnyValue, true, "how often, up to 10000 (below 1: never); may be a choice"},
        {"body", Kind::Step, true, "what is repeated"},
        {"index", Kind::Text, false, "name of the counter, which starts at 0: `${i}`"},
        {"choices", Kind::Word, false, kOwn, {"shared", "own"}}}},
      {"split",
       "channels divided, each part through its branch, joined again",
       true,
       true,
       {{"parts", Kind::AnyValue, false, "into how many equal parts; the remainder goes to the first"},
        {"sizes", Kind::ValueList, false, "channels of each part, in place of `parts`"},
        {"branches", Kind::Bodies, false, "one body a part"},
        {"body", Kind::Step, false, "in place of `branches`: one body for all parts"},
        {"index", Kind::Text, false, "name of the part's counter, which starts at 0"},
        {"join", Kind::Word, false, "default `concat`", {"concat", "sum", "multiply"}},
        {"choices", Kind::Word, false, kOwn, {"shared", "own"}}}},
      {"as",
       "names the current tensor, for `from` later in the same block, its branches and repeats",
       true,
       false,
       {{"as", Kind::Name, true, "the name, such as level${i}"},
        {"rebind", Kind::Flag, false, "the name may be in use; it then means this tensor"}}},
      {"from", "makes a named tensor the current one", true, false, {{"from", Kind::Name, true, "the name"}}},
      {"output",
       "a further output of the network; the current tensor goes on unchanged",
       true,
       true,
       {{"name", Kind::Name, true, "its name, also of its metrics"},
        {"head", Kind::Step, false, "from the current tensor to the output"},
        {"role",
         Kind::Word,
         false,
         "`exit` (default): an early exit; `auxiliary`: only in training, not counted",
         {"exit", "auxiliary"}},
        {"weight", Kind::AnyValue, false, "of its loss, default 1 (auxiliary: 0.4)"}}},
      {"cell",
       "a cell; further keys are the cell's parameters",
       true,
       true,
       {{"use", Kind::Text, true, "name of the cell"}, {"choices", Kind::Word, false, kOwn, {"shared", "own"}}}},
  };
}

std::vector<Construct> definitions() {
  return {
      {"block",
       "a body with a name, used as a step: NAME, or NAME: {parameter: value}",
       false,
       false,
       {{"parameters", Kind::ValueMap, false, "names and defaults; a default may use the parameters before it"},
        {"body", Kind::Step, true, "what the name stands for"}}},
      {"cell definition",
       "a small graph: input nodes 0, 1, computed nodes in order, the output",
       false,
       false,
       {{"nodes", Kind::Count, true, "how many are computed, 1 to 62"},
        {"inputs", Kind::Count, false,
         "1 (default): the tensor before; 2: the last two cells' outputs, the older one first"},
        {"prepare", Kind::Step, false,
         "on each input; `${input.stride}` is 2 where that input is still twice as large, `${older}` is 1 on the older "
         "of two. With `widths: split` wherever an input is read; `${width}` is the reader's width"},
        {"takes", Kind::Takes, false, "which earlier nodes a node reads, default `all`", {"all"}},
        {"edge", Kind::Step, false,
         "on every edge taken, with genes of its own; `${from_input}` is 1 where it leaves an input"},
        {"node", Kind::Step, false, "on a node after its edges are joined, with genes of its own"},
        {"join", Kind::Word, false, "how a node's edges are joined, default `sum`", {"sum", "concat"}},
        {"output", Kind::CellOutput, false, "what leaves the cell, default `last`", {"last"}},
        {"parameters", Kind::ValueMap, false, "names and defaults"}}},
      {"cell output",
       "nodes joined to the output of a cell",
       false,
       false,
       {{"concat",
         Kind::Word,
         true,
         "`all` computed nodes; those `unused` by others, inputs included; or `taken`: as `takes` says, by genes",
         {"all", "unused", "taken"}},
        {"inputs", Kind::Step, false, "`unused`: on an input that is concatenated"},
        {"also", Kind::Numbers, false, "`unused`: nodes that are concatenated though others read them"},
        {"widths",
         Kind::Word,
         false,
         "`split`: NAS-Bench-101's rule, channels divided among what the output takes (with {concat: taken})",
         {"split"}}}},
      {"takes",
       "which earlier nodes a node reads",
       false,
       false,
       {{"choose", Kind::AnyValue, true, "how many: a number, or `any`: a 0/1 gene an edge", {"any"}},
        {"repeated", Kind::Flag, false, "the same node more than once; then a gene for each"}}},
      {"range",
       "options between two numbers, both included",
       false,
       false,
       {{"from", Kind::Count, true, "the first"},
        {"to", Kind::Count, true, "the last"},
        {"steps", Kind::Count, false, "how many; without it every whole step of 1"},
        {"log", Kind::Flag, false, "even in the logarithm"}}},
      {"architecture",
       "a named network of the space",
       false,
       false,
       {{"choices", Kind::ValueMap, false, "gene: option; maps and lists in place of dots and [i] in the gene's name"},
        {"parameters", Kind::ValueMap, false, "parameters of the space that it changes"},
        {"input", Kind::Input, false, "its input, if another"}}},
      {"input",
       "the tensor that enters the network",
       false,
       false,
       {{"channels", Kind::Count, true, "of the signal, or features of a vector"},
        {"size", Kind::Numbers, false, "0 to 3 numbers, one an axis"}}},
  };
}

Construct file() {
  return {"space file",
          "the whole file",
          false,
          false,
          {{"space", Kind::Text, true, "name of the space"},
           {"source", Kind::Text, false, "paper, table or figure"},
           {"input", Kind::Input, false, "what enters the network; in a search the data say this"},
           {"parameters", Kind::ValueMap, false,
            "numbers and expressions that the search never changes; `--set parameters.NAME=` does"},
           {"choices", Kind::Choices, false, "named genes"},
           {"blocks", Kind::Blocks, false, "bodies by name"},
           {"cells", Kind::Cells, false, "cells by name"},
           {"network", Kind::Step, false, "the body that the input goes through; without it: genes alone"},
           {"unused", Kind::Word, false, "operations that cannot matter, default `remove`", {"remove", "keep"}},
           {"hyperparameters", Kind::Choices, false, "genes named like keys of `training:`"},
           {"constraints", Kind::Constraints, false,
            "what a sample must meet: genes by name, `params`, `macs`, `depth`, `edges(cell)`, `vertices(cell)`"},
           {"architectures", Kind::Architectures, false, "published networks as named choices"}}};
}

std::vector<Construct> make_constructs() {
  std::vector<Construct> all = {file()};
  for (auto part : {steps(), definitions()}) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

std::span<const Construct> constructs() {
  static const std::vector<Construct> kConstructs = make_constructs();
  return kConstructs;
}

const Construct& construct(std::string_view name) {
  const auto all = constructs();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Construct& c) { return c.name == name; });
  NAS_CHECK(found != all.end(), "a construct of the language");
  return *found;
}

}  // namespace nas
