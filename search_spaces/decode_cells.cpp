// Cells, now that every gene is known.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "search_spaces/combinations.h"
#include "search_spaces/decoder_state.h"

namespace nas {
namespace {

constexpr double kMaxWidth = 1e9;

bool contains(const std::vector<std::size_t>& numbers, std::size_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

}  // namespace

Tensor Decoder::walk_cell(const Step& step, const Frame& outer, Tensor current) {
  CellUse use{step, ast_.cells[step.target], enter(step, outer, current), {}, false};
  use.drawn = is_recorded(use.cell);
  if (!bind(use.cell.parameters, step, outer, current, use.frame)) return kFailed;
  const Tensor older = before_.value_or(current);
  before_.reset();  // cells inside this one begin anew
  const Wiring& wires = wiring(use);
  use.begin = network_.nodes.size();
  Tensor output = kFailed;
  if (use.cell.split_widths) {
    use.values = {current};
    output = walk_split_widths(use, wires);
  } else {
    if (use.cell.inputs == 2) use.values.push_back(prepare_input(use, older, current));
    if (use.values.empty() || use.values.front() != kFailed) use.values.push_back(prepare_input(use, current, current));
    if (use.values.back() != kFailed) output = walk_nodes(use, wires);
  }
  before_ = current;
  return output;
}

const Decoder::Wiring& Decoder::wiring(const CellUse& use) {
  const auto [entry, is_new] = wirings_.try_emplace({&use.cell, use.frame.scope});
  if (is_new) entry->second = make_wiring(use);
  return entry->second;
}

Decoder::Wiring Decoder::make_wiring(const CellUse& use) const {
  const CellDefinition& cell = use.cell;
  const std::size_t output = cell.inputs + cell.nodes;
  Wiring wires(output + 1);
  std::vector<bool> used(output);
  for (std::size_t to = cell.inputs; to < output; ++to) {
    wires[to] = node_edges(use, to);
    for (const Edge& edge : wires[to]) used[edge.from] = true;
  }
  for (std::size_t from = 0; from < output; ++from) {
    bool taken = from + 1 == output;
    if (cell.output == CellDefinition::Output::ConcatAll) taken = from >= cell.inputs;
    if (cell.output == CellDefinition::Output::ConcatUnused) taken = !used[from] || contains(cell.output_also, from);
    if (cell.output == CellDefinition::Output::ConcatTaken) {
      taken = option(cell.takes.choice, child(use.frame.scope, &cell.takes, edge_index(from, output))) == 1;
    }
    if (taken) wires[output].push_back({from, from});
  }
  return wires;
}

std::vector<Decoder::Edge> Decoder::node_edges(const CellUse& use, std::size_t to) const {
  const Takes& takes = use.cell.takes;
  const auto gene = [&](std::size_t slot) {
    return option(takes.choice, child(use.frame.scope, &takes, edge_index(slot, to)));
  };
  std::vector<Edge> edges;
  if (takes.kind == Takes::Kind::Some && !takes.repeated) {
    for (const std::size_t from : combination(to, takes.count, gene(0))) edges.push_back({from, edges.size()});
    return edges;
  }
  const bool some = takes.kind == Takes::Kind::Some;
  for (std::size_t slot = 0; slot < (some ? takes.count : to); ++slot) {
    if (some) {
      edges.push_back({gene(slot), slot});
    } else if (takes.kind == Takes::Kind::All || gene(slot) == 1) {
      edges.push_back({slot, slot});
    }
  }
  return edges;
}

/// An input through `prepare`, which sees how much larger it is than the newest one.
Tensor Decoder::prepare_input(CellUse& use, Tensor input, Tensor newest) {
  if (use.cell.prepare.empty()) return input;
  const Tensor entered = use.frame.entered;
  use.frame.entered = input;
  use.frame.entered_stride =
      std::round(static_cast<double>(shape(input).size[0]) / static_cast<double>(shape(newest).size[0]));
  const bool is_older = use.values.size() + 1 < use.cell.inputs;
  use.frame.names.emplace_back("older", is_older ? 1.0 : 0.0);
  const std::size_t length = push_path("prepare");
  push_path(use.values.size());
  const Tensor prepared = walk(use.cell.prepare, use.frame, input);
  path_.resize(length);
  use.frame.names.pop_back();
  use.frame.entered = entered;
  use.frame.entered_stride = 1;
  return prepared;
}

Tensor Decoder::walk_nodes(CellUse& use, const Wiring& wires) {
  const std::size_t output = wires.size() - 1;
  std::vector<CellNode> drawn(use.cell.nodes);
  use.values.reserve(output);
  for (std::size_t to = use.cell.inputs; to < output; ++to) {
    CellNode& node = drawn[to - use.cell.inputs];
    const std::size_t length = push_path(to);
    Tensor value = walk_edges(use, to, wires[to], node);
    if (value != kFailed) value = walk_node(use, to, value, node);
    path_.resize(length);
    if (value == kFailed) return kFailed;
    use.values.push_back(value);
  }
  record_cell(use, std::move(drawn), wires[output]);
  return join_output(use, wires[output]);
}

Tensor Decoder::walk_edges(CellUse& use, std::size_t to, const std::vector<Edge>& edges, CellNode& drawn) {
  const Place& place = use.step.place;
  // A node that takes nothing is zero, and the graph says so.
  if (edges.empty()) return add(place, Op::Zero, {}, {use.values.front()});
  const ScopeId scope = use.frame.scope;
  use.frame.names.emplace_back("from_input", 0.0);
  std::vector<Tensor> results;
  results.reserve(edges.size());
  for (const Edge& edge : edges) {
    use.frame.scope = child(scope, &use.cell, edge_index(edge.slot, to));
    use.frame.names.back().second = edge.from < use.cell.inputs ? 1.0 : 0.0;
    const std::size_t length = push_path(edge.slot);
    results.push_back(walk(use.cell.edge, use.frame, use.values[edge.from]));
    path_.resize(length);
    if (results.back() == kFailed) break;
    if (use.drawn || network_.nodes[static_cast<std::size_t>(results.back())].op == Op::Zero) continue;
    drawn.edges.push_back({static_cast<std::int32_t>(edge.from), body_label(use.cell.edge, use.frame.scope)});
  }
  use.frame.names.pop_back();
  use.frame.scope = scope;
  if (results.back() == kFailed || results.size() == 1) return results.back();
  return add(place, use.cell.join, {}, std::move(results), use.cell.name);
}

Tensor Decoder::walk_node(CellUse& use, std::size_t to, Tensor joined, CellNode& drawn) {
  if (use.cell.node.empty()) return joined;
  const ScopeId scope = use.frame.scope;
  use.frame.scope = child(scope, &use.cell, node_index(to));
  if (!use.drawn) drawn.label = body_label(use.cell.node, use.frame.scope);
  const std::size_t length = push_path("node");
  const Tensor value = walk(use.cell.node, use.frame, joined);
  path_.resize(length);
  use.frame.scope = scope;
  return value;
}

Tensor Decoder::join_output(CellUse& use, const std::vector<Edge>& taken) {
  if (use.cell.output == CellDefinition::Output::Last) return use.values.back();
  const std::size_t length = push_path("output");
  std::vector<Tensor> values;
  for (const Edge& edge : taken) {
    Tensor value = use.values[edge.from];
    if (edge.from < use.cell.inputs && !use.cell.output_inputs.empty()) {
      const std::size_t inner = push_path(edge.from);
      value = walk(use.cell.output_inputs, use.frame, value);
      path_.resize(inner);
    }
    if (value == kFailed) return kFailed;
    values.push_back(value);
  }
  Tensor output = values.empty() ? add(use.step.place, Op::Zero, {}, {use.values.front()}) : values.front();
  if (values.size() > 1) output = add(use.step.place, Op::Concat, {}, std::move(values), use.cell.name);
  path_.resize(length);
  return output;
}

/// The option that the body's choice has taken; else the names of its steps.
std::string Decoder::body_label(const Body& body, ScopeId scope) const {
  if (body.size() == 1 && body.front().kind == Step::Kind::Choose) {
    return ast_.choices[body.front().target].options[option(body.front().target, scope)];
  }
  std::string label;
  for (const Step& step : body) label += (label.empty() ? "" : "+") + step.label.substr(0, step.label.rfind('_'));
  return label;
}

bool Decoder::is_recorded(const CellDefinition& cell) const {
  return std::any_of(cells_.begin(), cells_.end(), [&](const CellGraph& graph) { return graph.name == cell.name; });
}

void Decoder::record_cell(const CellUse& use, std::vector<CellNode> nodes, const std::vector<Edge>& output) {
  if (use.drawn) return;
  const CellDefinition& cell = use.cell;
  CellGraph graph{cell.name,
                  cell.inputs,
                  std::move(nodes),
                  {},
                  cell.output != CellDefinition::Output::Last,
                  cell.join == Op::Concat,
                  static_cast<std::int32_t>(use.begin),
                  static_cast<std::int32_t>(network_.nodes.size())};
  for (const Edge& edge : output) graph.output.push_back(static_cast<std::int32_t>(edge.from));
  cells_.push_back(prune(graph));
}

/// NAS-Bench-101's cell (Ying et al. 2019, and the reference code's model builder).
Tensor Decoder::walk_split_widths(CellUse& use, const Wiring& wires) {
  const Place& place = use.step.place;
  const std::size_t output = wires.size() - 1;
  Adjacency matrix(wires.size(), std::vector<bool>(wires.size()));
  for (std::size_t to = 0; to < wires.size(); ++to) {
    for (const Edge& edge : wires[to]) matrix[edge.from][to] = true;
  }
  const auto channels = total_width(use);
  if (!channels) return kFailed;
  if (!prune(matrix)) {
    Attributes zeros;
    zeros.channels = *channels;
    return add(place, Op::Zero, zeros, {use.values.front()});
  }
  const auto widths = split_widths(matrix, shape(use.values.front()).channels, *channels);
  std::vector<CellNode> drawn(use.cell.nodes);
  std::vector<Tensor> joined;
  for (std::size_t to = 1; to < output; ++to) {
    use.values.push_back(split_node(use, matrix, to, widths[to], drawn[to - 1]));
    if (error_) return kFailed;
    if (matrix[to][output]) joined.push_back(use.values.back());
  }
  record_cell(use, std::move(drawn), wires[output]);
  return join_split_widths(use, matrix[0][output], *channels, std::move(joined));
}

/// The sum of what a node reads, at its width, through its operation. kFailed also for a node that
/// is pruned: nobody reads it.
Tensor Decoder::split_node(CellUse& use, const Adjacency& matrix, std::size_t to, std::int64_t width, CellNode& drawn) {
  std::vector<Tensor> summands;
  const std::size_t length = push_path(to);
  for (std::size_t from = 0; from < to && !error_; ++from) {
    if (!matrix[from][to]) continue;
    const std::size_t inner = push_path(from);
    summands.push_back(read_at_width(use, from, width));
    path_.resize(inner);
    drawn.edges.push_back({static_cast<std::int32_t>(from), {}});
  }
  Tensor value = kFailed;
  if (!summands.empty() && !error_) {
    value = summands.size() == 1 ? summands.front() : add(use.step.place, Op::Add, {}, std::move(summands));
  }
  if (value != kFailed) value = walk_node(use, to, value, drawn);
  path_.resize(length);
  return value;
}

/// `${channels}` of the cell: its parameter of that name, else those that enter it.
std::optional<std::int64_t> Decoder::total_width(const CellUse& use) {
  const auto value = look_up("channels", use.frame, use.values.front());
  const auto* number = value ? std::get_if<double>(&*value) : nullptr;
  if (number != nullptr && *number >= static_cast<double>(use.cell.nodes) && *number <= kMaxWidth) {
    return static_cast<std::int64_t>(*number);
  }
  fail(use.step.place, fmt::format("cell '{}': channels: expected a number of at least its {} nodes, which share them",
                                   use.cell.name, use.cell.nodes));
  return std::nullopt;
}

/// What the output takes, concatenated; then the input, if it takes that too, added.
Tensor Decoder::join_split_widths(CellUse& use, bool takes_input, std::int64_t channels, std::vector<Tensor> joined) {
  const Place& place = use.step.place;
  const std::size_t length = push_path("output");
  Tensor result = joined.empty() ? kFailed : joined.front();
  if (joined.size() > 1) result = add(place, Op::Concat, {}, std::move(joined), use.cell.name);
  if (takes_input && !error_) {
    const std::size_t inner = push_path("input");
    const Tensor projected = read_at_width(use, 0, channels);
    path_.resize(inner);
    push_path("sum");
    result = error_              ? kFailed
             : result == kFailed ? projected
                                 : add(place, Op::Add, {}, {result, projected}, use.cell.name);
  }
  path_.resize(length);
  return result;
}

/// A node narrowed to its first channels, the input by `prepare`.
Tensor Decoder::read_at_width(CellUse& use, std::size_t from, std::int64_t width) {
  const Tensor value = use.values[from];
  if (from == 0) {
    use.frame.names.emplace_back("width", static_cast<double>(width));
    const Tensor prepared = walk(use.cell.prepare, use.frame, value);
    use.frame.names.pop_back();
    return prepared;
  }
  if (shape(value).channels == width) return value;
  Attributes slice;
  slice.channels = width;
  return add(use.step.place, Op::Slice, slice, {value});
}

}  // namespace nas
