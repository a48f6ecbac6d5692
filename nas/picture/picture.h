// A picture of a graph of operations before anything has a place on the page: boxes, what each
// reads, and frames round parts that stand for several alike. Made from a network or a cell, laid
// out by nas/picture/arrange.h, written by nas/picture/svg.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nas/cell_graph.h"
#include "nas/network.h"

namespace nas {

/// What a box is; decides its colour.
enum class BoxKind : std::uint8_t {
  Input,
  Output,
  Convolution,
  Linear,
  Pooling,
  Normalisation,
  Activation,
  Join,
  Identity,
  Zero,
  Other,
};

/// Guessed from the name of an operation or of an option: `conv`, `sep5` and `dil3` are
/// convolutions, `max3` is pooling, `skip` an identity. Other where nothing is known.
[[nodiscard]] BoxKind kind_of_name(std::string_view name);

/// Dashed: where a folded part is read, by its last repetition but one.
enum class LineStyle : std::uint8_t { Solid, Dashed };

struct PictureEdge {
  std::int32_t from = 0;  // an earlier box
  LineStyle style = LineStyle::Solid;
  bool operator==(const PictureEdge&) const = default;
};

struct PictureBox {
  std::string label;
  std::string sublabel;    // second line, smaller; may be empty
  std::string edge_label;  // on the edges that leave: the tensor's shape; may be empty
  std::string tooltip;     // several lines; may be empty
  BoxKind kind = BoxKind::Other;
  std::int32_t group = -1;  // innermost frame round it, -1: none
  std::vector<PictureEdge> inputs;
  bool operator==(const PictureBox&) const = default;
};

/// A frame round consecutive boxes.
struct PictureGroup {
  std::string label;         // "x 5"
  std::string sublabel;      // second line, smaller; may be empty
  std::string tooltip;       // may be empty
  std::int32_t parent = -1;  // frame round it, an earlier group, -1: none
  bool operator==(const PictureGroup&) const = default;
};

enum class PictureFlow : std::uint8_t { Down, Up };

/// Boxes in topological order; the boxes of a group (its inner groups' included) are consecutive.
struct Picture {
  std::string title;
  std::string subtitle;  // may be empty
  PictureFlow direction = PictureFlow::Down;
  std::vector<PictureBox> boxes;
  std::vector<PictureGroup> groups;
  bool operator==(const Picture&) const = default;
};

/// A network from its input down. Chains such as convolution, batch normalisation, activation are
/// one box where nothing else reads what is between; consecutive parts that are alike (operations,
/// attributes, wiring, shapes) are drawn once in a frame, "x N" beside it, and so are three or more
/// that differ in nothing but the shapes that they take, as a densely connected net's are.
/// REQUIRES: `network` was made by `add_node` or `network_from_json`.
[[nodiscard]] Picture picture_of(const Network& network, std::string title);

/// A cell as papers draw it, from its inputs at the bottom up: a box for each operation on an edge
/// or of a node, sums as circles, the output's concatenation on top (Zoph et al. 2018, figure 4).
/// REQUIRES: nodes read only tensors with lower numbers than their own, and exist.
[[nodiscard]] Picture picture_of(const CellGraph& cell);

}  // namespace nas
