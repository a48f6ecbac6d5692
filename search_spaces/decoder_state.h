// The walk that builds a network: a space's bodies with every choice made.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nas/cell_graph.h"
#include "search_spaces/arguments.h"
#include "search_spaces/decoder.h"
#include "search_spaces/split_widths.h"

namespace nas {

/// A tensor is the index of the node that makes it. kFailed: the error says why; every step passes
/// it on at once.
using Tensor = std::int32_t;
inline constexpr Tensor kFailed = -1;

/// What a body sees: names, scope of its choices, the tensor that entered its block or cell, and
/// tensors named by `as`.
struct Frame {
  NamedValues names;
  ScopeId scope = 0;
  Tensor entered = 0;
  double entered_stride = 1;  // how much larger `entered` is than the cell's newest input
  std::map<std::string, Tensor, std::less<>> tensors;
};

/// One walk, used once. Its parts by file: operations and blocks (decoder.cpp), values
/// (decode_values.cpp), steps (decode_steps.cpp), cells (decode_cells.cpp).
class Decoder {
 public:
  Decoder(const SpaceAst& ast, const GeneTable& genes, const Genotype& genotype);
  Result<Decoded> run();

 private:
  /// A cell in use: its graph by genes, before anything is built.
  struct CellUse {
    const Step& step;
    const CellDefinition& cell;
    Frame frame;                 // of its bodies
    std::vector<Tensor> values;  // of its nodes so far, inputs first
    bool drawn = false;          // recorded before: a cell is drawn as it is used first
    std::size_t begin = 0;       // its first node in the network
  };
  struct Edge {
    std::size_t from = 0;
    std::size_t slot = 0;  // which of the genes of its node's edges are its
  };
  /// Edges into each node, inputs first, the output last.
  using Wiring = std::vector<std::vector<Edge>>;

  Tensor fail(const Place& place, const std::string& what);
  [[nodiscard]] const Shape& shape(Tensor tensor) const;
  [[nodiscard]] std::size_t option(std::size_t choice, ScopeId scope) const;
  [[nodiscard]] ScopeId child(ScopeId scope, const void* opener, std::size_t index) const;
  /// Appends to the path of node names; the returned length restores it.
  std::size_t push_path(std::string_view label);
  std::size_t push_path(std::size_t number);

  [[nodiscard]] std::optional<Value> look_up(const std::string& name, const Frame& frame, Tensor current) const;
  std::optional<Value> evaluate(const ValueNode& node, const Frame& frame, Tensor current);
  std::optional<Value> evaluate_formula(const Place& place, const std::string& what, const Expression& formula,
                                        const Frame& frame, Tensor current);
  std::optional<double> evaluate_number(const ValueNode& node, const Frame& frame, Tensor current);
  std::optional<std::string> evaluate_name(const NameTemplate& name, const Frame& frame, Tensor current);
  bool evaluate_arguments(const Arguments& arguments, const Frame& frame, Tensor current, NamedValues& values);
  bool bind(const Arguments& parameters, const Step& step, const Frame& outer, Tensor current, Frame& inner);

  /// `cell` is named in errors, if there is one.
  Tensor add(const Place& place, Op op, const Attributes& attributes, std::vector<Tensor> inputs,
             std::string_view cell = {});
  [[nodiscard]] bool is_recorded(const CellDefinition& cell) const;
  Tensor apply(const Step& step, const Frame& frame, Tensor current);
  Frame enter(const Step& step, const Frame& outer, Tensor current) const;
  Tensor walk(const Body& body, Frame& frame, Tensor current);
  Tensor walk_step(const Step& step, Frame& frame, Tensor current);
  Tensor walk_block(const Step& step, const Frame& outer, Tensor current);
  Tensor walk_switch(const Step& step, Frame& frame, Tensor current);
  Tensor walk_join(const Step& step, Frame& frame, Tensor current);
  Tensor join(const Step& step, std::vector<Tensor> branches);
  Tensor walk_residual(const Step& step, Frame& frame, Tensor current);
  Tensor walk_repeat(const Step& step, Frame& frame, Tensor current);
  Tensor walk_split(const Step& step, Frame& frame, Tensor current);
  std::optional<std::vector<std::int64_t>> part_sizes(const Step& step, const Frame& frame, Tensor current);
  Tensor walk_as(const Step& step, Frame& frame, Tensor current);
  Tensor walk_from(const Step& step, const Frame& frame, Tensor current);
  Tensor walk_output(const Step& step, Frame& frame, Tensor current);

  Tensor walk_cell(const Step& step, const Frame& outer, Tensor current);
  /// Made once for all uses that share their genes.
  const Wiring& wiring(const CellUse& use);
  [[nodiscard]] Wiring make_wiring(const CellUse& use) const;
  [[nodiscard]] std::vector<Edge> node_edges(const CellUse& use, std::size_t to) const;
  Tensor prepare_input(CellUse& use, Tensor input, Tensor newest);
  Tensor walk_nodes(CellUse& use, const Wiring& wiring);
  Tensor walk_edges(CellUse& use, std::size_t to, const std::vector<Edge>& edges, CellNode& drawn);
  Tensor walk_node(CellUse& use, std::size_t to, Tensor joined, CellNode& drawn);
  Tensor join_output(CellUse& use, const std::vector<Edge>& taken);
  Tensor walk_split_widths(CellUse& use, const Wiring& wiring);
  Tensor join_split_widths(CellUse& use, bool takes_input, std::int64_t channels, std::vector<Tensor> joined);
  Tensor split_node(CellUse& use, const Adjacency& matrix, std::size_t to, std::int64_t width, CellNode& drawn);
  std::optional<std::int64_t> total_width(const CellUse& use);
  Tensor read_at_width(CellUse& use, std::size_t from, std::int64_t width);
  [[nodiscard]] std::string body_label(const Body& body, ScopeId scope) const;
  void record_cell(const CellUse& use, std::vector<CellNode> nodes, const std::vector<Edge>& output);

  const SpaceAst& ast_;
  const GeneTable& genes_;
  const Genotype& genotype_;
  Network network_;
  std::vector<CellGraph> cells_;
  std::map<std::pair<const CellDefinition*, ScopeId>, Wiring> wirings_;
  std::optional<Tensor> before_;  // what entered the last cell: the older input of the next one
  std::string path_;
  NamedValues arguments_;  // of the operation being applied; kept for its memory
  std::size_t steps_ = 0;
  std::size_t name_bytes_ = 0;
  std::optional<Error> error_;
};

}  // namespace nas
